// Updates of a graph as text: a line an edge, `+ u v` or `+ u v w` to insert it (or to give it
// another weight), `- u v` to delete it; nodes as the user calls them; `#` and `%` comments.
#pragma once

#include <string>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "engine/arc_edits.h"
#include "engine/memory_budget.h"

namespace quadrille {

// In the order of the file, by internal ids. An insertion may name the next node that the graph
// does not have: it has it from then on; not where nodes have names, by the order of which user ids
// go; these may stand in double quotes in .csv and .tsv. kInvalidInput: "FILE:LINE: what".
Result<std::vector<EdgeEdit>> read_updates(const std::string& path, const GraphView& graph,
                                           MemoryBudget* budget);

}  // namespace quadrille
