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
#include "kernels/component_walk.h"
#include "kernels/coordinate_order.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr Distance kCompactDiameter = 4;

/* A walk gives the components and the graph in breadth-first order, once; large components are then
   ordered, by coordinates or by clusters, small ones packed, and all that is put together. "Local"
   ids are the walk's. */
class Placer {
 public:
  Placer(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(parallel), kernels_(kernels) {}
  Status prepare(MemoryBudget* budget);
  Result<Placement> place_by_coordinates();
  Result<Placement> place_by_clusters();

 private:
  Status open_scratch(MemoryBudget* budget);
  void list_large();
  void measure_large(std::size_t i) { shapes_[large_[i]] = measure(large_[i]); }
  void measure_small();
  ComponentShape measure(std::size_t k) {
    return measure_component(walk_.local, walk_.first[k], walk_.first[k + 1], sweep_of(k));
  }
  Placement put_together();
  PlacedComponent put_component(std::size_t k);
  void lead_with_center(PlacedComponent& component);
  void list_places(std::span<NodeID> place_of, Placement& placement);
  void mark_boundary(std::span<const NodeID> place_of, Placement& placement);
  bool is_large(std::size_t k) const { return walk_.size(k) > kNodeBlockSize; }
  SweepScratch sweep_of(std::size_t k) {
    const auto begin = static_cast<std::size_t>(walk_.first[k]);
    const auto count = static_cast<std::size_t>(walk_.size(k));
    return {distance_.subspan(begin, count), queue_.subspan(begin + k, count + 1)};
  }

  const GraphView& graph_;
  Parallel& parallel_;
  const KernelTable& kernels_;
  std::optional<Arena> scratch_;
  ComponentWalk walk_;
  std::vector<ComponentShape> shapes_;
  bool has_shapes_ = false;         // of large components
  std::vector<std::size_t> large_;  // components, the largest first
  std::vector<NodeRange> large_range_;
  std::span<Distance> distance_;  // by local id, of sweeps
  std::span<NodeID> queue_;       // of sweeps, one more a component
  std::span<NodeID> local_of_;    // by placed id
  NodeID next_place_ = 0;
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

// Components of more than a block, the largest first: their cuts then fall on ends of blocks.
void Placer::list_large() {
  for (std::size_t k = 0; k < walk_.num_components(); ++k) {
    if (is_large(k)) large_.push_back(k);
  }
  std::sort(large_.begin(), large_.end(), [this](std::size_t a, std::size_t b) {
    return walk_.size(a) != walk_.size(b) ? walk_.size(a) > walk_.size(b) : a < b;
  });
  for (const std::size_t k : large_) {
    large_range_.push_back({walk_.first[k], walk_.first[k + 1]});
  }
}

Status Placer::prepare(MemoryBudget* budget) {
  QUADRILLE_RETURN_IF_ERROR(open_scratch(budget));
  QUADRILLE_ASSIGN_OR_RETURN(walk_, walk_components(graph_, parallel_, *scratch_));
  const Label label{"placement order"};
  for (std::span<NodeID>* array : {&distance_, &local_of_}) {
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*scratch_, graph_.num_nodes(), label, *array));
  }
  const auto components = static_cast<std::int64_t>(walk_.num_components());
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*scratch_, graph_.num_nodes() + components, label, queue_));
  shapes_.resize(walk_.num_components());
  list_large();
  measure_small();
  return Status::ok();
}

// The last search, from the centre, leaves their order in the queue.
void Placer::measure_small() {
  std::vector<std::size_t> chunks{0};  // first components
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    if (walk_.first[k + 1] - walk_.first[chunks.back()] >= kPlacementGrain) chunks.push_back(k + 1);
  }
  if (chunks.back() != shapes_.size()) chunks.push_back(shapes_.size());
  const auto count = static_cast<std::int64_t>(chunks.size()) - 1;
  parallel_.for_chunks(count, [&](std::int64_t chunk, int) {
    const std::size_t end = chunks[static_cast<std::size_t>(chunk) + 1];
    for (std::size_t k = chunks[static_cast<std::size_t>(chunk)]; k < end; ++k) {
      if (is_large(k)) continue;
      shapes_[k] = measure(k);
      search_component(walk_.local, shapes_[k].center, walk_.first[k], sweep_of(k));
    }
  });
}

Result<Placement> Placer::place_by_coordinates() {
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<NodeID> order,
                             order_by_coordinates(graph_, walk_, parallel_, kernels_, *scratch_));
  parallel_.for_chunks(static_cast<std::int64_t>(large_.size()),
                       [&](std::int64_t i, int) { measure_large(static_cast<std::size_t>(i)); });
  has_shapes_ = true;
  auto end = local_of_.begin();
  for (const NodeRange& range : large_range_) {
    end = std::copy(order.begin() + range.begin, order.begin() + range.end, end);
  }
  Placement placement = put_together();
  placement.by_coordinates = true;
  return placement;
}

