// How hard each edge of a drawing pulls: in proportion to its weight, as in ForceAtlas2 [1] with an
// influence of weights of 1, and over the mean weight, so that the unit of the input does not
// matter, the drawing keeps its extent, and no pull is larger than the number of edges. An edge of
// weight 0 does not pull. Without weights all pull alike.
// [1] Jacomy, Venturini, Heymann, Bastian. ForceAtlas2, a continuous graph layout algorithm for
//     handy network visualization designed for the Gephi software. PLoS ONE 9(6), 2014.
#pragma once

#include <bit>
#include <span>
#include <utility>

#include <quadrille/graph.h>

namespace quadrille {

struct SpringWeights {
  double scale = 1;  // 1 / the mean weight of edges that are no self loops; 0: all weights are 0
  bool some_are_zero = false;
};

SpringWeights read_spring_weights(const GraphView& graph);

// Whether the edges that pull, in either direction, connect all nodes. `parent` is scratch,
// num_nodes long.
bool springs_connect(const GraphView& graph, std::span<NodeID> parent);

// body(pull): pull(lists, e) is the relative weight of the edge at index e of graph.out() or in().
template <class Body>
void with_pulls(const GraphView& graph, double scale, Body&& body) {
  if (!graph.weighted()) {
    body([](const Adjacency&, EdgeOffset) { return 1.0f; });
  } else if (graph.real_weights()) {
    body([scale](const Adjacency& lists, EdgeOffset e) {
      return static_cast<float>(scale * double{std::bit_cast<float>(lists.weights[e])});
    });
  } else {
    body([scale](const Adjacency& lists, EdgeOffset e) {
      return static_cast<float>(scale * lists.weights[e]);
    });
  }
}

// visit(u, v, e) for each edge once, e its index in graph.out(); self loops are left out.
template <class Visit>
void for_edges(const GraphView& graph, Visit&& visit) {
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    EdgeOffset e = first_edge(graph.out(), u);
    for (const NodeID v : graph.out_neigh(u)) {
      if (graph.directed() ? u != v : u < v) visit(u, v, e);
      ++e;
    }
  }
}

}  // namespace quadrille
