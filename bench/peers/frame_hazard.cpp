// Hazard pointers [1]: each reader says which frame it is about to read, then looks whether that is
// still the newest. Buffers that nobody names are used again.
// [1] Michael. Hazard pointers: safe memory reclamation for lock-free objects. IEEE TPDS 2004.
#include <atomic>
#include <bit>
#include <memory>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

constexpr std::uint32_t kNone = ~0u;

struct alignas(kCacheLineBytes) Hazard {  // its reader's
  std::atomic<std::uint32_t> buffer{kNone};
};

class HazardPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "hazard",
      .writer = "wait-free, looks at every reader",
      .reader = "tries again while frames come",
      .semantics = "Hazard pointers: cheap pins, but a reader may lose to a fast writer for long.",
  };

  explicit HazardPeer(const FramePeerSetup& setup)
      : num_readers_(setup.num_readers), buffers_(buffers_for(setup), setup.frame_lines),
        hazards_(std::make_unique<Hazard[]>(static_cast<std::size_t>(num_readers_))) {}

  std::span<FrameLine> buffer() { return buffers_[filling_]; }

  void publish() {
    // Sequentially consistent: before any hazard is looked at. A reader whose hazard is not seen
    // there sees this frame when it looks again.
    newest_.exchange(filling_, std::memory_order_seq_cst);
    const std::uint64_t taken = named() | std::uint64_t{1} << filling_;
    filling_ = static_cast<std::uint32_t>(std::countr_one(taken));
  }

  std::int64_t frames_kept() const { return num_readers_ + 2; }

  class Reader {
   public:
    Reader(HazardPeer& peer, int index)
        : peer_(peer), hazard_(peer.hazards_[static_cast<std::size_t>(index)]) {}
    FrameView acquire() {
      buffer_ = peer_.newest_.load(std::memory_order_relaxed);
      for (;;) {
        hazard_.buffer.store(buffer_, std::memory_order_seq_cst);  // before the second look
        const std::uint32_t again = peer_.newest_.load(std::memory_order_seq_cst);
        if (again == buffer_) return peer_.buffers_[buffer_];
        buffer_ = again;
      }
    }
    // Release: pairs with named(): every read comes before the buffer is filled again.
    void release() { hazard_.buffer.store(kNone, std::memory_order_release); }
    bool is_newest() const { return peer_.newest_.load(std::memory_order_relaxed) == buffer_; }

   private:
    HazardPeer& peer_;
    Hazard& hazard_;
    std::uint32_t buffer_ = 0;
  };

 private:
  // A bit a buffer, each hazard looked at once: R of them name R buffers at most, although a reader
  // may name one after the other meanwhile.
  std::uint64_t named() const {
    std::uint64_t buffers = 0;
    for (int i = 0; i < num_readers_; ++i) {
      const std::uint32_t buffer =
          hazards_[static_cast<std::size_t>(i)].buffer.load(std::memory_order_seq_cst);
      if (buffer != kNone) buffers |= std::uint64_t{1} << buffer;
    }
    return buffers;
  }

  int num_readers_;
  FrameBuffers buffers_;
  std::uint32_t filling_ = 1;  // the writer's
  std::unique_ptr<Hazard[]> hazards_;
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> newest_{0};
};

}  // namespace

FramePeerEntry hazard_peer() { return frame_peer_entry<HazardPeer>(); }

}  // namespace quadrille::program
