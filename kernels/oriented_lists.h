// Oriented lists: every edge once, in the list of one of its ends, so that what is counted along
// them is counted once. Nodes have places; the list of a place holds the neighbours of earlier
// ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

namespace quadrille {

// Neighbours of either direction, each once, the node itself left out.
std::int64_t num_neighbours(const GraphView& graph, NodeID v);

// Whether few nodes have most of the edges, so that lists by degree are much shorter than lists by
// id. Directed graphs count as such: their own lists hold one direction only.
bool worth_ordering_by_degree(const GraphView& graph, Parallel& parallel);

// Places are internal ids: a node's earlier neighbours are the first part of its list in the graph.
// Nothing is prepared, so only for graphs without direction.
struct ListsById {
  std::span<const NodeID> of(NodeID place) const {
    const std::span<const NodeID> all = graph.out_neigh(place);
    std::size_t before = 0;
    if (all.size() > kShortList) {
      before =
          static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), place) - all.begin());
    } else {
      while (before < all.size() && all[before] < place) ++before;
    }
    return all.first(before);
  }
  // A list that begins with that of the place; what follows is not before the place.
  std::span<const NodeID> beginning_with(NodeID place) const { return graph.out_neigh(place); }
  // What makes these wait: asked for early.
  const NodeRecord* record(NodeID place) const { return &node_record(graph.out(), place); }
  const NodeID* targets(NodeID place) const {
    return graph.out().targets + first_edge(graph.out(), place);
  }
  NodeID num_places() const { return graph.num_nodes(); }
  // Graphs of short lists, as road maps, name their nodes in an order of places as a rule.
  bool worth_asking_ahead() const { return graph.num_arcs() / 8 > graph.num_nodes(); }

  static constexpr std::size_t kShortList = 8;
  GraphView graph;
};

// 16 bytes, four to a cache line. Where a list lies.
struct OrientedList {
  EdgeOffset first;
  std::int64_t length;
};
static_assert(sizeof(OrientedList) == 16);

// Places go by degree, the highest first: a hub's list holds only larger hubs, and no list has more
// than sqrt(2 * edges) of them. Edges have no direction here, self loops are left out, an edge in
// both directions is one. Members as above.
class ListsByDegree {
 public:
  // `scratch` gives 24 bytes a node, 4 an arc of either direction, and 4 for each number of
  // neighbours up to the largest. All arguments must outlive this. kOutOfMemory.
  static Result<ListsByDegree> create(const GraphView& graph, Parallel& parallel, Arena& scratch);

  std::span<const NodeID> of(NodeID place) const {
    return {targets(place), static_cast<std::size_t>(record(place)->length)};
  }
  std::span<const NodeID> beginning_with(NodeID place) const { return of(place); }
  const OrientedList* record(NodeID place) const {
    return &lists_[static_cast<std::size_t>(place)];
  }
  const NodeID* targets(NodeID place) const { return targets_.data() + record(place)->first; }
  NodeID num_places() const { return static_cast<NodeID>(place_.size()); }
  bool worth_asking_ahead() const { return true; }
  NodeID place(NodeID node) const { return place_[static_cast<std::size_t>(node)]; }

 private:
  Status order_by_degree(const GraphView& graph, Arena& scratch);
  void write_lists(const GraphView& graph, Parallel& parallel);

  std::span<OrientedList> lists_;
  std::span<NodeID> targets_;
  std::span<NodeID> order_, place_;  // the node of a place and the other way round
};

}  // namespace quadrille
