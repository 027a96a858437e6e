// What shortest paths need to know of a graph's weights before they start.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>
#include <quadrille/status.h>

#include <quadrille/parallel.h>

namespace quadrille {

struct ArcWeights {
  Weight least = 1;
  // Of the weights but for few (one in sixteen at most) that are more than four times as large as
  // the others: a single arc of 2^31 - 1 would decide the mean of a million light ones.
  double usual_mean = 0;
  std::int64_t num_arcs = 0;
  std::int64_t num_sources = 0;  // nodes with an arc
};

// Reads every weight once. kInvalidArgument: they are real; kInvalidInput: one is negative.
Result<ArcWeights> check_arc_weights(const GraphView& graph, Parallel& parallel);

}  // namespace quadrille