// Sweeps and cuts are tasks of their own, a component each.
Result<Placement> Placer::place_by_clusters() {
  QUADRILLE_ASSIGN_OR_RETURN(
      const NodeClusters clusters,
      grow_clusters(walk_.local, large_range_, {local_of_, distance_, walk_.place}, parallel_,
                    *scratch_));
  QUADRILLE_ASSIGN_OR_RETURN(const ClusterGraph graph,
                             make_cluster_graph(walk_.local, clusters, parallel_, *scratch_));
  QUADRILLE_ASSIGN_OR_RETURN(const ClusterOrder order, ClusterOrder::create(graph, *scratch_));
  const auto cut = [&](std::size_t i) {
    const NodeID begin = clusters.component[i], end = clusters.component[i + 1];
    const NodeID place = clusters.first[static_cast<std::size_t>(begin)];
    order.run(begin, end, place);
    auto to = local_of_.begin() + place;
    for (NodeID at = begin; at < end; ++at) {
      const NodeID* const first = clusters.first.data() + order.order().data()[at];
      to = std::copy(clusters.order.begin() + first[0], clusters.order.begin() + first[1], to);
    }
  };
  const std::int64_t count = std::ssize(large_);
  parallel_.for_chunks(has_shapes_ ? count : 2 * count, [&](std::int64_t task, int) {
    if (task >= count) {
      measure_large(static_cast<std::size_t>(task - count));
    } else {
      cut(static_cast<std::size_t>(task));
    }
  });
  return put_together();
}

// Its nodes stand in `local_of_`, from next_place_ on.
PlacedComponent Placer::put_component(std::size_t k) {
  const ComponentShape& shape = shapes_[k];
  const auto begin = local_of_.begin() + next_place_;
  const auto center = std::find(begin, begin + walk_.size(k), shape.center);
  PlacedComponent placed{.first = next_place_,
                         .num_nodes = walk_.size(k),
                         .num_edges = shape.num_edges,
                         .center = static_cast<NodeID>(center - local_of_.begin()),
                         .diameter = shape.diameter,
                         .kind = shape.kind};
  lead_with_center(placed);
  next_place_ += walk_.size(k);
  return placed;
}

// The centre changes places with the component's first node in its block.
void Placer::lead_with_center(PlacedComponent& component) {
  const NodeID anchor = std::max(component.first, block_of(component.center) << kNodeBlockShift);
  std::swap(local_of_.data()[anchor], local_of_.data()[component.center]);
  component.center = anchor;
}

// The large components' nodes stand in `local_of_`, in the order of `large_`.
Placement Placer::put_together() {
  Placement placement;
  next_place_ = 0;
  std::vector<PackedComponent> small;
  std::vector<std::size_t> which;
  for (std::size_t k = 0; k < shapes_.size(); ++k) {
    if (is_large(k)) continue;
    small.push_back({.num_nodes = walk_.size(k),
                     .kind = shapes_[k].kind,
                     .is_compact = shapes_[k].diameter <= kCompactDiameter});
    which.push_back(k);
  }
  placement.components.reserve(shapes_.size());
  for (const std::size_t k : large_) placement.components.push_back(put_component(k));
  for (const std::int32_t i : pack_components(small, next_place_)) {
    const std::size_t k = which[static_cast<std::size_t>(i)];
    const std::span<const NodeID> queue = sweep_of(k).queue;
    std::copy(queue.begin(), queue.end() - 1, local_of_.begin() + next_place_);
    placement.components.push_back(put_component(k));
  }
  const std::span<NodeID> place_of = walk_.place;  // by local id from now on
  list_places(place_of, placement);
  mark_boundary(place_of, placement);
  return placement;
}

void Placer::list_places(std::span<NodeID> place_of, Placement& placement) {
  placement.order.resize(static_cast<std::size_t>(graph_.num_nodes()));
  parallel_.for_range(graph_.num_nodes(), kPlacementGrain,
                      [&](std::int64_t begin, std::int64_t end, int) {
                        for (std::int64_t place = begin; place < end; ++place) {
                          const NodeID local = local_of_.data()[place];
                          place_of.data()[local] = static_cast<NodeID>(place);
                          placement.order.data()[place] = walk_.order.data()[local];
                        }
                      });
}

// By local ids, which reads memory in order; bits of one word may then belong to two threads.
void Placer::mark_boundary(std::span<const NodeID> place_of, Placement& placement) {
  placement.boundary.resize(static_cast<std::size_t>(bit_words(graph_.num_nodes())));
  std::atomic<EdgeOffset> arcs = 0;  // a sum, in any order
  parallel_.for_range(
      graph_.num_nodes(), kPlacementGrain, [&](std::int64_t begin, std::int64_t end, int) {
        EdgeOffset leaving = 0;
        for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
          const NodeID place = place_of.data()[v];
          EdgeOffset own = 0;
          for (const NodeID u : walk_.local.neigh(v)) {
            own += block_of(place_of.data()[u]) != block_of(place);
          }
          if (own == 0) continue;
          leaving += own;
          const std::atomic_ref word(placement.boundary.data()[place >> 6]);
          word.fetch_or(bit_of(place), std::memory_order_relaxed);  // for_range's end orders it
        }
        arcs.fetch_add(leaving, std::memory_order_relaxed);
      });
  placement.num_edges = walk_.local.num_arcs() / 2;
  placement.cross_block_edges = arcs.load(std::memory_order_relaxed) / 2;
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
  if (graph.num_nodes() == 0) return Placement();
  try {
    Placer placer(graph, parallel, kernels);
    QUADRILLE_RETURN_IF_ERROR(placer.prepare(budget));
    if (!options.use_coordinates || !graph.has_coordinates()) return placer.place_by_clusters();
    Result<Placement> placement = placer.place_by_coordinates();
    if (!placement.is_ok() || reaches_goal(*placement)) return placement;
    Result<Placement> other = placer.place_by_clusters();
    if (other.is_ok() && other->cross_block_edges >= placement->cross_block_edges) return placement;
    return other;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory to place the nodes");
  }
}

}  // namespace quadrille
