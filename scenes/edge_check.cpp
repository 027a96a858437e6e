#include "scenes/edge_check.h"

#include <algorithm>
#include <string>

#include "engine/number_text.h"

namespace quadrille {

Status describe_invalid(const Edge& edge, const BuildOptions& options) {
  const std::string where = "edge " + std::to_string(edge.u) + " -> " + std::to_string(edge.v);
  const NodeID id = edge.u < 0 || edge.v < 0 ? std::min(edge.u, edge.v) : std::max(edge.u, edge.v);
  if (options.weighted && edge.w < 0 && id >= 0) {
    return {StatusCode::kInvalidInput, where + ": its weight is below 0"};
  }
  if (options.real_weights && edge.w >= kInfiniteWeight) {
    return {StatusCode::kInvalidInput, where + ": its weight is not finite"};
  }
  if (id < 0)
    return {StatusCode::kInvalidInput, where + ": node " + std::to_string(id) + " is below 0"};
  return {StatusCode::kInvalidInput, where + ": node " + std::to_string(id) +
                                         " is out of range; the graph has " +
                                         counted(options.num_nodes, "node")};
}

}  // namespace quadrille
