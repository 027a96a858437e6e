// When repairing an answer is given up for a run from scratch, and how far ahead edits are fetched.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

inline constexpr std::size_t kPrefetchEdits = 8;

// Arcs that a repair may look at. Below 65,536 of them nothing takes long.
inline std::int64_t most_repair_work(const GraphView& graph) {
  return std::max<std::int64_t>(1 << 16, graph.num_arcs() / 8);
}

}  // namespace quadrille
