#include <quadrille/graph_builder.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/float_mode.h>
#include <quadrille/parallel.h>

#include "engine/graph_image.h"
#include "engine/memory_budget.h"
#include "engine/region.h"
#include "scenes/adjacency_lists.h"
#include "scenes/degree_counter.h"
#include "scenes/degree_order.h"
#include "scenes/distinct_edges.h"
#include "scenes/edge_passes.h"
#include "scenes/spatial_order.h"

namespace quadrille {
namespace {

class SpanSource final : public EdgeSource {
 public:
  explicit SpanSource(std::span<const Edge> edges) : edges_(edges) {}
  std::int64_t num_chunks() const override {
    return static_cast<std::int64_t>((edges_.size() + kChunk - 1) / kChunk);
  }
  Status read(std::int64_t chunk, EdgeSink& sink) override {
    const std::size_t begin = static_cast<std::size_t>(chunk) * kChunk;
    return sink.take(edges_.subspan(begin, std::min(kChunk, edges_.size() - begin)));
  }

 private:
  static constexpr std::size_t kChunk = 1 << 16;
  std::span<const Edge> edges_;
};

Status too_many_nodes(std::int64_t num_nodes) {
  return {StatusCode::kUnsupported,
          std::to_string(num_nodes) + " nodes are too many; a graph holds 2147483647 at most"};
}

class Builder {
 public:
  Builder(EdgeSource& source, const BuildOptions& options, Parallel& parallel, MemoryBudget* budget)
      : source_(source), options_(options), parallel_(parallel), budget_(budget) {
    options_.weighted |= options_.real_weights;
    if (!options_.x.empty()) options_.num_nodes = static_cast<std::int64_t>(options_.x.size());
  }
  Result<Graph> run();
  const BuildReport& report() const { return report_; }

 private:
  Status check_options() const;
  Status read_edges();
  void set_order(std::vector<NodeID> order);
  Status order_by_degree();
  Result<EdgeCounts> count(EdgeSource& source, DegreeCounter* degrees = nullptr);
  Status collect_distinct(const EdgeCounts& counts);
  Status open_image(EdgeOffset most_arcs);
  Status fill_image(const EdgeCounts& counts);
  Status place(EdgeSource& source, BucketSpace& space, const NodeID* internal, EdgeArcs arcs,
               const EdgeSums& expected);
  Status close_image(const ListTotals& totals, const std::byte* weights);
  Status add_transpose();
  void count_isolated();
  void clear_padding();
  void plan(EdgeOffset num_arcs, std::int64_t num_edges);
  void write_coordinates();
  void write_ids();
  AdjacencyLists lists(SlabName block_table) const;
  Result<BucketSpace> bucket_space(SlabName block_table, std::span<const std::int64_t> counts);
  std::byte* at(SlabName name) const { return image_.base() + layout_.slabs[name].offset; }
  bool reordered() const { return !order_.empty(); }
  bool both_ends() const { return !options_.directed && !options_.both_arcs; }

