// MemoryLedger: keeps, for one MemoryBudget, which label owns which of the bytes that are charged.
//
// Every charge names a label or an area, so the sum over labels is the budget's used() at any
// moment, and what has no label is called "unlabelled". An *area* is charged by its region; it is
// divided into *sections* with labels of their own (the columns of a slot, the slabs of an image),
// or, if an arena bumps in it, by that arena's allocations. What neither covers has the label that
// the area was opened with.
//
// A budget without a ledger records nothing. Any thread: one mutex, taken when memory is committed
// and at each allocation of a tracked arena, never by a step that allocates nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/memory_map.h>

namespace quadrille {

using MemoryAreaID = int;
inline constexpr MemoryAreaID kNoMemoryArea = -1;

struct MemorySection {
  std::string label;
  std::size_t bytes = 0;
  // Step that last wrote each block; null: nobody says. Must outlive the area; read by list() on
  // the writer's thread.
  const std::int64_t* written_steps = nullptr;
};

class MemoryLedger {
 public:
  MemoryLedger();
  ~MemoryLedger();

  MemoryAreaID open_area(Label label);
  void close_area(MemoryAreaID area);  // its bytes were refunded before
  // Positive: charged, negative: refunded. `elapsed_ns`: what committing took.
  void charge(MemoryAreaID area, std::int64_t bytes, std::int64_t elapsed_ns = 0);
  void charge(Label label, std::int64_t bytes);

  // What the area is divided into: no more bytes than will be committed. Best before they are.
  void describe(MemoryAreaID area, MemoryAreaKind kind, std::string name,
                std::vector<MemorySection> sections);
  // For the arena that bumps in the area, from its base on. Owned by the ledger. What the area has
  // committed and not handed out is called "<its label>: free".
  ArenaTracker* track_arena(MemoryAreaID area);

  void begin_step(std::int64_t step);  // what is allocated and emptied from now on is of this step
  MemoryMap list(std::int64_t completed_step) const;

 private:
  struct State;
  struct Area;
  class AreaTracker;
  mutable std::mutex mutex_;
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
