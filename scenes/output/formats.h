// The writers of graph formats, one for each reader in scenes/input.
#pragma once

#include <string>

#include <quadrille/output.h>

#include "engine/text_writer.h"

namespace quadrille {

// A weight as its slab means it: a whole number or a real.
inline void put_weight(TextWriter& out, const GraphView& view, Weight w) {
  if (view.real_weights()) {
    out << __builtin_bit_cast(float, w);
  } else {
    out << w;
  }
}

// What the user calls a node.
inline void put_name(TextWriter& out, const GraphView& view, NodeID user) {
  const NodeNames& names = view.names();
  if (names.are_texts()) {
    out << names.text(user);
  } else if (names.empty()) {
    out << user;
  } else {
    out << names.number(user);
  }
}

Status write_edge_list(const GraphView& view, const std::string& path, WriteReport& report);
Status write_matrix_market(const GraphView& view, const std::string& path);
Status write_metis(const GraphView& view, const std::string& path);
Status write_dimacs(const GraphView& view, const std::string& path, WriteReport& report);
Status write_gapbs(const GraphView& view, const std::string& path);
Status write_graphml(const GraphView& view, const std::string& path);

}  // namespace quadrille
