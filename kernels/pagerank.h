// PageRank: the share of time that a random walk spends at each node, one iteration a step.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/chebyshev_momentum.h"
#include "kernels/kernel_table.h"

namespace quadrille {

// One element (of `active`: one bit) for each node, by internal id.
struct PageRankColumns {
  std::span<float> rank;            // their sum is 1
  std::span<std::uint64_t> active;  // nodes whose rank the last step changed
};

struct PageRankOptions {
  double damping = 0.85;    // in [0, 1): how often the walk follows an arc rather than jump
  double tolerance = 1e-4;  // settled once a plain iteration changes scores by less, in sum
  int max_iterations = 20;  // then it ends, settled or not
};

// The walk follows one of a node's arcs, each as likely as the others, or jumps to any node; from a
// node without arcs (dangling) it always jumps. Where arcs lead both ways iterations have
// momentum (chebyshev_momentum.h), so fewer are needed; one that settles with momentum is not taken
// over, for what it measured is the scores before it. Scores are ranks up to a factor: what GAPBS
// computes, which lets the rank of dangling nodes go, and what the tolerance speaks of. The columns
// may lie elsewhere in each step as long as they hold the values of the last one.
class PageRank {
 public:
  // `scratch` gives 20 bytes a node; all arguments must outlive this.
  // kInvalidArgument: options out of range; kOutOfMemory.
  static Result<PageRank> create(const GraphView& graph, const PageRankOptions& options,
                                 Parallel& parallel, const KernelTable& kernels, Arena& scratch);

  void start(const PageRankColumns& columns);  // writes every element
  void step(const PageRankColumns& columns);   // nothing but clearing `active` once finished
  // Both of the above, to the end: the same ranks sooner. `active` are the nodes whose rank is not
  // the one that stood in the column. As often as wanted.
  void run(const PageRankColumns& columns);
  bool finished() const { return settled() || iterations_ >= options_.max_iterations; }
  bool settled() const { return change_ < options_.tolerance; }
  int iterations() const { return iterations_; }
  // What the last iteration would have changed in the ranks without momentum, in sum, and what one
  // more would at most. Before the first one: 1.
  double change() const { return in_ranks(change_); }
  double most_change() const { return in_ranks(most_change_); }
  std::int64_t edges_examined() const;  // since start

 private:
  struct Sums {
    double change = 0, lead = 0, sum = 0;
  };

  PageRank(const GraphView& graph, const PageRankOptions& options, Parallel& parallel,
           const KernelTable& kernels)
      : graph_(graph), options_(options), parallel_(&parallel), kernels_(&kernels.pagerank) {}
  Status allocate(Arena& scratch);
  // Without nodes there is no sum.
  double in_ranks(double scores) const { return scores == 0 ? 0 : scores / sum_; }
  void start();
  void advance();
  void write(const PageRankColumns& columns);
  double prepare_start();
  template <class Body>
  Sums for_nodes(Body body);
  Sums total_of(std::int64_t chunks) const;
  Sums pull(double momentum);

  GraphView graph_;
  PageRankOptions options_;
  Parallel* parallel_;
  const PageRankBodies* kernels_;
  ChebyshevMomentum momentum_;
  std::span<float> score_;           // ranks times sum_
  std::span<float> older_score_;     // before the last iteration
  std::span<float> share_;           // score over out-degree, what each out-neighbour gets
  std::span<float> fresh_share_;     // of the iteration going on
  std::span<float> inverse_degree_;  // 0 where dangling
  std::span<Sums> chunk_sums_;
  double sum_ = 1;  // of scores
  int iterations_ = 0;
  double change_ = 0, most_change_ = 0;  // of scores
};

// All iterations. kOutOfMemory: `scratch` is full (it is not reset).
Status run_pagerank(const GraphView& graph, const PageRankOptions& options,
                    const PageRankColumns& columns, Parallel& parallel, const KernelTable& kernels,
                    Arena& scratch);

}  // namespace quadrille
