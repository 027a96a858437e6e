// Dumps: a frame's column as raw little-endian bytes, in the order of the user's ids.
#pragma once

#include <quadrille/frame.h>
#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "bench/option_values.h"

namespace quadrille::program {

// kInvalidArgument where the schema has no such column: to be asked before hours of steps.
Status check_dump(const FrameSchema& schema, const DumpOption& dump);

// Node ids in a column (`parent`, `label`) become the user's; a label becomes the smallest user id
// that bears it. Planes stand side by side (x, y, x, y), a bit takes a byte. `graph` is null where
// the elements are no nodes.
Status write_dump(const Frame& frame, const GraphView* graph, const DumpOption& dump);

}  // namespace quadrille::program
