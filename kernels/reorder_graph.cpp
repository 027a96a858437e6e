// The image of a graph whose nodes stand in another order.
#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/parallel.h>

#include "engine/graph_image.h"
#include "engine/region.h"
#include "kernels/component_walk.h"
#include "kernels/grains.h"
#include "kernels/placement.h"

namespace quadrille {
namespace {

constexpr NodeID kMovedAhead = 16;                // nodes whose list is fetched before its turn
constexpr std::uint32_t kArcsSortedInPlace = 16;  // arcs that are sorted on the spot
constexpr std::uint32_t kNetworkArcs = 4;
constexpr std::int64_t kBytesAChunk = 1024 * 1024;

// One direction, and where it goes.
struct ListMove {
  const Adjacency& from;
  NodeBlock* blocks;
  NodeRecord* records;
  NodeID* targets;
  Weight* weights;  // null where there are none
};

// A list's arcs by target, then weight: keys of both, which fit a register.
std::uint64_t arc_key(NodeID target, Weight weight) {
  return std::uint64_t{static_cast<std::uint32_t>(target)} << 32 |
         static_cast<std::uint32_t>(weight);
}

template <class T>
void insert_sorted(T* sorted, std::uint32_t count, T value) {
  std::uint32_t i = count;
  for (; i > 0 && sorted[i - 1] > value; --i) sorted[i] = sorted[i - 1];
  sorted[i] = value;
}

template <class T>
void put_in_order(T& a, T& b) {
  const T low = std::min(a, b);
  b = std::max(a, b);
  a = low;
}

// A network: which of a few arcs comes first is no safe guess. `key(i)` of up to kNetworkArcs arcs.
template <class T, class Key>
void sort_few(T (&sorted)[kNetworkArcs], std::uint32_t count, Key key) {
  for (std::uint32_t i = 0; i < kNetworkArcs; ++i)
    sorted[i] = i < count ? key(i) : std::numeric_limits<T>::max();
  put_in_order(sorted[0], sorted[1]);
  put_in_order(sorted[2], sorted[3]);
  put_in_order(sorted[0], sorted[2]);
  put_in_order(sorted[1], sorted[3]);
  put_in_order(sorted[1], sorted[2]);
}

void sort_list(NodeID* targets, std::uint32_t degree) {
  if (degree <= kNetworkArcs) {
    NodeID few[kNetworkArcs];
    sort_few(few, degree, [&](std::uint32_t i) { return targets[i]; });
    for (std::uint32_t i = 0; i < degree; ++i) targets[i] = few[i];
    return;
  }
  if (degree > kArcsSortedInPlace) {
    std::sort(targets, targets + degree);
    return;
  }
  for (std::uint32_t i = 1; i < degree; ++i) insert_sorted(targets, i, targets[i]);
}

void sort_weighted_list(NodeID* targets, Weight* weights, std::uint32_t degree,
                        std::vector<std::uint64_t>& spare) {
  std::uint64_t few[kNetworkArcs], some[kArcsSortedInPlace];
  std::uint64_t* keys = some;
  if (degree <= kNetworkArcs) {
    sort_few(few, degree, [&](std::uint32_t i) { return arc_key(targets[i], weights[i]); });
    keys = few;
  } else if (degree > kArcsSortedInPlace) {
    spare.resize(degree);
    keys = spare.data();
    for (std::uint32_t i = 0; i < degree; ++i) keys[i] = arc_key(targets[i], weights[i]);
    std::sort(keys, keys + degree);
  } else {
    for (std::uint32_t i = 0; i < degree; ++i)
      insert_sorted(keys, i, arc_key(targets[i], weights[i]));
  }
  for (std::uint32_t i = 0; i < degree; ++i) {
    targets[i] = static_cast<NodeID>(keys[i] >> 32);
    weights[i] = static_cast<Weight>(keys[i] & UINT32_MAX);
  }
}

class Reorder {
 public:
  Reorder(const GraphView& graph, std::span<const NodeID> order, Parallel& parallel)
      : graph_(graph), order_(order), parallel_(parallel), num_blocks_(blocks_of(order)) {}
  Result<Graph> run(MemoryBudget* budget);

 private:
  static std::int64_t blocks_of(std::span<const NodeID> order) {
    return static_cast<std::int64_t>((order.size() + kNodeBlockSize - 1) >> kNodeBlockShift);
  }
  NodeID block_end(std::int64_t block) const {
    return static_cast<NodeID>(
        std::min<std::int64_t>((block + 1) << kNodeBlockShift, graph_.num_nodes()));
  }
  ListMove lists(const Adjacency& from, std::uint32_t first_slab) const;
  void invert_order();
  Status move_lists(const ListMove& move) const;
  EdgeOffset open_block(const ListMove& move, std::int64_t block) const;
  void fill_block(const ListMove& move, std::int64_t block) const;
  void sort_block(const ListMove& move, std::int64_t block, std::vector<std::uint64_t>& arcs) const;
  void copy_out_lists() const;
  void move_columns();
  template <class T>
  T* at(std::uint32_t slab) const {
    return reinterpret_cast<T*>(image_.base() + layout_.slabs[slab].offset);
  }

