// Edge lists whose nodes have names: read once to collect and rank these, and then as an EdgeSource
// whose ids are the ranks.
#pragma once

#include <string_view>

#include "scenes/input/formats.h"

namespace quadrille {

// What is known of an edge list before its edges are read.
struct EdgeListShape {
  const char* column_names = nullptr;  // a line that names columns; null: there is none
  std::string_view first_edge;         // empty: there is none
  bool has_weights = false;
};

// By context.options.ids, which are not kDense. Nodes are those that occur.
Result<Graph> read_named_edges(ReadContext& context, const EdgeListShape& shape);

}  // namespace quadrille
