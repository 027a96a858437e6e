// A reader on record that takes the steps of its protocol one at a time, so that a test can stop it
// between any two of them: what a death or a SIGSTOP does.
#pragma once

#include "engine/clock.h"
#include "engine/frame_channel.h"
#include "engine/reader_table.h"

namespace quadrille::test {

class ReaderSteps {
 public:
  ReaderSteps(const ChannelReader& channel, const ReaderPlace& place)
      : channel_(channel), place_(place) {}

  static constexpr int kNumSteps = 5;
  // How many of the five steps of a pin and its return were taken; 0: it is idle.
  int taken() const { return taken_; }
  // What it may look at: from the acquire to the return.
  FrameSlot inside() const { return taken_ >= 2 && taken_ < 4 ? slot_ : kNoFrameSlot; }

  void advance() {
    switch (taken_++) {
      case 0: place_.set_entering(); break;
      case 1: slot_ = channel_.acquire(); break;
      case 2: place_.set_holding(slot_, monotonic_ns()); break;
      case 3: channel_.release(slot_); break;
      default: place_.set_idle(); taken_ = 0;
    }
  }
  void advance_to(int taken) {
    while (taken_ != taken) advance();
  }

 private:
  ChannelReader channel_;
  ReaderPlace place_;
  int taken_ = 0;
  FrameSlot slot_ = kNoFrameSlot;
};

}  // namespace quadrille::test
