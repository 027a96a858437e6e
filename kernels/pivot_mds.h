// PivotMDS [1]: a first drawing of a graph from the hop distances to a few pivots, in two
// dimensions.
// [1] Brandes, Pich. Eigensolver methods for progressive multidimensional scaling of large data.
//     Graph Drawing 2006.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

namespace quadrille {

inline constexpr int kPivots = 12;

// Hops from `source` along edges in either direction; kDistInf where there is no way. `queue` is
// scratch, num_nodes long. Returns how many nodes are reached; they stand at the front of the
// queue, nearest first.
std::int64_t hop_distances(const GraphView& graph, NodeID source, std::span<Distance> distance,
                           std::span<NodeID> queue);

struct PivotDrawing {
  std::int64_t num_reached =
      0;  // nodes connected to the node of most edges: those that were placed
};

// Writes x and y of the nodes connected to the one of most edges, in hops or so, about (0, 0).
// `reached[v]` is 1 for these, and 0 for nodes whose place is left alone. Takes (kPivots + 2) *
// num_nodes integers from `scratch`.
Result<PivotDrawing> pivot_mds(const GraphView& graph, Arena& scratch, std::span<float> x,
                               std::span<float> y, std::span<std::uint8_t> reached);

}  // namespace quadrille
