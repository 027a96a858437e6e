#include <string>
#include <vector>

#include "engine/integers.h"
#include "kernels/both_directions.h"
#include "kernels/verify.h"
#include "kernels/wrong_node.h"

namespace quadrille {
namespace {

template <class Visit>
void for_others(const GraphView& graph, NodeID v, Visit visit) {
  for_both_directions(graph, v, [&](NodeID u) {
    if (u != v) visit(u);
  });
}

}  // namespace

Status verify_cores(const GraphView& graph, std::span<const std::int32_t> core) {
  if (core.size() != at(graph.num_nodes())) {
    return {StatusCode::kInvalidArgument, "verify: the column has not one element for each node"};
  }
  std::vector<std::int64_t> left(core.size(), 0);  // neighbours of no lower core, not taken away
  std::vector<NodeID> taken;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    for_others(graph, v, [&](NodeID u) { left[at(v)] += core[at(u)] >= core[at(v)] ? 1 : 0; });
    if (core[at(v)] < 0 || left[at(v)] < core[at(v)]) {
      return wrong_node(graph, v,
                        "its core number " + std::to_string(core[at(v)]) + " is too high: only " +
                            std::to_string(left[at(v)]) + " neighbours have one as high");
    }
    if (left[at(v)] == core[at(v)]) taken.push_back(v);
  }
  for (std::size_t next = 0; next < taken.size(); ++next) {
    const NodeID v = taken[next];
    for_others(graph, v, [&](NodeID u) {
      if (core[at(u)] == core[at(v)] && --left[at(u)] == core[at(u)]) taken.push_back(u);
    });
  }
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (left[at(v)] > core[at(v)]) {
      return wrong_node(graph, v,
                        "its core number " + std::to_string(core[at(v)]) + " is too low: " +
                            std::to_string(left[at(v)]) + " neighbours always stay");
    }
  }
  return Status::ok();
}

}  // namespace quadrille
