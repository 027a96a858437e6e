// FrameWriter: what the passes of a scene are given, the last completed step to read and the next
// one to write; Pass: one of them. For scenes of one's own (scene.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <quadrille/frame.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class TimeStepper;
class TopologyVersion;
class TraceTrack;

// Valid while the pass runs, on the thread that steps; columns may be written by all workers.
class FrameWriter {
 public:
  std::int64_t step() const;  // number of the step being computed; the first is 1
  float dt() const;
  // The last completed step: what a pass over rewritten columns reads. An updated column is read
  // where it is written, by column(): it starts as the previous step's, and in a step that goes on
  // in place previous() shows the same memory. In `initialize`: the zeroed step 0 itself.
  const Frame& previous() const;
  template <class T>
  std::span<T> column(ColumnID column, int plane = 0) {
    const auto bytes = plane_bytes(column, plane);
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  // What an updated column's pass must say, before it returns; any worker, any number of times.
  // (Rewritten columns are marked whole by themselves.) Elements [first, last) of the plane; bit
  // columns in bits.
  void mark_changed(ColumnID column, std::int64_t first, std::int64_t last, int plane = 0);
  void mark_all(ColumnID column);
  // A sparse step: in every updated column only these elements changed (a bit column may also have
  // cleared the bits of the previous step's list), and what is marked besides. Ids that a shorter
  // column lacks are passed over. Copied. One thread, once a step.
  void set_changed_ids(std::span<const NodeID> ids);
  void set_topology_version(std::uint64_t version);
  // From this step on, frames are of that version, the library's own, which readers find with them
  // and which lives as long as any of them can be read.
  void set_topology(const TopologyVersion& version);
  // For spans, instants and counters of a pass's own, on the thread that steps; null: not traced.
  TraceTrack* trace_track() const;

 private:
  friend class TimeStepper;
  std::span<std::byte> plane_bytes(ColumnID column, int plane);
  TimeStepper* stepper_ = nullptr;
};

struct Pass {
  std::string name;
  std::function<Status(FrameWriter&)> run;  // must not allocate
};

}  // namespace quadrille