  EdgeSource& source_;
  BuildOptions options_;
  Parallel& parallel_;
  MemoryBudget* budget_;
  BuildReport report_;
  std::unique_ptr<DistinctEdges> distinct_;  // of a source that names edges from both ends
  Region image_;
  HeaderSlab layout_{};
  std::vector<NodeID> order_, internal_;  // user id by internal id, and back; empty: the same
  std::int64_t num_nodes_ = 0;
  EdgeOffset num_arcs_ = 0;
};

Status Builder::check_options() const {
  if (options_.x.size() != options_.y.size()) {
    return {StatusCode::kInvalidArgument, std::to_string(options_.x.size()) +
                                              " x coordinates but " +
                                              std::to_string(options_.y.size()) + " y coordinates"};
  }
  if (options_.num_nodes > INT32_MAX) return too_many_nodes(options_.num_nodes);
  const auto is_finite = [](float value) { return std::isfinite(value); };
  for (const std::span<const float> axis : {options_.x, options_.y}) {
    const auto bad = std::find_if_not(axis.begin(), axis.end(), is_finite);
    if (bad != axis.end()) {
      return {StatusCode::kInvalidInput,
              "node " + std::to_string(bad - axis.begin()) + ": its coordinates are not finite"};
    }
  }
  if (options_.directed && options_.both_arcs) {
    return {StatusCode::kInvalidArgument,
            "both arcs of an edge are named in undirected graphs only"};
  }
  return Status::ok();
}

void Builder::plan(EdgeOffset num_arcs, std::int64_t num_edges) {
  GraphImageShape shape;
  shape.num_nodes = num_nodes_;
  shape.num_edges = num_edges;
  shape.num_arcs = num_arcs;
  shape.directed = options_.directed;
  shape.weighted = options_.weighted;
  shape.real_weights = options_.real_weights;
  shape.has_coordinates = !options_.x.empty();
  shape.reordered = reordered();
  layout_ = plan_graph_image(shape);
}

AdjacencyLists Builder::lists(SlabName block_table) const {
  const auto slab = [&](std::uint32_t offset) {
    return at(static_cast<SlabName>(block_table + offset));
  };
  AdjacencyLists lists;
  lists.blocks = reinterpret_cast<NodeBlock*>(slab(0));
  lists.records = reinterpret_cast<NodeRecord*>(slab(1));
  lists.targets = reinterpret_cast<NodeID*>(slab(2));
  lists.weights = options_.weighted ? reinterpret_cast<Weight*>(slab(3)) : nullptr;
  lists.num_nodes = num_nodes_;
  return lists;
}

void Builder::set_order(std::vector<NodeID> order) {
  order_ = std::move(order);
  internal_.resize(order_.size());
  for (std::size_t v = 0; v < order_.size(); ++v) {
    internal_[static_cast<std::size_t>(order_[v])] = static_cast<NodeID>(v);
  }
}

// One reading more: ranges of internal ids can be counted only when the order is known.
Status Builder::order_by_degree() {
  DegreeCounter counter(budget_);
  QUADRILLE_RETURN_IF_ERROR(count(source_, &counter).status());
  std::vector<std::uint32_t> degrees(static_cast<std::size_t>(num_nodes_));
  for (std::size_t id = 0; id < degrees.size(); ++id)
    degrees[id] = counter[static_cast<NodeID>(id)];
  set_order(degree_order(degrees));
  return Status::ok();
}

// `degrees` (null: not asked for) counts out-arcs by node.
Result<EdgeCounts> Builder::count(EdgeSource& source, DegreeCounter* degrees) {
  const NodeID* internal = reordered() && &source == &source_ ? internal_.data() : nullptr;
  std::vector<CountingSink> sinks;
  for (int worker = 0; worker < parallel_.num_workers(); ++worker)
    sinks.emplace_back(options_, internal, degrees);
  QUADRILLE_RETURN_IF_ERROR(read_all(source, parallel_, sinks));
  NodeID max_id = -1;
  for (const CountingSink& sink : sinks) max_id = std::max(max_id, sink.max_id());
  num_nodes_ = options_.num_nodes >= 0 ? options_.num_nodes : std::int64_t{max_id} + 1;
  if (num_nodes_ > INT32_MAX) return too_many_nodes(num_nodes_);
  // Before anything of their size is taken: a line of text is enough to name 2 billion of them.
  if (budget_ != nullptr) {
    QUADRILLE_RETURN_IF_ERROR(
        budget_->check(static_cast<std::size_t>(num_nodes_) * sizeof(NodeRecord)));
  }
  return add_up(sinks, num_nodes_);
}

Status Builder::place(EdgeSource& source, BucketSpace& space, const NodeID* internal, EdgeArcs arcs,
                      const EdgeSums& expected) {
  return with_kind_of(space, [&]<class Word, bool kWeighted>() -> Status {
    std::vector<PlacingSink<Word, kWeighted>> sinks;
    for (int worker = 0; worker < parallel_.num_workers(); ++worker)
      sinks.emplace_back(space, internal, arcs);
    QUADRILLE_RETURN_IF_ERROR(read_all(source, parallel_, sinks));
    EdgeSums sums;
    bool placed = true;
    for (auto& sink : sinks) {
      placed &= sink.flush();
      sums.add(sink.sums());
    }
    return placed && space.is_full() && sums == expected ? Status::ok() : source_changed();
  });
}

Status Builder::collect_distinct(const EdgeCounts& counts) {
  const ArcPacking packing(num_nodes_);
  QUADRILLE_ASSIGN_OR_RETURN(DistinctEdges distinct,
                             DistinctEdges::reserve(packing, options_.weighted,
                                                    by_bucket(packing, counts.lower), budget_));
  const NodeID* internal = reordered() ? internal_.data() : nullptr;
  QUADRILLE_RETURN_IF_ERROR(
      place(source_, distinct.space(), internal, EdgeArcs::kFromLowerEnd, counts.sums));
  distinct.squeeze(parallel_);
  distinct_ = std::make_unique<DistinctEdges>(std::move(distinct));
  return Status::ok();
}

// The image is laid out for the arcs before squeezing; what stands after the out lists is not
// committed yet.
Status Builder::open_image(EdgeOffset most_arcs) {
  plan(most_arcs, 0);
  const ArcPacking packing(num_nodes_);
  const std::size_t word_slack =
      static_cast<std::size_t>(most_arcs) * (packing.word_bytes() - sizeof(NodeID)) +
      kCacheLineBytes;
  QUADRILLE_ASSIGN_OR_RETURN(image_, Region::reserve(layout_.image_bytes + word_slack,
                                                     {.budget = budget_, .label = {"graph"}}));
  return Status::ok();
}

// Buckets lie where the lists will. Words that are wider than targets push the weights up; the
// region has room for that.
Result<BucketSpace> Builder::bucket_space(SlabName block_table,
                                          std::span<const std::int64_t> counts) {
  const ArcPacking packing(num_nodes_);
  const auto edges = static_cast<SlabName>(block_table + kSlabEdges);
  const auto weight_slab = static_cast<SlabName>(block_table + kSlabWeights);
  const auto arcs =
      static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  const std::size_t slack = arcs * (packing.word_bytes() - sizeof(NodeID));
  const std::size_t weights = layout_.slabs[weight_slab].offset +
                              (slack + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
  const SlabRange& nodes = layout_.slabs[block_table + kSlabNodes];
  std::size_t end = layout_.slabs[edges].offset + arcs * packing.word_bytes();
  if (options_.weighted) end = weights + arcs * sizeof(Weight);
  end = std::max({end, sizeof(HeaderSlab), static_cast<std::size_t>(nodes.offset + nodes.length)});
  QUADRILLE_RETURN_IF_ERROR(image_.commit(std::max(image_.committed(), end)));
  auto* const weights_at =
      options_.weighted ? reinterpret_cast<Weight*>(image_.base() + weights) : nullptr;
  return BucketSpace(packing, at(edges), weights_at, counts);
}

Status Builder::fill_image(const EdgeCounts& counts) {
  const ArcPacking packing(num_nodes_);
  std::vector<std::int64_t> arcs = by_bucket(packing, counts.lower);
  if (both_ends()) {
    const std::vector<std::int64_t> higher = by_bucket(packing, counts.higher);
    std::transform(arcs.begin(), arcs.end(), higher.begin(), arcs.begin(), std::plus<>());
  }
  QUADRILLE_RETURN_IF_ERROR(open_image(std::accumulate(arcs.begin(), arcs.end(), std::int64_t{0})));
  QUADRILLE_ASSIGN_OR_RETURN(BucketSpace space, bucket_space(kSlabBlockTable, arcs));
  EdgeSource& source = distinct_ == nullptr ? source_ : *distinct_;
  const NodeID* internal = reordered() && distinct_ == nullptr ? internal_.data() : nullptr;
  QUADRILLE_RETURN_IF_ERROR(place(source, space, internal,
                                  both_ends() ? EdgeArcs::kBothWays : EdgeArcs::kAsNamed,
                                  counts.sums));
  distinct_.reset();
  AdjacencyLists out = lists(kSlabBlockTable);
  ListTotals totals;
  QUADRILLE_RETURN_IF_ERROR(fill_lists(space, out, parallel_, totals));
  const std::byte* const weights = reinterpret_cast<const std::byte*>(space.weights());
  return close_image(totals, weights);
}

// Lays the image out again for what is left, and moves the weights down to where they belong.
Status Builder::close_image(const ListTotals& totals, const std::byte* weights) {
  report_.max_out_degree = totals.max_degree;
  num_arcs_ = totals.arcs;
  const EdgeOffset arcs_an_edge = options_.directed ? 1 : 2;
  const std::int64_t num_edges =
      (totals.arcs + (arcs_an_edge - 1) * totals.self_loops) / arcs_an_edge;
  if (options_.both_arcs) {
    report_.edges_in_input = (report_.edges_in_input + report_.self_loops) / 2;
  }
  report_.duplicate_edges = report_.edges_in_input - num_edges;
  plan(totals.arcs, num_edges);
  if (weights != nullptr)
    std::memmove(at(kSlabWeights), weights, layout_.slabs[kSlabWeights].length);
  return image_.commit(std::max<std::size_t>(image_.committed(), layout_.image_bytes));
}

// The in lists are the out lists read backwards.
Status Builder::add_transpose() {
  const AdjacencyLists out = lists(kSlabBlockTable);
  ReversedArcs reversed(out);
  QUADRILLE_ASSIGN_OR_RETURN(const EdgeCounts counts, count(reversed));
  const std::vector<std::int64_t> arcs = by_bucket(ArcPacking(num_nodes_), counts.lower);
  QUADRILLE_ASSIGN_OR_RETURN(BucketSpace space, bucket_space(kSlabInBlockTable, arcs));
  QUADRILLE_RETURN_IF_ERROR(place(reversed, space, nullptr, EdgeArcs::kAsNamed, counts.sums));
  AdjacencyLists in = lists(kSlabInBlockTable);
  ListTotals totals;
  QUADRILLE_RETURN_IF_ERROR(fill_lists(space, in, parallel_, totals));
  QUADRILLE_ASSERT(totals.arcs == num_arcs_);
  if (space.weights() != nullptr && space.weights() != in.weights)
    std::memmove(in.weights, space.weights(), layout_.slabs[kSlabInWeights].length);
  return Status::ok();
}

void Builder::count_isolated() {
  const AdjacencyLists out = lists(kSlabBlockTable);
  const AdjacencyLists in = options_.directed ? lists(kSlabInBlockTable) : out;
  std::atomic<std::int64_t> isolated{0};
  parallel_.for_range(num_nodes_, kNodeBlockSize, [&](std::int64_t begin, std::int64_t end, int) {
    std::int64_t count = 0;
    for (std::int64_t v = begin; v < end; ++v)
      count += out.records[v].out_degree == 0 && in.records[v].out_degree == 0;
    isolated.fetch_add(count, std::memory_order_relaxed);  // read after for_range() has ended
  });
  report_.isolated_nodes = isolated.load(std::memory_order_relaxed);
}

void Builder::write_coordinates() {
  if (options_.x.empty()) return;
  auto* x = reinterpret_cast<float*>(at(kSlabX));
  auto* y = reinterpret_cast<float*>(at(kSlabY));
  for (std::size_t v = 0; v < options_.x.size(); ++v) {
    const std::size_t user = reordered() ? static_cast<std::size_t>(order_[v]) : v;
    x[v] = options_.x[user];
    y[v] = options_.y[user];
  }
  const auto [min_x, max_x] = std::minmax_element(options_.x.begin(), options_.x.end());
  const auto [min_y, max_y] = std::minmax_element(options_.y.begin(), options_.y.end());
  const double bounds[] = {*min_x, *min_y, *max_x, *max_y};
  std::copy(std::begin(bounds), std::end(bounds), layout_.bounds);
}

void Builder::write_ids() {
  if (!reordered()) return;
  const std::size_t bytes = order_.size() * sizeof(NodeID);
  std::memcpy(at(kSlabUserIds), order_.data(), bytes);
  std::memcpy(at(kSlabInternalIds), internal_.data(), bytes);
}

// The bytes between slabs held longer lists; images are hashed, so they must be zero.
void Builder::clear_padding() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> used{{0, sizeof(HeaderSlab)}};
  for (const SlabRange& slab : layout_.slabs) {
    if (slab.length != 0) used.emplace_back(slab.offset, slab.offset + slab.length);
  }
  std::sort(used.begin(), used.end());
  used.emplace_back(layout_.image_bytes, layout_.image_bytes);
  for (std::size_t i = 1; i < used.size(); ++i) {
    std::memset(image_.base() + used[i - 1].second, 0, used[i].first - used[i - 1].second);
  }
}

Status Builder::read_edges() {
  if (options_.order == NodeOrder::kMorton) set_order(morton_order(options_.x, options_.y));
  if (options_.order == NodeOrder::kDegree) QUADRILLE_RETURN_IF_ERROR(order_by_degree());
  QUADRILLE_ASSIGN_OR_RETURN(EdgeCounts counts, count(source_));
  report_.edges_in_input = counts.edges;
  report_.self_loops = counts.self_loops;
  // Most likely each edge is named from both ends. If not, the graph is the same, only later.
  const bool twice = counts.sums.ascending == counts.sums.descending && counts.sums.ascending != 0;
  if (both_ends() && twice) {
    QUADRILLE_RETURN_IF_ERROR(collect_distinct(counts));
    QUADRILLE_ASSIGN_OR_RETURN(counts, count(*distinct_));
  }
  return fill_image(counts);
}

Result<Graph> Builder::run() {
  QUADRILLE_RETURN_IF_ERROR(check_options());
  QUADRILLE_RETURN_IF_ERROR(read_edges());
  if (options_.directed) QUADRILLE_RETURN_IF_ERROR(add_transpose());
  count_isolated();
  write_coordinates();
  write_ids();
  clear_padding();
  image_.decommit_after(layout_.image_bytes);
  std::memcpy(image_.base(), &layout_, sizeof(HeaderSlab));
  return Graph::adopt(std::move(image_));
}

}  // namespace

Result<Graph> build_graph(EdgeSource& source, const BuildOptions& options, Parallel& parallel,
                          MemoryBudget* budget, BuildReport* report) {
  const FloatMode mode;
  try {
    Builder builder(source, options, parallel, budget);
    Result<Graph> graph = builder.run();
    BuildReport counts = builder.report();
    if (graph.is_ok() && options.order == NodeOrder::kPlaced) {
      graph = place_graph(*graph, parallel, budget, &counts.placement);
    }
    if (report != nullptr) *report = counts;
    return graph;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory to build the graph");
  }
}

Result<Graph> build_graph(std::span<const Edge> edges, const BuildOptions& options,
                          Parallel& parallel, MemoryBudget* budget, BuildReport* report) {
  SpanSource source(edges);
  return build_graph(source, options, parallel, budget, report);
}

Result<Graph> build_graph(std::span<const Edge> edges, const BuildOptions& options,
                          BuildReport* report) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> serial,
                             Parallel::create({.backend = TaskBackend::kSerial, .num_threads = 1}));
  return build_graph(edges, options, *serial, nullptr, report);
}

}  // namespace quadrille
