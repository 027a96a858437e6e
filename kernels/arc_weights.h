// What shortest paths need to know of a graph's weights before they start.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "engine/parallel.h"

namespace quadrille {

struct ArcWeights {
  Weight least = 1;
  double sum = 0;  // of all arcs; exact below 2^53
  std::int64_t num_arcs = 0;
  std::int64_t num_sources = 0;  // nodes with an arc
};

// Reads every weight once. kInvalidArgument: they are real; kInvalidInput: one is negative.
Result<ArcWeights> check_arc_weights(const GraphView& graph, Parallel& parallel);

}  // namespace quadrille
