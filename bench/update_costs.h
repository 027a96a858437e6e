// What changing a graph costs: batches of updates, searches on what became of it, and answers that
// are repaired.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "bench/measurement.h"
#include "bench/options.h"
#include "kernels/kernel_table.h"

namespace quadrille::program {

// A batch size: samples are batches, in ns; work is updates.
struct BatchCost {
  std::int64_t updates = 0;  // a batch
  bool is_held = false;      // an older version is held by a reader while each batch is applied
  Measurement inserted, deleted;
};

// The same thing on the graph as built and on the graph as changed; or computed and repaired.
// Medians of pairs, every second one the other way round.
struct CostPair {
  Measurement plain, changed;
  std::vector<double> ratios;  // of changed to plain, a pair each
  double ratio() const { return summarize(ratios).median; }
};

struct UpdateCosts {
  std::vector<BatchCost> batches;
  CostPair search;      // on the graph as built, and on what it is after all batches
  CostPair components;  // from scratch, and repaired after kRepairedUpdates
  CostPair repaired_search;
  std::int64_t memory_bytes = 0;  // of the lists that can change, before the first batch
  std::int64_t memory_at_end = 0;
};

inline constexpr std::int64_t kRepairedUpdates = 1000;  // a batch, half of them deletions

// Deletes edges of the graph, drawn evenly, and inserts them again, so that it ends as it began:
// searches and components must then say the same on both. kInvalidArgument: too few edges.
Result<UpdateCosts> measure_updates(const ProfileUpdatesOptions& options, const GraphView& graph,
                                    Parallel& parallel, const KernelTable& kernels);

}  // namespace quadrille::program
