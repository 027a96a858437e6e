// The inner loops of breadth-first search, as the kernel table holds them. `distance` and `parent`
// are whole columns, by internal id: kDistInf and kNoParent where a node is not found yet.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

// Expands a part of a frontier that stands in a list. Room at `out` for one id more than the
// frontier has arcs.
struct BfsListArgs {
  const Adjacency* graph;
  const NodeID* frontier;
  std::int64_t count;
  Distance level;  // of the nodes found
  Distance* distance;
  NodeID* parent;
  NodeID* out;         // found nodes are written here
  std::int64_t found;  // result: how many
  std::int64_t arcs;   // result: arcs of the frontier
};

// Looks for the parents of nodes that all are at distance `level`, through their in-lists.
struct BfsSettleArgs {
  const Adjacency* transpose;
  const NodeID* nodes;
  std::int64_t count;
  Distance level;
  const Distance* distance;
  NodeID* parent;
};

// Expands a whole ascending frontier, but finds only the nodes [first_node, end_node), whose words
// of bits nobody else may touch. Both limits are multiples of 64, or the number of nodes.
struct BfsTopDownArgs {
  const Adjacency* graph;
  const NodeID* frontier;
  std::int64_t count;
  NodeID first_node, end_node;
  bool has_last_node;  // no node comes after these
  Distance level;
  std::uint64_t* visited;
  std::uint64_t* next;  // every word of the range is written: the nodes found
  Distance* distance;
  NodeID* parent;
  std::int64_t found;  // result
};

// Expands a part of a frontier, while other workers expand theirs, by offers to nodes that were not
// visited before the level. `next` is all zeros at first.
struct BfsOffersArgs {
  const Adjacency* graph;
  const NodeID* frontier;
  std::int64_t count;
  Distance level;
  const std::uint64_t* visited;
  std::uint64_t* next;
  Distance* distance;
  NodeID* parent;
  std::int64_t found;  // result
};

// Looks for a parent of each node not visited of the words [word_begin, word_end).
struct BfsBottomUpArgs {
  const Adjacency* transpose;
  const NodeID* first;  // each node's first in-neighbour
  const std::uint64_t* front;
  std::uint64_t* visited;
  std::uint64_t* next;  // every word of the range is written
  std::int64_t word_begin, word_end;
  Distance level;
  Distance* distance;
  NodeID* parent;
  std::int64_t found;  // result: nodes found
  std::int64_t arcs;   // result: arcs looked at
};

// words[w] has the bits of nodes that are found or never will be (first < 0), and of none beyond
// the last, for w in [word_begin, word_end). Returns how many of the nodes are found.
struct BfsVisitedArgs {
  const Distance* distance;
  const NodeID* first;
  std::int64_t num_nodes;
  std::uint64_t* words;
  std::int64_t word_begin, word_end;
};

struct BfsBodies {
  // Parents of found nodes are written at once. No other worker runs.
  void (*expand_alone)(BfsListArgs& args);
  // Symmetric graphs: the frontier's own parents are written, those of found nodes are not.
  // Workers that find a node at the same time all list it.
  void (*expand_shared)(BfsListArgs& args);
  void (*settle)(const BfsSettleArgs& args);
  void (*top_down)(BfsTopDownArgs& args);
  void (*top_down_by_offers)(BfsOffersArgs& args);
  void (*bottom_up)(BfsBottomUpArgs& args);
  std::int64_t (*visited)(const BfsVisitedArgs& args);
  // How many arcs leave the nodes.
  std::int64_t (*count_arcs)(const Adjacency& graph, const NodeID* nodes, std::int64_t count);
};

}  // namespace quadrille