  const GraphView& graph_;
  std::span<const NodeID> order_;
  Parallel& parallel_;
  std::int64_t num_blocks_;
  std::unique_ptr<NodeID[]> place_;           // new id of an old one
  std::unique_ptr<EdgeOffset[]> first_edge_;  // of a new id, where its list was
  Region image_;
  HeaderSlab layout_{};
};

ListMove Reorder::lists(const Adjacency& from, std::uint32_t first_slab) const {
  return {from, at<NodeBlock>(first_slab), at<NodeRecord>(first_slab + 1),
          at<NodeID>(first_slab + 2),
          from.weights == nullptr ? nullptr : at<Weight>(first_slab + 3)};
}

void Reorder::invert_order() {
  place_ = std::make_unique_for_overwrite<NodeID[]>(order_.size());
  first_edge_ = std::make_unique_for_overwrite<EdgeOffset[]>(order_.size());
  parallel_.for_range(
      graph_.num_nodes(), kPlacementGrain, [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t v = begin; v < end; ++v)
          place_[static_cast<std::size_t>(order_.data()[v])] = static_cast<NodeID>(v);
      });
}

// Records of a block, by the degrees of its nodes; returns their sum.
EdgeOffset Reorder::open_block(const ListMove& move, std::int64_t block) const {
  const auto begin = static_cast<NodeID>(block << kNodeBlockShift);
  const NodeID end = block_end(block);
  EdgeOffset arcs = 0;
  for (NodeID v = begin; v < end; ++v) {
    if (end - v > kMovedAhead)
      __builtin_prefetch(&node_record(move.from, order_.data()[v + kMovedAhead]));
    const NodeID old = order_.data()[v];
    const std::uint32_t degree = node_record(move.from, old).out_degree;
    move.records[v] = {static_cast<std::uint32_t>(arcs), degree, 0, 0};
    first_edge_[static_cast<std::size_t>(v)] = first_edge(move.from, old);
    arcs += degree;
  }
  move.blocks[block].first_record = begin;
  return arcs;
}

// Lists are copied as they stand and sorted afterwards: a sort's wrong guesses would end the
// processor's look ahead into other lists, whose memory is far away.
void Reorder::fill_block(const ListMove& move, std::int64_t block) const {
  const NodeID* const place = place_.get();
  const EdgeOffset* const first = first_edge_.get();
  NodeID* to = move.targets + move.blocks[block].edge_base;
  Weight* to_weights = move.weights + (move.weights == nullptr ? 0 : to - move.targets);
  const NodeID end = block_end(block);
  for (auto v = static_cast<NodeID>(block << kNodeBlockShift); v < end; ++v) {
    if (end - v > kMovedAhead) {
      __builtin_prefetch(move.from.targets + first[v + kMovedAhead]);
      if (move.weights != nullptr) __builtin_prefetch(move.from.weights + first[v + kMovedAhead]);
    }
    const NodeID* const from = move.from.targets + first[v];
    const std::uint32_t degree = move.records[v].out_degree;
    for (std::uint32_t i = 0; i < degree; ++i) *to++ = place[from[i]];
    if (move.weights == nullptr) continue;
    to_weights = std::copy_n(move.from.weights + first[v], degree, to_weights);
  }
}

void Reorder::sort_block(const ListMove& move, std::int64_t block,
                         std::vector<std::uint64_t>& arcs) const {
  EdgeOffset to = move.blocks[block].edge_base;
  const NodeID end = block_end(block);
  for (auto v = static_cast<NodeID>(block << kNodeBlockShift); v < end; ++v) {
    const std::uint32_t degree = move.records[v].out_degree;
    if (move.weights == nullptr) {
      sort_list(move.targets + to, degree);
    } else {
      sort_weighted_list(move.targets + to, move.weights + to, degree, arcs);
    }
    to += degree;
  }
}

Status Reorder::move_lists(const ListMove& move) const {
  std::vector<EdgeOffset> arcs(static_cast<std::size_t>(num_blocks_));
  parallel_.for_chunks(num_blocks_, [&](std::int64_t block, int) {
    arcs[static_cast<std::size_t>(block)] = open_block(move, block);
  });
  EdgeOffset base = 0;
  for (std::int64_t block = 0; block < num_blocks_; ++block) {
    if (arcs[static_cast<std::size_t>(block)] > UINT32_MAX) {
      return {StatusCode::kUnsupported, "too many arcs in block " + std::to_string(block) +
                                            " of the placed graph: a block of " +
                                            std::to_string(kNodeBlockSize) +
                                            " nodes may have 4294967295 of them"};
    }
    move.blocks[block].edge_base = base;
    base += arcs[static_cast<std::size_t>(block)];
  }
  std::vector<std::vector<std::uint64_t>> scratch(
      static_cast<std::size_t>(parallel_.num_workers()));
  parallel_.for_chunks(num_blocks_, [&](std::int64_t block, int worker) {
    fill_block(move, block);
    sort_block(move, block, scratch[static_cast<std::size_t>(worker)]);
  });
  return Status::ok();
}

void Reorder::copy_out_lists() const {
  constexpr std::uint32_t kStep = kSlabInBlockTable - kSlabBlockTable;
  for (std::uint32_t slab = kSlabBlockTable; slab <= kSlabWeights; ++slab) {
    parallel_.for_range(static_cast<std::int64_t>(layout_.slabs[slab].length), kBytesAChunk,
                        [&](std::int64_t begin, std::int64_t end, int) {
                          std::memcpy(at<std::byte>(slab + kStep) + begin,
                                      at<std::byte>(slab) + begin,
                                      static_cast<std::size_t>(end - begin));
                        });
  }
}

// Users' ids both ways, and coordinates.
void Reorder::move_columns() {
  NodeID* const user_ids = at<NodeID>(kSlabUserIds);
  NodeID* const internal_ids = at<NodeID>(kSlabInternalIds);
  const bool has_coordinates = graph_.has_coordinates();
  float* const x = has_coordinates ? at<float>(kSlabX) : nullptr;
  float* const y = has_coordinates ? at<float>(kSlabY) : nullptr;
  parallel_.for_range(graph_.num_nodes(), kPlacementGrain,
                      [&](std::int64_t begin, std::int64_t end, int) {
                        for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
                          const NodeID old = order_.data()[v];
                          user_ids[v] = graph_.user_id(old);
                          internal_ids[user_ids[v]] = v;
                          if (!has_coordinates) continue;
                          x[v] = graph_.x().data()[old];
                          y[v] = graph_.y().data()[old];
                        }
                      });
  if (!has_coordinates) return;
  const auto [min_x, max_x] = std::minmax_element(graph_.x().begin(), graph_.x().end());
  const auto [min_y, max_y] = std::minmax_element(graph_.y().begin(), graph_.y().end());
  const double bounds[] = {*min_x, *min_y, *max_x, *max_y};
  std::copy(std::begin(bounds), std::end(bounds), layout_.bounds);
}

