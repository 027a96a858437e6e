// RecordedReader: one reader on record, with at most one pin, over a channel of this process or
// another's. What RegisteredReader and FrameWatcher have in common. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "engine/frame_channel.h"
#include "engine/frame_waiting.h"
#include "engine/pin_trace.h"
#include "engine/reader_table.h"

namespace quadrille {

class RecordedReader {
 public:
  // The channel has `num_slots` slots: what a spoilt word names beyond is not pinned. `trace` may
  // be null.
  RecordedReader(const ChannelReader& channel, FrameSlot num_slots, const FrameWaiting& waiting,
                 const ReaderPlace& place, std::unique_ptr<const PinTrace> trace = nullptr)
      : channel_(channel), num_slots_(num_slots), waiting_(waiting), place_(place),
        trace_(std::move(trace)) {}
  RecordedReader(const RecordedReader&) = delete;
  RecordedReader& operator=(const RecordedReader&) = delete;
  ~RecordedReader() {
    release();
    place_.give_back();
  }

  // kNoFrameSlot: nothing is held.
  FrameSlot slot() const { return slot_; }
  // False for good once the reader was declared dead: then it holds nothing and pins nothing.
  bool is_registered() const { return place_.is_mine(); }

  // Pins the newest frame, and returns the one that it held before that; true: another than before.
  // Wait-free: as an anonymous reader's, two stores and a reading of the clock.
  bool refresh();
  // As FrameReader::wait_next(); the deadline is monotonic_ns()'s. Also ends, without a newer
  // frame, when `ended()` is true; whoever makes it so wakes sleepers as a publication does.
  template <class Ended>
  bool wait_next(std::int64_t deadline_ns, Ended ended) {
    if (refresh()) return true;
    if (slot_ == kNoFrameSlot) return false;
    // Pinned, the slot cannot be filled again: while it is current there is no newer frame.
    const auto found = [&] { return !channel_.look(slot_) || ended(); };
    return waiting_.wait(deadline_ns, found) && refresh();
  }
  bool wait_next(std::int64_t deadline_ns) {
    return wait_next(deadline_ns, [] { return false; });
  }
  void release();  // wait-free

 private:
  ChannelReader channel_;
  FrameSlot num_slots_;
  FrameWaiting waiting_;
  ReaderPlace place_;
  std::unique_ptr<const PinTrace> trace_;
  FrameSlot slot_ = kNoFrameSlot;
};

}  // namespace quadrille
