// A mutex and a count of pins for each buffer: what one writes first.
#include <array>
#include <condition_variable>
#include <mutex>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

class MutexPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "mutex",
      .writer = "waits for the lock",
      .reader = "waits for the lock",
      .semantics = "A reader that is stopped inside the lock stops everyone.",
      .can_wait = true,
  };

  explicit MutexPeer(const FramePeerSetup& setup)
      : num_buffers_(buffers_for(setup)), buffers_(num_buffers_, setup.frame_lines) {}

  std::span<FrameLine> buffer() { return buffers_[filling_]; }

  void publish() {
    const std::lock_guard lock(mutex_);
    newest_ = static_cast<std::uint32_t>(filling_);
    filling_ = 0;
    while (filling_ == newest_ || pins_[filling_] != 0) ++filling_;
  }
  void wake() { published_.notify_all(); }

  std::int64_t frames_kept() const { return num_buffers_; }

  class Reader {
   public:
    Reader(MutexPeer& peer, int) : peer_(peer) {}
    FrameView acquire() {
      const std::lock_guard lock(peer_.mutex_);
      return pin();
    }
    void release() {
      const std::lock_guard lock(peer_.mutex_);
      --peer_.pins_[slot_];
    }
    bool is_newest() const {
      const std::lock_guard lock(peer_.mutex_);
      return slot_ == peer_.newest_;
    }
    bool wait(FrameView& frame) {
      std::unique_lock lock(peer_.mutex_);
      const auto is_newer = [this] { return slot_ != peer_.newest_; };
      if (!peer_.published_.wait_for(lock, kLongestWait, is_newer)) return false;
      --peer_.pins_[slot_];
      frame = pin();
      return true;
    }

   private:
    FrameView pin() {  // under the lock
      slot_ = peer_.newest_;
      ++peer_.pins_[slot_];
      return peer_.buffers_[slot_];
    }

    MutexPeer& peer_;
    std::size_t slot_ = 0;
  };

 private:
  int num_buffers_;
  FrameBuffers buffers_;
  std::size_t filling_ = 1;  // the writer's
  // Guarded by the mutex, and on its line as far as they go: who has the lock has them too.
  alignas(kCacheLineBytes) std::mutex mutex_;
  std::uint32_t newest_ = 0;
  std::array<std::int16_t, kMostFrameReaders + 2> pins_{};
  alignas(kCacheLineBytes) std::condition_variable published_;
};

}  // namespace

FramePeerEntry mutex_peer() { return frame_peer_entry<MutexPeer>(); }

}  // namespace quadrille::program
