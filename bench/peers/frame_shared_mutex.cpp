// A shared mutex: readers pin under the shared lock, so that they do not exclude each other.
#include <array>
#include <atomic>
#include <condition_variable>
#include <shared_mutex>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

class SharedMutexPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "shared_mutex",
      .writer = "waits for all readers",
      .reader = "waits for the writer",
      .semantics = "The system's lock lets readers pass a waiting writer: many of them starve it.",
      .can_wait = true,
  };

  explicit SharedMutexPeer(const FramePeerSetup& setup)
      : num_buffers_(buffers_for(setup)), buffers_(num_buffers_, setup.frame_lines) {}

  std::span<FrameLine> buffer() { return buffers_[filling_]; }

  void publish() {
    const std::unique_lock lock(mutex_);
    newest_ = filling_;
    filling_ = 0;
    // Acquire: pairs with release(): its reads come before the buffer is filled again.
    while (filling_ == newest_ || pins_[filling_].count.load(std::memory_order_acquire) != 0)
      ++filling_;
  }
  void wake() { published_.notify_all(); }

  std::int64_t frames_kept() const { return num_buffers_; }

  class Reader {
   public:
    Reader(SharedMutexPeer& peer, int) : peer_(peer) {}
    FrameView acquire() {
      const std::shared_lock lock(peer_.mutex_);
      return pin();
    }
    void release() { peer_.pins_[slot_].count.fetch_sub(1, std::memory_order_release); }
    bool is_newest() const {
      const std::shared_lock lock(peer_.mutex_);
      return slot_ == peer_.newest_;
    }
    bool wait(FrameView& frame) {
      std::shared_lock lock(peer_.mutex_);
      const auto is_newer = [this] { return slot_ != peer_.newest_; };
      if (!peer_.published_.wait_for(lock, kLongestWait, is_newer)) return false;
      release();
      frame = pin();
      return true;
    }

   private:
    FrameView pin() {  // under the shared lock: relaxed, since the lock orders it for the writer
      slot_ = peer_.newest_;
      peer_.pins_[slot_].count.fetch_add(1, std::memory_order_relaxed);
      return peer_.buffers_[slot_];
    }

    SharedMutexPeer& peer_;
    std::size_t slot_ = 0;
  };

 private:
  struct alignas(kCacheLineBytes) Pins {  // readers that leave different frames do not meet
    std::atomic<int> count{0};
  };

  int num_buffers_;
  FrameBuffers buffers_;
  std::size_t filling_ = 1;  // the writer's
  std::array<Pins, kMostFrameReaders + 2> pins_;
  alignas(kCacheLineBytes) std::shared_mutex mutex_;
  std::size_t newest_ = 0;  // guarded by the mutex
  std::condition_variable_any published_;
};

}  // namespace

FramePeerEntry shared_mutex_peer() { return frame_peer_entry<SharedMutexPeer>(); }

}  // namespace quadrille::program
