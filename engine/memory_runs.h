// LabelRuns: which label owns which bytes of an arena's memory.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include <quadrille/memory_map.h>

namespace quadrille {

using LabelID = std::int32_t;

class LabelRuns {
 public:
  // Neighbouring allocations of one label in one step.
  struct Run {
    std::int64_t bytes;
    LabelID label;
    std::int64_t step;
  };

  // Nobody owns [offset, offset + run.bytes) so far.
  void add(std::size_t offset, const Run& run);
  // Nobody owns [begin, end) any more. Returns what was owned of it, piece by piece.
  std::vector<Run> remove(std::size_t begin, std::size_t end);
  std::vector<Run> remove_all() { return remove(0, SIZE_MAX); }
  bool empty() const { return runs_.empty(); }

  // The first `bytes` in blocks: each with the label that most of its owned bytes have (equal
  // shares: the one that comes first) and the newest step of any; `free` and -1 where nobody owns a
  // byte.
  std::vector<MemoryBlock> blocks(std::int64_t bytes, LabelID free) const;

 private:
  std::map<std::size_t, Run> runs_;  // by offset
};

}  // namespace quadrille
