// What shortest paths need to know of a graph's weights before they start.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>
#include <quadrille/status.h>

#include <quadrille/parallel.h>

namespace quadrille {

struct ArcWeights {
  Weight least = 1;
  Weight most = 1;
  // Of the weights but for few (one in sixteen at most) that are more than four times as large as
  // the others: a single arc of 2^31 - 1 would decide the mean of a million light ones.
  double usual_mean = 0;
  std::int64_t num_arcs = 0;
  std::int64_t num_sources = 0;  // nodes with an arc
};

// The width of a bucket for delta-stepping, as the exponent of a power of two up to 2^`most`:
// `delta` rounded down; 0: `factor` times the usual weight over the mean degree. Many arcs a node
// want narrow buckets (less is relaxed twice), few arcs want wide ones (fewer steps, more work in
// each). kInvalidArgument: a negative delta.
struct BucketWidth {
  std::int64_t delta;
  double factor;
  int most;
};
Result<int> bucket_shift(const BucketWidth& width, const ArcWeights& weights);
// Arcs a node that has any; 1 where none has.
double mean_degree(const ArcWeights& weights);

// Reads every weight once. kInvalidArgument: they are real; kInvalidInput: one is negative.
Result<ArcWeights> check_arc_weights(const GraphView& graph, Parallel& parallel);

}  // namespace quadrille
