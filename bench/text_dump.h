// Dumps as text: a line a node, with the ids of the user.
#pragma once

#include <quadrille/frame.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "bench/option_values.h"

namespace quadrille::program {

// Whether a dump of that name is one: .csv or .tsv, also compressed.
bool is_text_dump(const std::string& path);

// A header, `node,distance`, and a line for each element, by ascending user id. What names a node
// (`parent`, `label`) is what the user calls it, empty where there is none. `graph` is null where
// the elements are no nodes: they are numbered.
Status write_text_dump(const Frame& frame, const GraphView* graph, const DumpOption& dump);

}  // namespace quadrille::program
