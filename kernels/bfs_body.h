// The inner loops of breadth-first search, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

#include "kernels/node_queue.h"

namespace quadrille {

// What is known of a node: its distance in the high half, its parent in the low one. Of two, the
// smaller one is the better: nearer, or as near with a lower parent. In one word, so that a node is
// one cache line and one atomic minimum.
using Find = std::uint64_t;
inline constexpr Find kNotFound = ~Find{0};  // read as its halves: kDistInf, kNoParent

constexpr Find make_find(Distance distance, NodeID parent) {
  return Find{static_cast<std::uint32_t>(distance)} << 32 | static_cast<std::uint32_t>(parent);
}
constexpr Distance distance_of(Find find) { return static_cast<Distance>(find >> 32); }
constexpr NodeID parent_of(Find find) { return static_cast<NodeID>(find); }

// Expands a part of the frontier. `finds` is a whole array, by internal id.
struct TopDownArgs {
  const Adjacency* graph;
  const NodeID* frontier;
  std::int64_t count;
  Distance level;  // of the nodes found
  Find* finds;
  bool keeps_records;  // records of found nodes will still be in a cache when the level is done
  NodeQueue next;
  // This worker's; what is left in it when all is done must be flushed. Serial: not used.
  QueueBuffer* buffer;
};

// Looks for a parent of each unreached node of the words [word_begin, word_end): 64 nodes a word.
struct BottomUpArgs {
  const Adjacency* transpose;
  const std::uint64_t* front;
  std::uint64_t* next;       // every word of the range is written
  std::uint64_t* unreached;  // nodes found are taken out
  std::int64_t word_begin, word_end;
  Distance level;
  Find* finds;
  std::int64_t found;  // result: nodes found
  std::int64_t edges;  // result: arcs looked at
};

// words[w] has the bits of candidates that are not found, for w in [word_begin, word_end).
struct UnreachedArgs {
  const Find* finds;
  std::int64_t num_nodes;
  const std::uint64_t* candidates;  // nodes that can be found at all
  std::uint64_t* words;
  std::int64_t word_begin, word_end;
};

// Columns of distances and parents, by internal id.
struct BfsOutputs {
  Distance* distance;
  NodeID* parent;
};

struct BfsBodies {
  void (*top_down_serial)(TopDownArgs& args);  // no other worker runs
  void (*top_down)(TopDownArgs& args);
  void (*bottom_up)(BottomUpArgs& args);
  void (*unreached)(const UnreachedArgs& args);
  // How many arcs leave the nodes.
  std::int64_t (*count_arcs)(const Adjacency& graph, const NodeID* nodes, std::int64_t count);
  // Writes the finds of [begin, end); of nodes named; of nodes whose bits are set in words [begin,
  // end).
  void (*write_range)(const Find* finds, std::int64_t begin, std::int64_t end,
                      const BfsOutputs& outputs);
  void (*write_nodes)(const Find* finds, const NodeID* nodes, std::int64_t count,
                      const BfsOutputs& outputs);
  void (*write_words)(const Find* finds, const std::uint64_t* words, std::int64_t begin,
                      std::int64_t end, const BfsOutputs& outputs);
};

}  // namespace quadrille
