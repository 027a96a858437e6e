// The inner loops of PageRank, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

namespace quadrille {

// For nodes [begin, end): plain[v] = base + damping * (the sum of shares of v's in-neighbours), and
// the next score lies `momentum` times as far from the score before the last one as that does.
struct PullArgs {
  const Adjacency* in;
  const float* share;  // score over out-degree, of all nodes, and a 0 after the last
  float* fresh_share;  // of the next score
  const float* inverse_degree;
  const float* score;
  float* older_score;  // before the last iteration; becomes the next score
  double base, damping, momentum;
  NodeID num_nodes;
  NodeID begin, end;
  // Results, in order of ids: the sums of |plain - score|, of |plain - next| and of next.
  double change, lead, sum;
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
