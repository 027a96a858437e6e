#include <quadrille/graph_builder.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/float_mode.h>
#include <quadrille/parallel.h>

#include "engine/graph_image.h"
#include "engine/region.h"
#include "scenes/adjacency_lists.h"
#include "scenes/degree_order.h"
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
  Status count_and_open();
  void order_nodes(const DegreeCounter& counter);
  Status place_edges();
  Status close_image();
  Status add_transpose();
  void count_isolated();
  void clear_padding();
  void plan(EdgeOffset num_arcs, std::int64_t num_edges);
  void write_coordinates();
  void write_ids();
  AdjacencyLists lists(SlabName block_table) const;
  std::byte* at(SlabName name) const { return image_.base() + layout_.slabs[name].offset; }
  bool reordered() const { return !order_.empty(); }

  EdgeSource& source_;
  BuildOptions options_;
  Parallel& parallel_;
  MemoryBudget* budget_;
  BuildReport report_;
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

void Builder::order_nodes(const DegreeCounter& counter) {
  const auto num_nodes = static_cast<std::size_t>(num_nodes_);
  switch (options_.order) {
    case NodeOrder::kFile: return;
    case NodeOrder::kMorton: order_ = morton_order(options_.x, options_.y); break;
    case NodeOrder::kDegree: {
      std::vector<std::uint32_t> degrees(num_nodes);
      for (std::size_t id = 0; id < num_nodes; ++id) degrees[id] = counter[static_cast<NodeID>(id)];
      order_ = degree_order(degrees);
      break;
    }
  }
  internal_.resize(order_.size());
  for (std::size_t v = 0; v < order_.size(); ++v) {
    internal_[static_cast<std::size_t>(order_[v])] = static_cast<NodeID>(v);
  }
}

// The image is laid out for the arcs before squeezing; what stands after the out lists is not
// committed yet.
Status Builder::count_and_open() {
  DegreeCounter degrees(budget_);
  {
    Counts counts;
    QUADRILLE_RETURN_IF_ERROR(
        read_all(source_, parallel_, [&] { return CountingSink(degrees, counts, options_); }));
    report_.edges_in_input = counts.edges.load();
    report_.self_loops = counts.self_loops.load();
    num_nodes_ =
        options_.num_nodes >= 0 ? options_.num_nodes : std::int64_t{counts.max_id.load()} + 1;
    if (num_nodes_ > INT32_MAX) return too_many_nodes(num_nodes_);
  }
  order_nodes(degrees);
  const std::int64_t ends = options_.directed || options_.both_arcs ? 1 : 2;
  const std::int64_t most_arcs = ends * report_.edges_in_input - (ends - 1) * report_.self_loops;
  plan(most_arcs, 0);
  QUADRILLE_ASSIGN_OR_RETURN(
      image_, Region::reserve(layout_.image_bytes, {.budget = budget_, .label = {"graph"}}));
  std::uint64_t committed = sizeof(HeaderSlab);
  for (const SlabName name : {kSlabBlockTable, kSlabNodes, kSlabEdges, kSlabWeights}) {
    committed = std::max(committed, layout_.slabs[name].offset + layout_.slabs[name].length);
  }
  QUADRILLE_RETURN_IF_ERROR(image_.commit(committed));

  AdjacencyLists out = lists(kSlabBlockTable);
  for (NodeID u = 0; u < num_nodes_; ++u) {
    out.records[u].out_degree = degrees[reordered() ? order_[static_cast<std::size_t>(u)] : u];
  }
  return open_lists(out, num_arcs_);
}

Status Builder::place_edges() {
  AdjacencyLists out = lists(kSlabBlockTable);
  const NodeID* internal = reordered() ? internal_.data() : nullptr;
  const bool both_ends = !options_.directed && !options_.both_arcs;
  QUADRILLE_RETURN_IF_ERROR(
      read_all(source_, parallel_, [&] { return PlacingSink(out, internal, both_ends); }));
  return close_lists(out, num_arcs_) ? Status::ok() : source_changed();
}

// Squeezes, lays the image out again for what is left and moves the slabs there (downward, so in
// order).
Status Builder::close_image() {
  AdjacencyLists out = lists(kSlabBlockTable);
  const ListTotals totals = sort_and_squeeze(out, parallel_);
  report_.max_out_degree = totals.max_degree;
  num_arcs_ = totals.arcs;
  const EdgeOffset arcs_an_edge = options_.directed ? 1 : 2;
  const std::int64_t num_edges =
      (totals.arcs + (arcs_an_edge - 1) * totals.self_loops) / arcs_an_edge;
  if (options_.both_arcs) {
    report_.edges_in_input = (report_.edges_in_input + report_.self_loops) / 2;
  }
  report_.duplicate_edges = report_.edges_in_input - num_edges;

  const HeaderSlab before = layout_;
  plan(totals.arcs, num_edges);
  for (const SlabName name : {kSlabEdges, kSlabWeights}) {
    std::memmove(at(name), image_.base() + before.slabs[name].offset, layout_.slabs[name].length);
  }
  QUADRILLE_RETURN_IF_ERROR(
      image_.commit(std::max<std::size_t>(image_.committed(), layout_.image_bytes)));
  return Status::ok();
}

// The in lists are the out lists read backwards; sorted again, because places are taken in any
// order.
Status Builder::add_transpose() {
  const AdjacencyLists out = lists(kSlabBlockTable);
  AdjacencyLists in = lists(kSlabInBlockTable);
  std::memset(static_cast<void*>(in.records), 0,
              static_cast<std::size_t>(num_nodes_) * sizeof(NodeRecord));
  parallel_.for_range(num_arcs_, 1 << 16, [&](std::int64_t begin, std::int64_t end, int) {
    for (EdgeOffset e = begin; e < end; ++e) {
      std::atomic_ref(in.records[out.targets[e]].out_degree)
          .fetch_add(1, std::memory_order_relaxed);
    }
  });
  EdgeOffset num_arcs = 0;
  QUADRILLE_RETURN_IF_ERROR(open_lists(in, num_arcs));
  parallel_.for_range(num_nodes_, kNodeBlockSize, [&](std::int64_t begin, std::int64_t end, int) {
    ArcBuffer arcs(in);
    for (std::int64_t u = begin; u < end; ++u) {
      for (EdgeOffset e = out.first_edge(u); e < out.last_edge(u); ++e) {
        arcs.add(
            {out.targets[e], static_cast<NodeID>(u), out.weights == nullptr ? 1 : out.weights[e]});
      }
    }
  });
  QUADRILLE_ASSERT(num_arcs == num_arcs_);
  if (!close_lists(in, num_arcs)) return source_changed();
  sort_and_squeeze(in, parallel_);
  return Status::ok();
}

void Builder::count_isolated() {
  const AdjacencyLists out = lists(kSlabBlockTable);
  const AdjacencyLists in = options_.directed ? lists(kSlabInBlockTable) : out;
  for (std::int64_t v = 0; v < num_nodes_; ++v) {
    report_.isolated_nodes += out.records[v].out_degree == 0 && in.records[v].out_degree == 0;
  }
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

Result<Graph> Builder::run() {
  QUADRILLE_RETURN_IF_ERROR(check_options());
  QUADRILLE_RETURN_IF_ERROR(count_and_open());
  QUADRILLE_RETURN_IF_ERROR(place_edges());
  QUADRILLE_RETURN_IF_ERROR(close_image());
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
    if (report != nullptr) *report = builder.report();
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