Result<Graph> Reorder::run(MemoryBudget* budget) {
  GraphImageShape shape{.num_nodes = graph_.num_nodes(),
                        .num_edges = graph_.num_edges(),
                        .num_arcs = graph_.num_arcs(),
                        .directed = graph_.directed(),
                        .weighted = graph_.weighted(),
                        .real_weights = graph_.real_weights(),
                        .has_coordinates = graph_.has_coordinates(),
                        .reordered = true};
  shape.set_names(graph_.names());
  layout_ = plan_graph_image(shape);
  layout_.version = graph_.version();
  QUADRILLE_ASSIGN_OR_RETURN(
      image_, Region::reserve(layout_.image_bytes, {.budget = budget, .label = {"graph"}}));
  QUADRILLE_RETURN_IF_ERROR(image_.commit(layout_.image_bytes));
  invert_order();
  QUADRILLE_RETURN_IF_ERROR(move_lists(lists(graph_.out(), kSlabBlockTable)));
  if (graph_.directed() && has_symmetric_arcs(graph_, parallel_) &&
      has_symmetric_weights(graph_, parallel_)) {
    copy_out_lists();
  } else if (graph_.directed()) {
    QUADRILLE_RETURN_IF_ERROR(move_lists(lists(graph_.in(), kSlabInBlockTable)));
  }
  if (graph_.num_nodes() > 0) move_columns();
  write_names(graph_.names(), image_.base(), layout_);
  std::memcpy(image_.base(), &layout_, sizeof(HeaderSlab));
  return Graph::adopt(std::move(image_));
}

}  // namespace

Result<Graph> reorder_graph(const GraphView& graph, std::span<const NodeID> order,
                            Parallel& parallel, MemoryBudget* budget) {
  try {
    return Reorder(graph, order, parallel).run(budget);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory to reorder the graph");
  }
}

}  // namespace quadrille
