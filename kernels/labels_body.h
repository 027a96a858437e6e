// The inner loop of label propagation, as the kernel table holds it.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

// A node with fewer neighbours than this has its labels counted in registers.
inline constexpr std::int64_t kFewLabels = 16;

// One round for the nodes of the words [word_begin, word_end): 64 nodes a word.
struct PropagateArgs {
  const Adjacency* out;
  const Adjacency* in;       // null where the graph is undirected: out holds all neighbours
  const NodeID* last;        // labels before the round
  NodeID* label;             // after it; equal to `last` before
  const std::uint64_t* due;  // nodes that may change
  std::uint64_t* active;     // result: nodes that did
  std::int32_t* counts;      // this worker's: a zero for each label, and zero again afterwards
  std::int64_t word_begin, word_end;
  std::int64_t changed;  // result, added to
  std::int64_t edges;    // result, added to: arcs looked at
};

struct LabelsBodies {
  void (*propagate)(PropagateArgs& args);
};

}  // namespace quadrille
