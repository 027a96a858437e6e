#include "kernels/pagerank.h"

#include <algorithm>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

// A hub among the nodes of a chunk takes as long as many others.
constexpr std::int64_t kPullGrain = 1024;
// An iteration passes over the nodes in this many segments; each reads what those before it wrote.
// More save no iteration on the graphs of the GAP suite, and each is a barrier.
constexpr std::int64_t kSegments = 8;
constexpr std::int64_t kFewArcsANode = 4;  // in the mean: grids, road maps

// A multiple of the grains.
std::int64_t segment_size(std::int64_t nodes) {
  return chunks_of(chunks_of(nodes, kSegments), kNodeGrain) * kNodeGrain;
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
  const std::int64_t segment = std::min(segment_size(nodes), nodes);
  const std::int64_t chunks =
      std::max(chunks_of(segment, kPullGrain), chunks_of(nodes, kNodeGrain));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"pagerank scores"}, score_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"pagerank shares"}, share_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, segment, {"pagerank fresh shares"}, fresh_share_));
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
  const double by_arcs = share_of_arcs();
  const double base = by_arcs == 0 ? 1 / nodes : (1 - options_.damping) / nodes;
  sum_ = for_nodes([&](NodeID begin, NodeID end, Sums& sums) {
           for (NodeID v = begin; v < end; ++v) {
             const auto degree = static_cast<double>(graph_.in_degree(v));
             score_[at(v)] = static_cast<float>(base + by_arcs * degree);
             share_[at(v)] = score_[at(v)] * inverse_degree_[at(v)];
             sums.sum += double{score_[at(v)]};
           }
         }).sum;
  iterations_ = 0;
  change_ = graph_.num_nodes() == 0 ? 0 : 1;
}

// What an arc brings its target at the start; 0: all ranks are equal. Fills inverse_degree_.
double PageRank::share_of_arcs() {
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
    chunk = {.change = squares, .sum = static_cast<double>(sources)};
  });
  const auto arcs = static_cast<double>(graph_.num_arcs());
  const auto nodes = static_cast<double>(graph_.num_nodes());
  const double deviation = sums.change - arcs * arcs / nodes;  // squared, of in-degrees
  if (!(deviation > arcs / 64)) return 0;
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
  const std::int64_t nodes = graph_.num_nodes();
  const std::int64_t segment = segment_size(nodes);
  Sums total;
  for (std::int64_t begin = 0; begin < nodes; begin += segment) {
    const std::int64_t end = std::min(begin + segment, nodes);
    const Sums sums = pull(begin, end);
    total.change += sums.change;
    total.sum += sums.sum;
    std::copy_n(fresh_share_.begin(), end - begin, share_.begin() + begin);
  }
  sum_ = total.sum;
  change_ = total.change;
  ++iterations_;
}

std::int64_t PageRank::edges_examined() const { return iterations_ * graph_.num_arcs(); }

PageRank::Sums PageRank::pull(std::int64_t begin, std::int64_t end) {
  const double base = (1 - options_.damping) / static_cast<double>(graph_.num_nodes());
  const bool has_short_lists = graph_.num_arcs() <= kFewArcsANode * graph_.num_nodes();
  parallel_->for_range(end - begin, kPullGrain,
                       [&](std::int64_t chunk_begin, std::int64_t chunk_end, int) {
                         PullArgs chunk{.in = &graph_.in(),
                                        .share = share_.data(),
                                        .fresh_share = fresh_share_.data() + chunk_begin,
                                        .inverse_degree = inverse_degree_.data(),
                                        .score = score_.data(),
                                        .base = base,
                                        .damping = options_.damping,
                                        .begin = static_cast<NodeID>(begin + chunk_begin),
                                        .end = static_cast<NodeID>(begin + chunk_end),
                                        .change = 0,
                                        .sum = 0};
                         (has_short_lists ? kernels_->pull_short_lists : kernels_->pull)(chunk);
                         chunk_sums_[at(chunk_begin / kPullGrain)] = {chunk.change, chunk.sum};
                       });
  return total_of(chunks_of(end - begin, kPullGrain));
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
