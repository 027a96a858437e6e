#include "kernels/placement.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <optional>
#include <utility>

#include <quadrille/float_mode.h>
#include <quadrille/parallel.h>

#include "kernels/block_packing.h"
#include "kernels/cluster_order.h"
#include "kernels/coordinate_order.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr Distance kCompactDiameter = 4;
constexpr std::int64_t kNodesAChunk = 16 * 1024;

NodeID block_of(NodeID place) { return place >> kNodeBlockShift; }

/* Nodes are first brought into an order in which neighbours are mostly near (clusters, or Morton
   order) and each component stands together, and the graph is renumbered by it: all that follows
   reads memory almost in order. "Local" ids are those. */
class Placer {
 public:
  Placer(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(parallel), kernels_(kernels) {}
  Result<Placement> run(bool by_coordinates, MemoryBudget* budget);

 private:
  Status open_scratch(MemoryBudget* budget);
  Status find_components(const SimpleGraph& simple);
  Status renumber_nodes();
  void place_large();
  Status measure_large();
  void measure_small();
  void pack_small();
  void put(NodeID local) { local_of_.data()[next_place_++] = local; }
  void put_component(std::size_t k);
  void lead_with_center(PlacedComponent& component);
  void mark_boundary();
  NodeID size_of(std::size_t k) const { return first_[k + 1] - first_[k]; }
  bool is_large(std::size_t k) const { return size_of(k) > kNodeBlockSize; }
  SweepScratch sweep_of(std::size_t k) {
    const auto begin = static_cast<std::size_t>(first_[k]);
    const auto count = static_cast<std::size_t>(size_of(k));
    return {distance_.subspan(begin, count), queue_.subspan(begin, count)};
  }

  const GraphView& graph_;
  Parallel& parallel_;
  const KernelTable& kernels_;
  std::optional<Arena> scratch_;
  bool by_coordinates_ = false;
  std::span<const NodeID> order_;  // a node by its local id
  NodeClusters clusters_;          // without coordinates
  std::vector<NodeID> first_;      // first local id of a component; one more than there are
  SimpleGraph local_;
  std::vector<ComponentShape> shapes_;
  std::vector<std::size_t> large_;  // components, the largest first
  std::vector<std::int64_t> large_place_;
  std::span<const NodeID> cluster_order_;  // empty: clusters stand as they were found
  std::span<Distance> distance_;           // by local id, of sweeps
  std::span<NodeID> queue_;
  std::span<NodeID> local_of_;  // by placed id
  std::span<NodeID> place_of_;  // by local id
  NodeID next_place_ = 0;
  Placement placement_;
};

// All that could be needed; what is not used is never committed.
Status Placer::open_scratch(MemoryBudget* budget) {
  const auto nodes = static_cast<std::size_t>(graph_.num_nodes()) + 64;
  const auto arcs = static_cast<std::size_t>(graph_.num_arcs()) * (graph_.directed() ? 2 : 1);
  ArenaOptions options;
  options.capacity_bytes = 200 * nodes + 16 * arcs + (std::size_t{1} << 20);
  options.budget = budget;
  options.name = {"placement"};
  QUADRILLE_ASSIGN_OR_RETURN(scratch_, Arena::create(options));
  return Status::ok();
}

Status Placer::find_components(const SimpleGraph& simple) {
  if (by_coordinates_) {
    QUADRILLE_ASSIGN_OR_RETURN(CoordinateOrder coordinates,
                               order_by_coordinates(graph_, parallel_, kernels_, *scratch_));
    order_ = coordinates.order;
    first_ = std::move(coordinates.component);
    return Status::ok();
  }
  QUADRILLE_ASSIGN_OR_RETURN(clusters_, grow_clusters(simple, *scratch_));
  order_ = clusters_.order;
  for (const NodeID cluster : clusters_.component) {
    first_.push_back(clusters_.first.data()[cluster]);
  }
  return Status::ok();
}

Status Placer::renumber_nodes() {
  QUADRILLE_ASSIGN_OR_RETURN(const SimpleGraph simple,
                             make_simple_graph(graph_, parallel_, *scratch_));
  QUADRILLE_RETURN_IF_ERROR(find_components(simple));
  const Label label{"placement order"};
  for (std::span<NodeID>* array : {&distance_, &queue_, &local_of_, &place_of_}) {
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*scratch_, graph_.num_nodes(), label, *array));
  }
  QUADRILLE_ASSIGN_OR_RETURN(local_, renumber(simple, order_, place_of_, parallel_, *scratch_));
  return Status::ok();
}

