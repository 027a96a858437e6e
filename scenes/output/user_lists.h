// UserLists: a graph's lists by the user's ids, whatever order the nodes have inside.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include <quadrille/graph.h>

namespace quadrille {

struct UserArc {
  NodeID v;
  Weight w;  // bits, as in the slab; 1 where all weigh 1
};

class UserLists {
 public:
  UserLists(const GraphView& view, const Adjacency& adjacency)
      : view_(view), adjacency_(adjacency) {}

  // Ascending; valid until the next call.
  std::span<const UserArc> operator[](NodeID user) {
    const NodeID u = view_.internal_id(user);
    const EdgeOffset first = first_edge(adjacency_, u),
                     last = first + node_record(adjacency_, u).out_degree;
    arcs_.clear();
    for (EdgeOffset e = first; e < last; ++e) {
      arcs_.push_back({view_.user_id(adjacency_.targets[e]),
                       adjacency_.weights == nullptr ? 1 : adjacency_.weights[e]});
    }
    if (view_.reordered()) {
      std::sort(arcs_.begin(), arcs_.end(),
                [](const UserArc& a, const UserArc& b) { return a.v < b.v; });
    }
    return arcs_;
  }

 private:
  const GraphView& view_;
  const Adjacency& adjacency_;
  std::vector<UserArc> arcs_;
};

// visit(u, arc) for each edge: of an undirected graph once, from its lower end or, if
// `from_higher`, its higher one.
template <class Visit>
void for_each_edge(const GraphView& view, bool from_higher, Visit visit) {
  UserLists lists(view, view.out());
  for (NodeID u = 0; u < view.num_nodes(); ++u) {
    for (const UserArc& arc : lists[u]) {
      if (view.directed() || (from_higher ? arc.v <= u : arc.v >= u)) visit(u, arc);
    }
  }
}

}  // namespace quadrille
