// FrameReader: how a reader pins the newest frame, and PinnedFrame, the pin.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include <quadrille/frame.h>

namespace quadrille {

class FramePool;
class GraphView;

// Keeps one frame alive and unchanged until destroyed or released. Move-only; may be released on
// any thread.
class PinnedFrame {
 public:
  PinnedFrame() = default;
  PinnedFrame(PinnedFrame&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), slot_(other.slot_),
        frame_(std::exchange(other.frame_, Frame())) {}
  PinnedFrame& operator=(PinnedFrame&& other) noexcept;
  ~PinnedFrame() { release(); }

  explicit operator bool() const { return pool_ != nullptr; }
  const Frame& operator*() const { return frame_; }
  const Frame* operator->() const { return &frame_; }
  // The graph as this frame's step knew it, where the scene changes it; null: it does not, and is
  // the simulation's input. As long as the frame is pinned.
  const GraphView* topology() const;
  void release();  // wait-free

 private:
  friend class FrameReader;
  PinnedFrame(FramePool* pool, std::uint32_t slot, Frame frame)
      : pool_(pool), slot_(slot), frame_(frame) {}
  FramePool* pool_ = nullptr;
  std::uint32_t slot_ = 0;
  Frame frame_;
};

// A cheap handle; copy one for each thread that reads. Must not outlive its simulation.
class FrameReader {
 public:
  FrameReader() = default;
  explicit FrameReader(FramePool* pool) : pool_(pool) {}

  PinnedFrame latest() const;                       // wait-free: one atomic add
  bool is_latest(const PinnedFrame& pinned) const;  // one relaxed load
  // Repins `pinned` to the newest frame if there is a newer one; true if it changed.
  bool refresh(PinnedFrame& pinned) const;

  // Sleeps until there is a newer frame than `pinned`, and repins to it: true. At the deadline
  // false, and `pinned` is unchanged (time_point::max(): never). Keeps its pin while it waits, and
  // never has more than before. Pins the newest frame, without waiting, where `pinned` is empty.
  bool wait_next(PinnedFrame& pinned, std::chrono::steady_clock::time_point deadline) const;
  // The same for who holds nothing meanwhile: the first frame seen after `step`; empty at the
  // deadline. Pins the newest frame for a moment each time that it looks.
  PinnedFrame wait_newer(std::int64_t step, std::chrono::steady_clock::time_point deadline) const;

 private:
  FramePool* pool_ = nullptr;
};

}  // namespace quadrille
