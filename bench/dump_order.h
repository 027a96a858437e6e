// DumpOrder: where the elements of a column stand, in the order of the user's ids.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/frame.h>
#include <quadrille/graph.h>

namespace quadrille::program {

class DumpOrder {
 public:
  // Of a column of `size` elements; `graph` is null where these are no nodes.
  DumpOrder(const GraphView* graph, std::int64_t size)
      : graph_(graph != nullptr && graph->num_nodes() <= size && graph->reordered() ? graph
                                                                                    : nullptr) {}
  std::int64_t internal(std::int64_t user) const {
    return is_moved(user) ? graph_->internal_id(static_cast<NodeID>(user)) : user;
  }
  NodeID user(NodeID internal) const {
    return internal >= 0 && is_moved(internal) ? graph_->user_id(internal) : internal;
  }

 private:
  // Nodes that a scene adds stand behind those of the input, under the same number.
  bool is_moved(std::int64_t node) const { return graph_ != nullptr && node < graph_->num_nodes(); }

  const GraphView* graph_;
};

// What a column's elements say of nodes.
enum class NodeColumn : std::uint8_t { kNone, kParent, kLabel };
NodeColumn node_column_of(const ColumnSpec& spec, const GraphView* graph);

// By label: the smallest user id that bears it; -1: none does.
std::vector<NodeID> smallest_bearers(std::span<const std::int32_t> label, const DumpOrder& order);

}  // namespace quadrille::program
