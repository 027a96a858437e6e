// A triple buffer: the writer's, the reader's, and one between that both exchange theirs for.
#include <atomic>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

class TripleBufferPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "triple_buffer",
      .writer = "wait-free",
      .reader = "wait-free",
      .semantics = "For one reader alone, which always holds a frame.",
      .most_readers = 1,
  };

  explicit TripleBufferPeer(const FramePeerSetup& setup) : buffers_(3, setup.frame_lines) {}

  std::span<FrameLine> buffer() { return buffers_[filling_]; }

  // Acquire and release on both sides: who takes the buffer between sees all that the other did.
  void publish() {
    filling_ = between_.exchange(filling_ | kFresh, std::memory_order_acq_rel) & ~kFresh;
  }

  std::int64_t frames_kept() const { return 3; }

  class Reader {
   public:
    Reader(TripleBufferPeer& peer, int) : peer_(peer) {}
    FrameView acquire() {
      if (!is_newest())
        reading_ = peer_.between_.exchange(reading_, std::memory_order_acq_rel) & ~kFresh;
      return peer_.buffers_[reading_];
    }
    void release() {}  // the buffer is the reader's until the next acquire()
    // Relaxed: it only says whether to exchange; the exchange orders what follows.
    bool is_newest() const {
      return (peer_.between_.load(std::memory_order_relaxed) & kFresh) == 0;
    }

   private:
    TripleBufferPeer& peer_;
    std::uint32_t reading_ = 0;
  };

 private:
  static constexpr std::uint32_t kFresh = 4;  // the buffer between was not read yet

  FrameBuffers buffers_;
  std::uint32_t filling_ = 2;  // the writer's
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> between_{1};
};

}  // namespace

FramePeerEntry triple_buffer_peer() { return frame_peer_entry<TripleBufferPeer>(); }

}  // namespace quadrille::program