// Components of more than a block, the largest first: their cuts then fall on ends of blocks.
void Placer::place_large() {
  shapes_.resize(first_.size() - 1);
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    if (is_large(k)) large_.push_back(k);
  }
  std::sort(large_.begin(), large_.end(), [this](std::size_t a, std::size_t b) {
    return size_of(a) != size_of(b) ? size_of(a) > size_of(b) : a < b;
  });
  std::int64_t place = 0;
  for (const std::size_t k : large_) {
    large_place_.push_back(place);
    place += size_of(k);
  }
}

// Their sweeps and their cuts are tasks of their own, a component each.
Status Placer::measure_large() {
  const auto count = static_cast<std::int64_t>(large_.size());
  const auto measure = [&](std::size_t k) {
    shapes_[k] = measure_component(local_, first_[k], first_[k + 1], sweep_of(k));
  };
  if (by_coordinates_) {
    parallel_.for_chunks(
        count, [&](std::int64_t i, int) { measure(large_[static_cast<std::size_t>(i)]); });
    return Status::ok();
  }
  QUADRILLE_ASSIGN_OR_RETURN(
      const ClusterGraph clusters,
      make_cluster_graph(local_, clusters_, kNodeBlockSize, parallel_, *scratch_));
  QUADRILLE_ASSIGN_OR_RETURN(const ClusterOrder order, ClusterOrder::create(clusters, *scratch_));
  parallel_.for_chunks(2 * count, [&](std::int64_t task, int) {
    const auto i = static_cast<std::size_t>(task / 2);
    const std::size_t k = large_[i];
    if (task % 2 == 0) {
      order.run(clusters_.component[k], clusters_.component[k + 1], large_place_[i]);
    } else {
      measure(k);
    }
  });
  cluster_order_ = order.order();
  return Status::ok();
}

// The last search, from the centre, leaves their order in the queue.
void Placer::measure_small() {
  std::vector<std::size_t> chunks{0};  // first components
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    if (first_[k + 1] - first_[chunks.back()] >= kNodesAChunk) chunks.push_back(k + 1);
  }
  if (chunks.back() != shapes_.size()) chunks.push_back(shapes_.size());
  const auto count = static_cast<std::int64_t>(chunks.size()) - 1;
  parallel_.for_chunks(count, [&](std::int64_t chunk, int) {
    const std::size_t end = chunks[static_cast<std::size_t>(chunk) + 1];
    for (std::size_t k = chunks[static_cast<std::size_t>(chunk)]; k < end; ++k) {
      if (is_large(k)) continue;
      shapes_[k] = measure_component(local_, first_[k], first_[k + 1], sweep_of(k));
      search_component(local_, shapes_[k].center, first_[k], sweep_of(k));
    }
  });
}

void Placer::put_component(std::size_t k) {
  const ComponentShape& shape = shapes_[k];
  placement_.components.push_back({.first = next_place_,
                                   .num_nodes = size_of(k),
                                   .num_edges = shape.num_edges,
                                   .center = 0,
                                   .diameter = shape.diameter,
                                   .kind = shape.kind});
  if (!is_large(k)) {
    for (const NodeID local : sweep_of(k).queue) put(local);
  } else if (by_coordinates_) {
    for (NodeID local = first_[k]; local < first_[k + 1]; ++local) put(local);
  } else {
    for (NodeID i = clusters_.component[k]; i < clusters_.component[k + 1]; ++i) {
      const NodeID c = cluster_order_.data()[i];
      for (NodeID v = clusters_.first.data()[c]; v < clusters_.first.data()[c + 1]; ++v) put(v);
    }
  }
  const PlacedComponent& placed = placement_.components.back();
  const auto begin = local_of_.begin() + placed.first;
  const auto center = std::find(begin, begin + placed.num_nodes, shape.center);
  placement_.components.back().center = static_cast<NodeID>(center - local_of_.begin());
  lead_with_center(placement_.components.back());
}

