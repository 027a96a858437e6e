// Sources of what is searched from several nodes: closeness, betweenness.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

// kInvalidArgument, with a sentence, where one of them (internal ids) is no node.
Status check_sources(const GraphView& graph, std::span<const NodeID> sources);

// The same, and where one is named twice. Allocates a bit a node.
Status check_distinct_sources(const GraphView& graph, std::span<const NodeID> sources);

// Nodes that arcs leave: searches from others find nobody.
std::int64_t num_nodes_with_arcs(const GraphView& graph);

// `count` nodes that arcs leave, each at most once, all as likely, and in random order; fewer where
// there are not as many. Internal ids; which nodes they are depends on the user's ids alone.
std::vector<NodeID> sample_sources(const GraphView& graph, std::int64_t count, std::uint64_t seed);

}  // namespace quadrille
