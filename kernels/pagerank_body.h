// The inner loops of PageRank, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

// score[v] = base + damping * (the sum of shares of v's in-neighbours), for nodes [begin, end).
struct PullArgs {
  const Adjacency* in;
  const float* share;  // score over out-degree, of all nodes
  float* fresh_share;  // element v - begin is set to score[v] * inverse_degree[v]
  const float* inverse_degree;
  float* score;
  double base, damping;
  NodeID begin, end;
  double change, sum;  // results: of |new - old| and of new, in order of ids
};

// rank[v] = score[v] * scale, and bit v of `active` where that is new, for the 64 nodes each of the
// words [word_begin, word_end).
struct ScaleArgs {
  const float* score;
  float scale;
  float* rank;
  std::uint64_t* active;
  std::int64_t num_nodes;
  std::int64_t word_begin, word_end;
};

struct PageRankBodies {
  void (*pull)(PullArgs& args);
  void (*pull_short_lists)(PullArgs& args);  // sooner where nearly all lists are of up to 4 arcs
  void (*scale)(const ScaleArgs& args);
};

}  // namespace quadrille
