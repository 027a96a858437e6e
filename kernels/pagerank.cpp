#include "kernels/pagerank.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

// A hub among the nodes of a chunk takes as long as many others.
constexpr std::int64_t kPullGrain = 1024;
constexpr std::int64_t kFewArcsANode = 4;  // in the mean: grids, road maps

constexpr std::int64_t kSampledNodes = 4096;

// Whether nearly all arcs lead both ways, as in a map of roads that was read as directed: by a
// sample of nodes whose lists are looked at. Then the eigenvalues of a walk are nearly real.
bool leads_both_ways(const GraphView& graph) {
  if (!graph.directed()) return true;
  const std::int64_t nodes = graph.num_nodes();
  const std::int64_t stride = std::max<std::int64_t>(nodes / kSampledNodes, 1);
  std::int64_t same = 0, looked_at = 0;
  for (std::int64_t v = 0; v < nodes; v += stride) {
    const auto out = graph.out_neigh(static_cast<NodeID>(v));
    const auto in = graph.in_neigh(static_cast<NodeID>(v));
    same += std::ranges::equal(out, in) && !out.empty();
    looked_at += !out.empty() || !in.empty();
  }
  return same * 10 >= looked_at * 9;
}

// The second largest eigenvalue of a walk on a random graph in which every node has as many arcs
// [Friedman 2008].
double random_radius(double mean_degree) {
  return mean_degree <= 2 ? 1 : 2 * std::sqrt(mean_degree - 1) / mean_degree;
}

}  // namespace

Result<PageRank> PageRank::create(const GraphView& graph, const PageRankOptions& options,
                                  Parallel& parallel, const KernelTable& kernels, Arena& scratch) {
  // Written so that no comparison holds for what is not a number.
  if (!(options.damping >= 0 && options.damping < 1)) {
    return Status(StatusCode::kInvalidArgument,
                  "the damping of pagerank is at least 0 and below 1");
  }
  if (!(options.tolerance >= 0) || options.max_iterations < 0) {
    return Status(StatusCode::kInvalidArgument,
                  "the tolerance of pagerank and its number of iterations are not negative");
  }
  PageRank pagerank(graph, options, parallel, kernels);
  QUADRILLE_RETURN_IF_ERROR(pagerank.allocate(scratch));
  return pagerank;
}

Status PageRank::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  const std::int64_t chunks = chunks_of(nodes, std::min(kPullGrain, kNodeGrain));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"pagerank scores"}, score_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"older scores"}, older_score_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes + 1, {"pagerank shares"}, share_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes + 1, {"fresh shares"}, fresh_share_));
  share_.back() = fresh_share_.back() = 0;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, nodes, {"pagerank degrees"}, inverse_degree_));
  return allocate_scratch(scratch, chunks, {"pagerank sums"}, chunk_sums_);
}

void PageRank::start(const PageRankColumns& columns) {
  start();
  write(columns);
  std::fill(columns.active.begin(), columns.active.end(), 0);
}

// Ranks to start from. Where degrees differ, those of a walk that took a random arc or jumped are
// nearer to the end than equal ones, and save about a quarter of the iterations; where degrees are
// much the same, as on a grid, equal ones are.
void PageRank::start() {
  const auto nodes = static_cast<double>(graph_.num_nodes());
  const double by_arcs = prepare_start();
  const double base = by_arcs == 0 ? 1 / nodes : (1 - options_.damping) / nodes;
  sum_ = for_nodes([&](NodeID begin, NodeID end, Sums& sums) {
           for (NodeID v = begin; v < end; ++v) {
             const auto degree = static_cast<double>(graph_.in_degree(v));
             score_[at(v)] = static_cast<float>(base + by_arcs * degree);
             older_score_[at(v)] = score_[at(v)];
             share_[at(v)] = score_[at(v)] * inverse_degree_[at(v)];
             sums.sum += double{score_[at(v)]};
           }
         }).sum;
  iterations_ = 0;
  most_change_ = change_ = graph_.num_nodes() == 0 ? 0 : 1;
}

