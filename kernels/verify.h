// Verifiers: what must hold of a finished answer, checked arc by arc. None of them computes the
// answer a second time, but for those that say so. Each returns ok or kInvalidInput with a sentence
// that names the first node that is wrong. They allocate, take time in proportion to the graph (and
// to the number of sources), and may be called from any thread that may read the columns. Columns
// are by internal id.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/graph.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

struct Placement;

// Distances are hops from `source` (an internal id): 0 there alone, no arc leads more than one hop
// on, and every other reached node has a parent one hop nearer, of all its in-neighbours there the
// one with the lowest id. Together that proves each distance: no path is shorter (arcs), and one is
// as short (parents).
Status verify_bfs(const GraphView& graph, NodeID source, std::span<const Distance> distance,
                  std::span<const NodeID> parent);

// The same with weights: no arc can relax. A node's parent is the lowest id among tight
// predecessors that are nearer; where all tight predecessors are as near as it is (arcs of weight
// 0), the lowest among those that lead back to a nearer one in the fewest arcs.
Status verify_sssp(const GraphView& graph, NodeID source, std::span<const PathLength> distance,
                   std::span<const NodeID> parent);

// A label is the smallest user id of its (weak) component.
Status verify_components(const GraphView& graph, std::span<const NodeID> label);

// Labels (user ids) after a whole number of rounds. Each came along edges from the node that it
// names; and if `settled`, each is the most frequent among a node's own label and those of its
// neighbours, of equally frequent ones the smallest.
Status verify_labels(const GraphView& graph, std::span<const NodeID> label, bool settled);

// Each node has as many neighbours of its core number or a higher one as the number says, and the
// nodes of one number can be taken away one after the other, each with no more neighbours left
// among them and the higher ones. Neighbours are those of either direction, self loops left out.
Status verify_cores(const GraphView& graph, std::span<const std::int32_t> core);

// Each number is the one that merging the lists of both ends of every edge finds. That computes the
// answer a second time, in another way: no property of it is cheaper to check.
Status verify_triangles(const GraphView& graph, std::span<const std::int64_t> triangles);

// A second time: what breadth-first searches with a queue, one from each source, come to.
struct ClosenessAnswer {
  std::span<const float> closeness;
  std::span<const std::int64_t> distance_sum;
  std::span<const std::int32_t> reached_by;
  std::span<const Distance> farthest;
};
Status verify_closeness(const GraphView& graph, std::span<const NodeID> sources,
                        const ClosenessAnswer& answer);

// A second time: what Brandes's algorithm, as it is written down and on one thread, comes to, but
// for rounding.
Status verify_betweenness(const GraphView& graph, std::span<const NodeID> sources,
                          std::span<const float> betweenness);

// Ranks are positive, their sum is 1, and one more iteration, computed by pushing along out-lists
// in double, changes them by no more than twice `most_change` in sum: once for the scores, once for
// the rank of dangling nodes, which makes ranks of them.
Status verify_pagerank(const GraphView& graph, std::span<const float> rank, double damping,
                       double most_change);

// A permutation; components that tile it, with the edges that they say, and none between them; the
// edges that cross blocks and their ends are as many and the ones that it says.
Status verify_placement(const GraphView& graph, const Placement& placement);

}  // namespace quadrille
