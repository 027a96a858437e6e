// RegisteredReader: a reader with a name. What it holds is on record, so that reports can say who
// stalls, and, where the simulation was made reclaimable, what it held comes back after it died.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include <quadrille/frame.h>
#include <quadrille/status.h>

namespace quadrille {

class FramePool;
class GraphView;
class RecordedReader;

// Null when the generation is zero. Never used again for another reader.
struct ReaderID {
  std::int32_t place = -1;
  std::uint32_t generation = 0;
  friend bool operator==(const ReaderID&, const ReaderID&) = default;
};

// Holds at most one frame. Move-only; one thread at a time; must not outlive its simulation. A pin
// costs what an anonymous one does, two stores and a reading of the clock.
class RegisteredReader {
 public:
  // kUnsupported: every place for a registered reader is taken. `label` is cut to 39 bytes.
  static Result<RegisteredReader> create(FramePool* pool, std::string_view label);
  RegisteredReader();
  RegisteredReader(RegisteredReader&&) noexcept;
  RegisteredReader& operator=(RegisteredReader&&) noexcept;
  ~RegisteredReader();  // returns what it holds, and its place

  ReaderID id() const { return id_; }
  // The frame that it holds; not valid: none. Valid until the next call that is not const.
  const Frame& frame() const { return frame_; }
  // The graph as that frame's step knew it: see PinnedFrame.
  const GraphView* topology() const;
  // Holds the newest frame from now on, which is returned. Wait-free.
  const Frame& latest();
  // The same; true if the frame changed.
  bool refresh();
  // Sleeps until there is a newer frame than the one that it holds, and holds that: true. At the
  // deadline false, and nothing has changed (time_point::max(): never). With no frame as yet it
  // takes the newest, without waiting.
  bool wait_next(std::chrono::steady_clock::time_point deadline);
  // Holds nothing. Wait-free.
  void release();
  // False: it was declared dead (Simulation::reclaim). It holds nothing, and gets nothing any more.
  bool is_registered() const;

 private:
  RegisteredReader(FramePool* pool, std::unique_ptr<RecordedReader> reader, ReaderID id);
  void look_at_pin();

  FramePool* pool_ = nullptr;
  std::unique_ptr<RecordedReader> reader_;
  ReaderID id_;
  Frame frame_;
};

}  // namespace quadrille
