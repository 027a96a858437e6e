// The image of a graph whose nodes stand in another order.
#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/parallel.h>

#include "engine/graph_image.h"
#include "engine/region.h"
#include "kernels/placement.h"

namespace quadrille {
namespace {

constexpr NodeID kAhead = 8;  // nodes whose list is fetched before its turn

// One direction, and where it goes.
struct ListMove {
  const Adjacency& from;
  NodeBlock* blocks;
  NodeRecord* records;
  NodeID* targets;
  Weight* weights;  // null where there are none
};

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
  Status move_lists(const ListMove& move) const;
  EdgeOffset open_block(const ListMove& move, std::int64_t block) const;
  void fill_block(const ListMove& move, std::int64_t block, std::vector<std::uint64_t>& arcs) const;
  void copy_list(const ListMove& move, NodeID v, EdgeOffset to) const;
  void copy_weighted_list(const ListMove& move, NodeID v, EdgeOffset to,
                          std::vector<std::uint64_t>& arcs) const;
  void move_columns();
  template <class T>
  T* at(std::uint32_t slab) const {
    return reinterpret_cast<T*>(image_.base() + layout_.slabs[slab].offset);
  }

  const GraphView& graph_;
  std::span<const NodeID> order_;
  Parallel& parallel_;
  std::int64_t num_blocks_;
  std::vector<NodeID> place_;  // new id of an old one
  Region image_;
  HeaderSlab layout_{};
};

ListMove Reorder::lists(const Adjacency& from, std::uint32_t first_slab) const {
  return {from, at<NodeBlock>(first_slab), at<NodeRecord>(first_slab + 1),
          at<NodeID>(first_slab + 2),
          from.weights == nullptr ? nullptr : at<Weight>(first_slab + 3)};
}

// Records of a block, by the degrees of its nodes; returns their sum.
EdgeOffset Reorder::open_block(const ListMove& move, std::int64_t block) const {
  const auto begin = static_cast<NodeID>(block << kNodeBlockShift);
  EdgeOffset arcs = 0;
  for (NodeID v = begin; v < block_end(block); ++v) {
    const std::uint32_t degree = node_record(move.from, order_.data()[v]).out_degree;
    move.records[v] = {static_cast<std::uint32_t>(arcs), degree, 0, 0};
    arcs += degree;
  }
  move.blocks[block].first_record = begin;
  return arcs;
}

void Reorder::copy_list(const ListMove& move, NodeID v, EdgeOffset to) const {
  const NodeID old = order_.data()[v];
  const NodeID* const from = move.from.targets + first_edge(move.from, old);
  NodeID* const targets = move.targets + to;
  const std::uint32_t degree = move.records[v].out_degree;
  for (std::uint32_t i = 0; i < degree; ++i) targets[i] = place_.data()[from[i]];
  std::sort(targets, targets + degree);
}

void Reorder::copy_weighted_list(const ListMove& move, NodeID v, EdgeOffset to,
                                 std::vector<std::uint64_t>& arcs) const {
  const EdgeOffset from = first_edge(move.from, order_.data()[v]);
  arcs.resize(move.records[v].out_degree);
  for (std::size_t i = 0; i < arcs.size(); ++i) {
    const EdgeOffset e = from + static_cast<EdgeOffset>(i);
    const auto target = static_cast<std::uint32_t>(place_.data()[move.from.targets[e]]);
    arcs[i] = std::uint64_t{target} << 32 | static_cast<std::uint32_t>(move.from.weights[e]);
  }
  std::sort(arcs.begin(), arcs.end());
  for (const std::uint64_t arc : arcs) {
    move.targets[to] = static_cast<NodeID>(arc >> 32);
    move.weights[to++] = static_cast<Weight>(arc & UINT32_MAX);
  }
}

void Reorder::fill_block(const ListMove& move, std::int64_t block,
                         std::vector<std::uint64_t>& arcs) const {
  const EdgeOffset base = move.blocks[block].edge_base;
  const NodeID end = block_end(block);
  for (auto v = static_cast<NodeID>(block << kNodeBlockShift); v < end; ++v) {
    if (v + kAhead < end) {
      const EdgeOffset ahead = first_edge(move.from, order_.data()[v + kAhead]);
      __builtin_prefetch(move.from.targets + ahead);
      if (move.weights != nullptr) __builtin_prefetch(move.from.weights + ahead);
    }
    if (v + 2 * kAhead < end)
      __builtin_prefetch(&node_record(move.from, order_.data()[v + 2 * kAhead]));
    const EdgeOffset to = base + move.records[v].edge_index;
    if (move.weights == nullptr) {
      copy_list(move, v, to);
    } else {
      copy_weighted_list(move, v, to, arcs);
    }
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
    fill_block(move, block, scratch[static_cast<std::size_t>(worker)]);
  });
  return Status::ok();
}

// Users' ids both ways, and coordinates.
void Reorder::move_columns() {
  NodeID* const user_ids = at<NodeID>(kSlabUserIds);
  NodeID* const internal_ids = at<NodeID>(kSlabInternalIds);
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
    const NodeID user = graph_.user_id(order_.data()[v]);
    user_ids[v] = user;
    internal_ids[user] = v;
  }
  if (!graph_.has_coordinates()) return;
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
    at<float>(kSlabX)[v] = graph_.x().data()[order_.data()[v]];
    at<float>(kSlabY)[v] = graph_.y().data()[order_.data()[v]];
  }
  const auto [min_x, max_x] = std::minmax_element(graph_.x().begin(), graph_.x().end());
  const auto [min_y, max_y] = std::minmax_element(graph_.y().begin(), graph_.y().end());
  const double bounds[] = {*min_x, *min_y, *max_x, *max_y};
  std::copy(std::begin(bounds), std::end(bounds), layout_.bounds);
}

Result<Graph> Reorder::run(MemoryBudget* budget) {
  layout_ = plan_graph_image({.num_nodes = graph_.num_nodes(),
                              .num_edges = graph_.num_edges(),
                              .num_arcs = graph_.num_arcs(),
                              .directed = graph_.directed(),
                              .weighted = graph_.weighted(),
                              .real_weights = graph_.real_weights(),
                              .has_coordinates = graph_.has_coordinates(),
                              .reordered = true});
  layout_.version = graph_.version();
  QUADRILLE_ASSIGN_OR_RETURN(
      image_, Region::reserve(layout_.image_bytes, {.budget = budget, .label = {"graph"}}));
  QUADRILLE_RETURN_IF_ERROR(image_.commit(layout_.image_bytes));
  place_.resize(order_.size());
  for (std::size_t v = 0; v < order_.size(); ++v) {
    place_[static_cast<std::size_t>(order_[v])] = static_cast<NodeID>(v);
  }
  QUADRILLE_RETURN_IF_ERROR(move_lists(lists(graph_.out(), kSlabBlockTable)));
  if (graph_.directed()) {
    QUADRILLE_RETURN_IF_ERROR(move_lists(lists(graph_.in(), kSlabInBlockTable)));
  }
  if (graph_.num_nodes() > 0) move_columns();
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
