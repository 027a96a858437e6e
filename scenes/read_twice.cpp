#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "scenes/adjacency_lists.h"
#include "scenes/degree_counter.h"
#include "scenes/degree_order.h"
#include "scenes/distinct_edges.h"
#include "scenes/edge_passes.h"
#include "scenes/graph_build.h"

namespace quadrille {
namespace {

class TwoReadings {
 public:
  explicit TwoReadings(GraphBuild& build) : build_(build) {}
  Status run();

 private:
  Result<EdgeCounts> count_by_degree();
  Result<EdgeCounts> count(EdgeSource& source, DegreeCounter* degrees = nullptr);
  Status collect_distinct(const EdgeCounts& counts);
  Status fill_image(const EdgeCounts& counts);
  Status place(EdgeSource& source, BucketSpace& space, const NodeID* internal, EdgeArcs arcs,
               const EdgeSums& expected);
  Status close_image(const ListTotals& totals, const Weight* weights);
  Status add_transpose();
  bool both_ends() const { return !build_.options.directed && !build_.options.both_arcs; }

  GraphBuild& build_;
  std::unique_ptr<DistinctEdges> distinct_;  // of a source that names edges from both ends
  EdgeOffset num_arcs_ = 0;
};

// Ranges of internal ids can be counted only when the order is known: by what was counted at each
// node, or, where an edge counts at both of its ends, by one reading more.
Result<EdgeCounts> TwoReadings::count_by_degree() {
  DegreeCounter counter(build_.budget);
  QUADRILLE_ASSIGN_OR_RETURN(EdgeCounts counts, count(build_.source, &counter));
  std::vector<std::uint32_t> degrees(static_cast<std::size_t>(build_.num_nodes));
  for (std::size_t id = 0; id < degrees.size(); ++id)
    degrees[id] = counter[static_cast<NodeID>(id)];
  build_.ordering = NodeOrdering(degree_order(degrees));
  if (both_ends()) return count(build_.source);
  const auto sum = [](const std::vector<std::int64_t>& by_range) {
    return std::accumulate(by_range.begin(), by_range.end(), std::int64_t{0});
  };
  const std::int64_t arcs = sum(counts.lower);
  std::ranges::fill(counts.lower, 0);
  for (std::size_t v = 0; v < degrees.size(); ++v) {
    counts.lower[v >> RangeCounter::kRangeShift] +=
        degrees[static_cast<std::size_t>(build_.ordering.user()[v])];
  }
  // A node whose arcs 32 bits could not count.
  return sum(counts.lower) == arcs ? std::move(counts) : count(build_.source);
}

// `degrees` (null: not asked for) counts out-arcs by node.
Result<EdgeCounts> TwoReadings::count(EdgeSource& source, DegreeCounter* degrees) {
  const NodeID* internal = &source == &build_.source ? build_.ordering.internal() : nullptr;
  std::vector<CountingSink> sinks;
  for (int worker = 0; worker < build_.parallel.num_workers(); ++worker)
    sinks.emplace_back(build_.options, internal, degrees);
  QUADRILLE_RETURN_IF_ERROR(read_all(source, build_.parallel, sinks));
  NodeID max_id = -1;
  for (const CountingSink& sink : sinks) max_id = std::max(max_id, sink.max_id());
  QUADRILLE_RETURN_IF_ERROR(build_.set_num_nodes(max_id));
  return add_up(sinks, build_.num_nodes);
}

Status TwoReadings::place(EdgeSource& source, BucketSpace& space, const NodeID* internal,
                          EdgeArcs arcs, const EdgeSums& expected) {
  return with_kind_of(space, [&]<class Word, bool kWeighted>() -> Status {
    std::vector<PlacingSink<Word, kWeighted>> sinks;
    for (int worker = 0; worker < build_.parallel.num_workers(); ++worker)
      sinks.emplace_back(space, internal, arcs, build_.options.drop_self_loops);
    QUADRILLE_RETURN_IF_ERROR(read_all(source, build_.parallel, sinks));
    EdgeSums sums;
    bool placed = true;
    for (auto& sink : sinks) {
      placed &= sink.flush();
      sums.add(sink.sums());
    }
    return placed && space.is_full() && sums == expected ? Status::ok() : source_changed();
  });
}

Status TwoReadings::collect_distinct(const EdgeCounts& counts) {
  const ArcPacking packing(build_.num_nodes);
  QUADRILLE_ASSIGN_OR_RETURN(
      DistinctEdges distinct,
      DistinctEdges::reserve(packing, build_.options.weighted, by_bucket(packing, counts.lower),
                             build_.budget));
  QUADRILLE_RETURN_IF_ERROR(place(build_.source, distinct.space(), build_.ordering.internal(),
                                  EdgeArcs::kFromLowerEnd, counts.sums));
  distinct.squeeze(build_.parallel);
  distinct_ = std::make_unique<DistinctEdges>(std::move(distinct));
  return Status::ok();
}

// The image is laid out for the arcs before squeezing; what stands after the out lists is not
// committed yet.
Status TwoReadings::fill_image(const EdgeCounts& counts) {
  const ArcPacking packing(build_.num_nodes);
  std::vector<std::int64_t> arcs = by_bucket(packing, counts.lower);
  if (both_ends()) {
    const std::vector<std::int64_t> higher = by_bucket(packing, counts.higher);
    std::transform(arcs.begin(), arcs.end(), higher.begin(), arcs.begin(), std::plus<>());
  }
  const EdgeOffset most_arcs = std::accumulate(arcs.begin(), arcs.end(), std::int64_t{0});
  build_.draft.plan(build_.num_nodes, most_arcs, 0, build_.ordering.is_reordered());
  QUADRILLE_RETURN_IF_ERROR(build_.draft.reserve(static_cast<std::size_t>(most_arcs) *
                                                     (packing.word_bytes() - sizeof(NodeID)) +
                                                 kCacheLineBytes));
  QUADRILLE_ASSIGN_OR_RETURN(BucketSpace space, build_.draft.bucket_space(kSlabBlockTable, arcs));
  EdgeSource& source = distinct_ == nullptr ? build_.source : *distinct_;
  const NodeID* internal = distinct_ == nullptr ? build_.ordering.internal() : nullptr;
  QUADRILLE_RETURN_IF_ERROR(place(source, space, internal,
                                  both_ends() ? EdgeArcs::kBothWays : EdgeArcs::kAsNamed,
                                  counts.sums));
  distinct_.reset();
  AdjacencyLists out = build_.draft.lists(kSlabBlockTable);
  ListTotals totals;
  QUADRILLE_RETURN_IF_ERROR(fill_lists(space, out, build_.parallel, totals));
  return close_image(totals, space.weights());
}

// Lays the image out again for what is left, and moves the weights down to where they belong.
Status TwoReadings::close_image(const ListTotals& totals, const Weight* weights) {
  build_.report.max_out_degree = totals.max_degree;
  num_arcs_ = totals.arcs;
  const EdgeOffset arcs_an_edge = build_.options.directed ? 1 : 2;
  const std::int64_t num_edges =
      (totals.arcs + (arcs_an_edge - 1) * totals.self_loops) / arcs_an_edge;
  if (build_.options.both_arcs) {
    build_.report.edges_in_input = (build_.report.edges_in_input + build_.report.self_loops) / 2;
  }
  build_.report.duplicate_edges =
      build_.report.edges_in_input - build_.report.dropped_loops - num_edges;
  build_.draft.plan(build_.num_nodes, totals.arcs, num_edges, build_.ordering.is_reordered());
  build_.draft.move_weights(kSlabWeights, weights);
  return build_.draft.commit();
}

// The in lists are the out lists read backwards.
Status TwoReadings::add_transpose() {
  const AdjacencyLists out = build_.draft.lists(kSlabBlockTable);
  ReversedArcs reversed(out);
  QUADRILLE_ASSIGN_OR_RETURN(const EdgeCounts counts, count(reversed));
  const std::vector<std::int64_t> arcs = by_bucket(ArcPacking(build_.num_nodes), counts.lower);
  QUADRILLE_ASSIGN_OR_RETURN(BucketSpace space, build_.draft.bucket_space(kSlabInBlockTable, arcs));
  QUADRILLE_RETURN_IF_ERROR(place(reversed, space, nullptr, EdgeArcs::kAsNamed, counts.sums));
  AdjacencyLists in = build_.draft.lists(kSlabInBlockTable);
  ListTotals totals;
  QUADRILLE_RETURN_IF_ERROR(fill_lists(space, in, build_.parallel, totals));
  QUADRILLE_ASSERT(totals.arcs == num_arcs_);
  if (space.weights() != in.weights) build_.draft.move_weights(kSlabInWeights, space.weights());
  return Status::ok();
}

Status TwoReadings::run() {
  const bool by_degree = build_.options.order == NodeOrder::kDegree;
  QUADRILLE_ASSIGN_OR_RETURN(EdgeCounts counts,
                             by_degree ? count_by_degree() : count(build_.source));
  build_.report.edges_in_input = counts.edges;
  build_.report.self_loops = counts.self_loops;
  if (build_.options.drop_self_loops) build_.report.dropped_loops = counts.self_loops;
  // Most likely each edge is named from both ends. If not, the graph is the same, only later.
  const bool twice = counts.sums.ascending == counts.sums.descending && counts.sums.ascending != 0;
  if (both_ends() && twice) {
    QUADRILLE_RETURN_IF_ERROR(collect_distinct(counts));
    QUADRILLE_ASSIGN_OR_RETURN(counts, count(*distinct_));
  }
  QUADRILLE_RETURN_IF_ERROR(fill_image(counts));
  return build_.options.directed ? add_transpose() : Status::ok();
}

}  // namespace

Status read_twice(GraphBuild& build) { return TwoReadings(build).run(); }

}  // namespace quadrille
