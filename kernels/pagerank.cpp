#include "kernels/pagerank.h"

#include <algorithm>

#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kNodeGrain = 4096;
constexpr std::int64_t kWordGrain = kNodeGrain / 64;
// A hub among the nodes of a chunk takes as long as many others.
constexpr std::int64_t kPullGrain = 1024;
// An iteration passes over the nodes in this many segments; each reads what those before it wrote.
constexpr std::int64_t kSegments = 32;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

std::int64_t chunks_of(std::int64_t count, std::int64_t grain) {
  return (count + grain - 1) / grain;
}

// A multiple of the grains.
std::int64_t segment_size(std::int64_t nodes) {
  return chunks_of(chunks_of(nodes, kSegments), kNodeGrain) * kNodeGrain;
}

}  // namespace

Result<PageRank> PageRank::create(const GraphView& graph, const PageRankOptions& options,
                                  Parallel& parallel, const KernelTable& kernels, Arena& scratch) {
  PageRank pagerank(graph, options, parallel, kernels);
  QUADRILLE_RETURN_IF_ERROR(pagerank.allocate(scratch));
  return pagerank;
}

Status PageRank::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  const std::int64_t chunks = chunks_of(segment_size(nodes), kPullGrain);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"pagerank scores"}, score_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"pagerank shares"}, share_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, nodes, {"pagerank fresh shares"}, fresh_share_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, nodes, {"pagerank degrees"}, inverse_degree_));
  return allocate_scratch(scratch, chunks, {"pagerank sums"}, chunk_sums_);
}

// Ranks to start from. Where degrees differ, those of a walk that took a random arc or jumped are
// nearer to the end than equal ones, and save about a quarter of the iterations; where degrees are
// much the same, as on a grid, equal ones are.
void PageRank::start(const PageRankColumns& columns) {
  const auto nodes = static_cast<double>(graph_.num_nodes());
  const double by_arcs = share_of_arcs();
  const double base = by_arcs == 0 ? 1 / nodes : (1 - options_.damping) / nodes;
  double sum = 0;
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
    const auto degree = static_cast<float>(graph_.out_degree(v));
    inverse_degree_[at(v)] = degree == 0.0f ? 0.0f : 1.0f / degree;
    score_[at(v)] = static_cast<float>(base + by_arcs * static_cast<double>(graph_.in_degree(v)));
    share_[at(v)] = fresh_share_[at(v)] = score_[at(v)] * inverse_degree_[at(v)];
    sum += double{score_[at(v)]};
  }
  write_ranks(columns, sum);
  std::fill(columns.active.begin(), columns.active.end(), 0);
  iterations_ = 0;
  change_ = graph_.num_nodes() == 0 ? 0 : 1;
}

// What an arc brings its target at the start; 0: all ranks are equal.
double PageRank::share_of_arcs() const {
  std::int64_t sources = 0;
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) sources += graph_.out_degree(v) != 0 ? 1 : 0;
  const auto arcs = static_cast<double>(graph_.num_arcs());
  const double mean = arcs / static_cast<double>(std::max<std::int64_t>(sources, 1));
  double deviation = 0;
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
    const auto degree = static_cast<double>(graph_.in_degree(v));
    deviation += degree < mean ? mean - degree : degree - mean;
  }
  if (deviation <= arcs / 64) return 0;
  const auto nodes = static_cast<double>(graph_.num_nodes());
  return options_.damping * (static_cast<double>(sources) / nodes) / arcs;
}

void PageRank::step(const PageRankColumns& columns) {
  if (finished()) {
    std::fill(columns.active.begin(), columns.active.end(), 0);
    return;
  }
  const std::int64_t nodes = graph_.num_nodes();
  const std::int64_t segment = segment_size(nodes);
  Sums total;
  for (std::int64_t begin = 0; begin < nodes; begin += segment) {
    const std::int64_t end = std::min(begin + segment, nodes);
    const Sums sums = pull(begin, end);
    total.change += sums.change;
    total.sum += sums.sum;
    std::copy(fresh_share_.begin() + begin, fresh_share_.begin() + end, share_.begin() + begin);
  }
  write_ranks(columns, total.sum);
  change_ = total.change / total.sum;
  ++iterations_;
}

std::int64_t PageRank::edges_examined() const { return iterations_ * graph_.num_arcs(); }

PageRank::Sums PageRank::pull(std::int64_t begin, std::int64_t end) {
  const double base = (1 - options_.damping) / static_cast<double>(graph_.num_nodes());
  parallel_->for_range(end - begin, kPullGrain,
                       [&](std::int64_t chunk_begin, std::int64_t chunk_end, int) {
                         PullArgs chunk{.in = &graph_.in(),
                                        .share = share_.data(),
                                        .fresh_share = fresh_share_.data(),
                                        .inverse_degree = inverse_degree_.data(),
                                        .score = score_.data(),
                                        .base = base,
                                        .damping = options_.damping,
                                        .begin = static_cast<NodeID>(begin + chunk_begin),
                                        .end = static_cast<NodeID>(begin + chunk_end),
                                        .change = 0,
                                        .sum = 0};
                         kernels_->pull(chunk);
                         chunk_sums_[at(chunk_begin / kPullGrain)] = {chunk.change, chunk.sum};
                       });
  Sums total;
  for (const Sums& sums : chunk_sums_.first(at(chunks_of(end - begin, kPullGrain)))) {
    total.change += sums.change;
    total.sum += sums.sum;
  }
  return total;
}

void PageRank::write_ranks(const PageRankColumns& columns, double sum) {
  parallel_->for_range(bit_words(graph_.num_nodes()), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->scale({.score = score_.data(),
                                          .scale = static_cast<float>(1 / sum),
                                          .rank = columns.rank.data(),
                                          .active = columns.active.data(),
                                          .num_nodes = graph_.num_nodes(),
                                          .word_begin = begin,
                                          .word_end = end});
                       });
}

Status run_pagerank(const GraphView& graph, const PageRankOptions& options,
                    const PageRankColumns& columns, Parallel& parallel, const KernelTable& kernels,
                    Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(PageRank pagerank,
                             PageRank::create(graph, options, parallel, kernels, scratch));
  pagerank.start(columns);
  while (!pagerank.finished()) pagerank.step(columns);
  return Status::ok();
}

}  // namespace quadrille
