// What an edge must be to be built into a graph, and the sentence for one that is not.
#pragma once

#include <quadrille/graph_builder.h>
#include <quadrille/status.h>

namespace quadrille {

inline constexpr Weight kInfiniteWeight = 0x7f800000;  // as float bits; those of NaN are above

inline bool is_valid_weight(Weight w, const BuildOptions& options) {
  return !options.weighted || (w >= 0 && (!options.real_weights || w < kInfiniteWeight));
}

inline bool is_valid_edge(const Edge& edge, const BuildOptions& options) {
  if (edge.u < 0 || edge.v < 0 || !is_valid_weight(edge.w, options)) return false;
  return options.num_nodes < 0 || (edge.u < options.num_nodes && edge.v < options.num_nodes);
}

Status describe_invalid(const Edge& edge, const BuildOptions& options);

}  // namespace quadrille