// What an arc brings its target at the start; 0: all ranks are equal. Fills inverse_degree_, and
// starts the momentum: equal ranks are near the end, and take none until it is seen to be needed.
// Where arcs lead one way there is none: a random directed graph would take up to three times as
// many iterations.
double PageRank::prepare_start() {
  const Sums sums = for_nodes([&](NodeID begin, NodeID end, Sums& chunk) {
    double squares = 0;
    std::int64_t sources = 0;
    for (NodeID v = begin; v < end; ++v) {
      const std::int64_t degree = graph_.out_degree(v);
      const std::int64_t any = degree != 0;  // without a branch: who has arcs is hard to foresee
      inverse_degree_[at(v)] = static_cast<float>(any) / static_cast<float>(degree + 1 - any);
      sources += any;
      const auto in_degree = static_cast<double>(graph_.in_degree(v));
      squares += in_degree * in_degree;
    }
    chunk = {.change = squares, .lead = 0, .sum = static_cast<double>(sources)};
  });
  const auto arcs = static_cast<double>(graph_.num_arcs());
  const auto nodes = static_cast<double>(graph_.num_nodes());
  const double deviation = sums.change - arcs * arcs / nodes;  // squared, of in-degrees
  const bool differ = deviation > arcs / 64;
  if (leads_both_ways(graph_)) {
    const double guess = differ ? options_.damping * random_radius(arcs / sums.sum) : 0;
    momentum_.start(guess, options_.damping);
  } else {
    momentum_.start_without();
  }
  if (!differ) return 0;
  return options_.damping * (sums.sum / nodes) / arcs;
}

// body(begin, end, sums) for chunks of all nodes; returns the total, added in order of ids.
template <class Body>
PageRank::Sums PageRank::for_nodes(Body body) {
  const std::int64_t nodes = graph_.num_nodes();
  parallel_->for_range(nodes, kNodeGrain, [&](std::int64_t begin, std::int64_t end, int) {
    Sums sums;
    body(static_cast<NodeID>(begin), static_cast<NodeID>(end), sums);
    chunk_sums_[at(begin / kNodeGrain)] = sums;
  });
  return total_of(chunks_of(nodes, kNodeGrain));
}

PageRank::Sums PageRank::total_of(std::int64_t chunks) const {
  Sums total;
  for (const Sums& sums : chunk_sums_.first(at(chunks))) {
    total.change += sums.change;
    total.lead += sums.lead;
    total.sum += sums.sum;
  }
  return total;
}

void PageRank::step(const PageRankColumns& columns) {
  if (finished()) {
    std::fill(columns.active.begin(), columns.active.end(), 0);
    return;
  }
  advance();
  write(columns);
}

void PageRank::advance() {
  const Sums sums = pull(momentum_.next(options_.tolerance));
  change_ = sums.change;
  momentum_.observe(change_);
  ++iterations_;
  // What momentum comes to may be off by more than what it started from, of which `change_` speaks.
  if (settled() && !momentum_.was_plain()) {
    most_change_ = change_;
    return;
  }
  std::swap(score_, older_score_);
  std::swap(share_, fresh_share_);
  sum_ = sums.sum;
  most_change_ = options_.damping * change_ + (1 + options_.damping) * sums.lead;
}

std::int64_t PageRank::edges_examined() const { return iterations_ * graph_.num_arcs(); }

PageRank::Sums PageRank::pull(double momentum) {
  const std::int64_t nodes = graph_.num_nodes();
  const double base = (1 - options_.damping) / static_cast<double>(nodes);
  const bool has_short_lists = graph_.num_arcs() <= kFewArcsANode * nodes;
  parallel_->for_range(nodes, kPullGrain, [&](std::int64_t begin, std::int64_t end, int) {
    PullArgs chunk{.in = &graph_.in(),
                   .share = share_.data(),
                   .fresh_share = fresh_share_.data(),
                   .inverse_degree = inverse_degree_.data(),
                   .score = score_.data(),
                   .older_score = older_score_.data(),
                   .base = base,
                   .damping = options_.damping,
                   .momentum = momentum,
                   .num_nodes = graph_.num_nodes(),
                   .begin = static_cast<NodeID>(begin),
                   .end = static_cast<NodeID>(end),
                   .change = 0,
                   .lead = 0,
                   .sum = 0};
    (has_short_lists ? kernels_->pull_short_lists : kernels_->pull)(chunk);
    chunk_sums_[at(begin / kPullGrain)] = {chunk.change, chunk.lead, chunk.sum};
  });
  return total_of(chunks_of(nodes, kPullGrain));
}

void PageRank::write(const PageRankColumns& columns) {
  parallel_->for_range(bit_words(graph_.num_nodes()), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->scale({.score = score_.data(),
                                          .scale = static_cast<float>(1 / sum_),
                                          .rank = columns.rank.data(),
                                          .active = columns.active.data(),
                                          .num_nodes = graph_.num_nodes(),
                                          .word_begin = begin,
                                          .word_end = end});
                       });
}

void PageRank::run(const PageRankColumns& columns) {
  parallel_->in_region([&] {
    start();
    while (!finished()) advance();
    write(columns);
  });
}

Status run_pagerank(const GraphView& graph, const PageRankOptions& options,
                    const PageRankColumns& columns, Parallel& parallel, const KernelTable& kernels,
                    Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(PageRank pagerank,
                             PageRank::create(graph, options, parallel, kernels, scratch));
  pagerank.run(columns);
  return Status::ok();
}

}  // namespace quadrille
