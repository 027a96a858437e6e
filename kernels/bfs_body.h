// The inner loops of breadth-first search, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

#include "kernels/node_queue.h"

namespace quadrille {

// Expands a part of the frontier. `distance` and `parent` are whole arrays, by internal id.
struct TopDownArgs {
  const Adjacency* graph;
  const NodeID* frontier;
  std::int64_t count;
  Distance level;  // of the nodes found
  Distance* distance;
  NodeID* parent;
  NodeQueue next;
  QueueBuffer*
      // This worker's; what is left in it when all is done must be flushed. Serial: not used.
      buffer;
  std::int64_t scout;  // result, added to: arcs that leave the nodes found
};

// Looks for a parent of each unreached node of the words [word_begin, word_end): 64 nodes a word.
struct BottomUpArgs {
  const Adjacency* transpose;
  const std::uint64_t* front;
  std::uint64_t* next;       // every word of the range is written
  std::uint64_t* unreached;  // nodes found are taken out
  std::int64_t word_begin, word_end;
  Distance level;
  Distance* distance;
  NodeID* parent;
  std::int64_t found;  // result: nodes found
  std::int64_t edges;  // result: arcs looked at
};

// words[w] keeps the bits whose distance is kDistInf, for w in [word_begin, word_end).
struct UnreachedArgs {
  const Distance* distance;
  std::int64_t num_nodes;
  const std::uint64_t* candidates;  // nodes that can be found at all
  std::uint64_t* words;
  std::int64_t word_begin, word_end;
};

struct BfsBodies {
  void (*top_down_serial)(TopDownArgs& args);  // no other worker runs
  void (*top_down)(TopDownArgs& args);
  void (*bottom_up)(BottomUpArgs& args);
  void (*unreached)(const UnreachedArgs& args);
};

}  // namespace quadrille
