// The inner loops of connected components, as the kernel table holds them. All work on a forest:
// component[v] <= v, and roots name themselves. Sets of nodes are bits, a word for 64 nodes.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

// Makes a forest of the nodes of [begin, end) alone: each points to the lowest one of itself and
// the first neighbour of each list. `begin` is a multiple of 64.
struct HookLowestArgs {
  const Adjacency* graph;
  const Adjacency* transpose;  // null: the graph has no direction
  NodeID* component;           // written
  std::uint64_t* has_arcs;     // written
  std::uint64_t* minima;  // written without direction: nodes with arcs that point to themselves
  NodeID* other;          // written with direction: a first neighbour not pointed to, or itself
  NodeID begin, end;
  std::int64_t edges;  // result, added to: arcs looked at
};

// Joins the nodes of a set with their first few neighbours; of a graph without direction.
struct HookMinimaArgs {
  const Adjacency* graph;
  NodeID* component;
  const std::uint64_t* minima;
  std::int64_t word_begin, word_end;  // of the set
  bool shared;                        // other workers join nodes at the same time
  std::int64_t edges;                 // result, added to
};

// Joins each node v of [begin, end) with other[v].
struct HookOthersArgs {
  NodeID* component;
  const NodeID* other;
  NodeID begin, end;
  bool shared;  // as above
};

// Builds the forest of the nodes of [begin, end) and all arcs between them, each looked at once,
// from its higher end. No other worker touches these nodes. `begin` is a multiple of 64.
struct SweepArgs {
  const Adjacency* graph;
  const Adjacency* transpose;
  NodeID* component;      // written
  std::uint64_t* border;  // written: nodes with a neighbour below `begin`
  NodeID begin, end;
  std::int64_t edges;  // result, added to
};

// Joins the nodes v of a set with their neighbours: with those below v's range where nodes are cut
// into ranges of `range` (1: with all below v), with all where it is 0.
struct JoinArgs {
  const Adjacency* graph;
  const Adjacency* transpose;
  NodeID* component;
  const std::uint64_t* nodes;
  std::int64_t range;
  std::int64_t word_begin, word_end;  // of the set
  bool shared;                        // as above
  std::int64_t edges;                 // result, added to
  bool joined;                        // result: set where two trees became one
};

// Makes every node of [begin, end) point to its root. `begin` is a multiple of 64.
struct SettleArgs {
  NodeID* component;
  NodeID begin, end;
  // Null, or written: nodes of `has_arcs` whose root is not `giant`.
  std::uint64_t* outside;
  const std::uint64_t* has_arcs;
  NodeID giant;
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
  void (*hook_lowest)(HookLowestArgs& args);
  void (*hook_minima)(HookMinimaArgs& args);
  void (*hook_others)(const HookOthersArgs& args);
  void (*sweep)(SweepArgs& args);
  void (*join)(JoinArgs& args);
  void (*settle)(const SettleArgs& args);
  void (*relabel)(const RelabelArgs& args);
};

}  // namespace quadrille
