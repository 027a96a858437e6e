// The channel as a simulation uses it: frames of a FramePool, which knows which slot was filled
// last and keeps one to go on in, and readers that pin through FrameReader.
#include <quadrille/frame_reader.h>

#include "bench/peers/frame_loops.h"
#include "engine/frame_pool.h"

namespace quadrille::program {
namespace {

FrameLayout layout_of(const FramePeerSetup& setup) {
  FrameSchema schema;
  schema.add({.name = "lines",
              .type = ColumnType::kInt64,
              .size = static_cast<std::int64_t>(setup.frame_lines * sizeof(FrameLine) /
                                                sizeof(std::int64_t))});
  return FrameLayout(schema);
}

class SimulationPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "simulation",
      .writer = "wait-free",
      .reader = "wait-free",
      .semantics = "Ours as simulations use it: the channel, a pool of slots, FrameReader.",
      .can_wait = true,
  };

  explicit SimulationPeer(const FramePeerSetup& setup)
      : layout_(layout_of(setup)), frame_lines_(setup.frame_lines),
        pool_(FramePool::create(layout_, {.num_slots = buffers_for(setup)}, nullptr, {}).value()) {
    publish();
  }

  std::span<FrameLine> buffer() { return lines(pool_->data(filling_)); }

  // R readers with a pin each never make a publication fail in R + 2 slots.
  void publish() {
    if (!pool_->publish(filling_, 1)) return;
    filling_ = pool_->find_free(kNoFrameSlot);
    pool_->filling(filling_);
  }

  void wake() {}  // publish() did

  std::int64_t frames_kept() const { return pool_->num_slots(); }

  class Reader {
   public:
    Reader(SimulationPeer& peer, int) : peer_(peer), reader_(peer.pool_.get()) {}
    FrameView acquire() {
      pinned_ = reader_.latest();
      return view();
    }
    void release() { pinned_.release(); }
    bool refresh(FrameView& frame) {
      if (!reader_.refresh(pinned_)) return false;
      frame = view();
      return true;
    }

    bool wait(FrameView& frame) {
      if (!reader_.wait_next(pinned_, std::chrono::steady_clock::now() + kLongestWait))
        return false;
      frame = view();
      return true;
    }

   private:
    FrameView view() const {
      return {reinterpret_cast<const FrameLine*>(pinned_->column<std::int64_t>(0).data()),
              peer_.frame_lines_};
    }

    SimulationPeer& peer_;
    FrameReader reader_;
    PinnedFrame pinned_;
  };

 private:
  std::span<FrameLine> lines(std::byte* slot) const {
    return {reinterpret_cast<FrameLine*>(slot + layout_[0].offset), frame_lines_};
  }

  FrameLayout layout_;
  std::size_t frame_lines_;
  std::unique_ptr<FramePool> pool_;
  FrameSlot filling_ = 0;  // the writer's
};

}  // namespace

FramePeerEntry simulation_peer() { return frame_peer_entry<SimulationPeer>(); }

}  // namespace quadrille::program
