#include <algorithm>
#include <string>
#include <vector>

#include "engine/integers.h"
#include "kernels/both_directions.h"
#include "kernels/verify.h"

namespace quadrille {
namespace {

// Of either direction; loops and arcs both ways count as they stand.
using Lists = std::vector<std::vector<NodeID>>;

// Each edge is in the list of its end of fewer neighbours, or no hub could be checked.
Lists later_neighbours(const GraphView& graph) {
  Lists later(at(graph.num_nodes()));
  const auto comes_before = [&](NodeID u, NodeID v) {
    const std::int64_t of_u = degree_both_ways(graph, u), of_v = degree_both_ways(graph, v);
    return of_u < of_v || (of_u == of_v && u < v);
  };
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    for (const NodeID v : graph.out_neigh(u)) {
      if (comes_before(u, v)) later[at(u)].push_back(v);
      if (comes_before(v, u) && graph.directed()) later[at(v)].push_back(u);
    }
  }
  for (std::vector<NodeID>& list : later) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return later;
}

// Of each node, by merging the lists of both ends of every edge.
std::vector<std::int64_t> merged_triangles(const Lists& later) {
  std::vector<std::int64_t> found(later.size(), 0);
  for (std::size_t u = 0; u < later.size(); ++u) {
    for (const NodeID v : later[u]) {
      auto a = later[u].begin(), b = later[at(v)].begin();
      while (a != later[u].end() && b != later[at(v)].end()) {
        if (*a == *b) ++found[u], ++found[at(v)], ++found[at(*a)];
        const bool next_a = *a <= *b, next_b = *b <= *a;
        a += next_a ? 1 : 0;
        b += next_b ? 1 : 0;
      }
    }
  }
  return found;
}

}  // namespace

Status verify_triangles(const GraphView& graph, std::span<const std::int64_t> triangles) {
  if (triangles.size() != at(graph.num_nodes())) {
    return {StatusCode::kInvalidArgument, "verify: the column has not one element for each node"};
  }
  const std::vector<std::int64_t> found = merged_triangles(later_neighbours(graph));
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (found[at(v)] == triangles[at(v)]) continue;
    return {StatusCode::kInvalidInput, "node " + graph.name_of(v) + ": it is in " +
                                           std::to_string(found[at(v)]) + " triangles, not " +
                                           std::to_string(triangles[at(v)])};
  }
  return Status::ok();
}

}  // namespace quadrille
