// What limits most graph kernels: reads of a node's state in the order in which arcs lead to it.
#pragma once

namespace quadrille {
class GraphView;
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

// Nanoseconds an arc that merely adding up `element_bytes` (4 or 8) of each arc's target takes,
// with all threads, each node's list after the other: the best of a few passes over all arcs. 0:
// there are none, or no memory.
double measure_gather_ns(const GraphView& graph, int element_bytes, Parallel& parallel);

}  // namespace quadrille::program
