// The engine's FrameChannel, over plain buffers like those of the other peers.
#include "engine/frame_channel.h"

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

class ChannelPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "channel",
      .writer = "wait-free",
      .reader = "wait-free",
      .semantics = "Ours: one exchange publishes, one add pins, one add gives back.",
  };

  explicit ChannelPeer(const FramePeerSetup& setup)
      : num_slots_(static_cast<FrameSlot>(buffers_for(setup))),
        buffers_(buffers_for(setup), setup.frame_lines), channel_(num_slots_) {
    channel_.publish(0);
  }

  std::span<FrameLine> buffer() { return buffers_[filling_]; }

  // R readers with a pin each cannot hold more than R of the R + 2 slots: one is free. In a round,
  // since the slot that was the newest longest ago is the least likely to be pinned.
  void publish() {
    channel_.publish(filling_);
    do filling_ = filling_ + 1 == num_slots_ ? 0 : filling_ + 1;
    while (!channel_.is_free(filling_));
  }

  std::int64_t frames_kept() const { return num_slots_; }

  class Reader {
   public:
    Reader(ChannelPeer& peer, int) : peer_(peer), channel_(peer.channel_) {}
    FrameView acquire() {
      slot_ = channel_.acquire();
      return peer_.buffers_[slot_];
    }
    void release() { channel_.release(slot_); }
    bool is_newest() const { return channel_.is_newest(slot_); }

   private:
    ChannelPeer& peer_;
    ChannelReader channel_;
    FrameSlot slot_ = 0;
  };

 private:
  FrameSlot num_slots_, filling_ = 1;
  FrameBuffers buffers_;
  FrameChannel channel_;
};

}  // namespace

FramePeerEntry channel_peer() { return frame_peer_entry<ChannelPeer>(); }

}  // namespace quadrille::program
