// GraphBuild: what the steps of one build share, and the two ways from edges to lists.
#pragma once

#include <cstdint>
#include <string>

#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/memory_budget.h"
#include "scenes/image_draft.h"
#include "scenes/node_ordering.h"

namespace quadrille {

struct GraphBuild {
  EdgeSource& source;
  BuildOptions& options;
  Parallel& parallel;
  MemoryBudget* budget;
  BuildReport report;
  ImageDraft draft;
  NodeOrdering ordering;
  std::int64_t num_nodes = 0;

  // As the options say, or from the highest id that was met.
  Status set_num_nodes(std::int64_t highest_id);
};

Status too_many_nodes(std::int64_t num_nodes);

// An undirected graph whose edges fit into 4 bytes each, by an EdgeStash and MirroredEdges. `done`
// stays false, and nothing has changed, where they do not.
Status read_once(GraphBuild& build, bool& done);

// Any graph: a reading to count arcs, a second one to put them into buckets.
Status read_twice(GraphBuild& build);

}  // namespace quadrille