// The centre changes places with the component's first node in its block.
void Placer::lead_with_center(PlacedComponent& component) {
  const NodeID anchor = std::max(component.first, block_of(component.center) << kNodeBlockShift);
  std::swap(local_of_.data()[anchor], local_of_.data()[component.center]);
  component.center = anchor;
}

void Placer::pack_small() {
  std::vector<PackedComponent> small;
  std::vector<std::size_t> which;
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    if (is_large(k)) continue;
    small.push_back({.num_nodes = size_of(k),
                     .kind = shapes_[k].kind,
                     .is_compact = shapes_[k].diameter <= kCompactDiameter});
    which.push_back(k);
  }
  placement_.components.reserve(shapes_.size());
  for (const std::size_t k : large_) put_component(k);
  for (const std::int32_t i : pack_components(small, next_place_)) {
    put_component(which[static_cast<std::size_t>(i)]);
  }
}

void Placer::mark_boundary() {
  const NodeID nodes = graph_.num_nodes();
  parallel_.for_range(nodes, kNodesAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t place = begin; place < end; ++place) {
      const NodeID local = local_of_.data()[place];
      place_of_.data()[local] = static_cast<NodeID>(place);
      placement_.order.data()[place] = order_.data()[local];
    }
  });
  std::atomic<EdgeOffset> arcs = 0;
  parallel_.for_range(nodes, kNodesAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    EdgeOffset leaving = 0;
    for (auto place = static_cast<NodeID>(begin); place < end; ++place) {
      EdgeOffset own = 0;
      for (const NodeID other : local_.neigh(local_of_.data()[place])) {
        own += block_of(place_of_.data()[other]) != block_of(place);
      }
      if (own != 0) placement_.boundary.data()[place >> 6] |= bit_of(place);
      leaving += own;
    }
    arcs.fetch_add(leaving, std::memory_order_relaxed);  // a sum, whose order does not matter
  });
  placement_.num_edges = local_.num_arcs() / 2;
  placement_.cross_block_edges = arcs.load(std::memory_order_relaxed) / 2;
}

Result<Placement> Placer::run(bool by_coordinates, MemoryBudget* budget) {
  placement_.by_coordinates = by_coordinates_ = by_coordinates;
  if (graph_.num_nodes() == 0) return std::move(placement_);
  placement_.order.resize(static_cast<std::size_t>(graph_.num_nodes()));
  placement_.boundary.resize(static_cast<std::size_t>(bit_words(graph_.num_nodes())));
  QUADRILLE_RETURN_IF_ERROR(open_scratch(budget));
  QUADRILLE_RETURN_IF_ERROR(renumber_nodes());
  place_large();
  QUADRILLE_RETURN_IF_ERROR(measure_large());
  measure_small();
  pack_small();
  mark_boundary();
  return std::move(placement_);
}

bool reaches_goal(const Placement& placement) {
  return static_cast<double>(placement.cross_block_edges) <=
         kCrossBlockGoal * static_cast<double>(placement.num_edges);
}

}  // namespace

Result<Placement> place_nodes(const GraphView& graph, const PlacementOptions& options,
                              Parallel& parallel, const KernelTable& kernels,
                              MemoryBudget* budget) {
  const FloatMode mode;
  try {
    const bool by_coordinates = options.use_coordinates && graph.has_coordinates();
    Result<Placement> placement = Placer(graph, parallel, kernels).run(by_coordinates, budget);
    if (!by_coordinates || !placement.is_ok() || reaches_goal(*placement)) return placement;
    Result<Placement> other = Placer(graph, parallel, kernels).run(false, budget);
    if (other.is_ok() && other->cross_block_edges >= placement->cross_block_edges) return placement;
    return other;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory to place the nodes");
  }
}

}  // namespace quadrille
