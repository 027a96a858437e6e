// The inner loops of connected components, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

// Joins nodes of [begin, end) with one of their neighbours each.
struct HookArgs {
  const Adjacency* graph;
  NodeID* component;       // a forest: component[v] <= v; roots name themselves
  std::int64_t neighbour;  // which of a node's targets; nodes with fewer are passed over
  NodeID begin, end;
  std::int64_t edges;  // result, added to: arcs looked at
};

// Joins nodes of [begin, end) whose label is not `skip` with their targets from index
// `first_target` on.
struct HookRestArgs {
  const Adjacency* graph;
  NodeID* component;
  const NodeID* label;  // of the last step
  NodeID skip;
  std::int64_t first_target;
  NodeID begin, end;
  std::int64_t edges;  // result, added to
};

// Makes every node of [begin, end) point to its root.
struct CompressArgs {
  NodeID* component;
  NodeID begin, end;
};

// label[v] = name[component[v]] (name null: component[v]), and bit v of `active` where that is new,
// for the 64 nodes each of the words [word_begin, word_end).
struct RelabelArgs {
  const NodeID* component;
  const NodeID* name;
  NodeID* label;
  std::uint64_t* active;
  std::int64_t num_nodes;
  std::int64_t word_begin, word_end;
};

struct ComponentsBodies {
  void (*hook)(HookArgs& args);
  void (*hook_rest)(HookRestArgs& args);
  void (*compress)(const CompressArgs& args);
  void (*relabel)(const RelabelArgs& args);
};

}  // namespace quadrille
