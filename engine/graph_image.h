// Where the slabs of a graph image lie, from the counts alone; the builder fills them, GraphView
// reads them.
#pragma once

#include <cstddef>
#include <span>

#include <quadrille/graph.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/slab.h"

namespace quadrille {

struct GraphImageShape {
  std::int64_t num_nodes = 0;
  std::int64_t num_edges = 0;  // an undirected edge once
  EdgeOffset num_arcs =
      0;  // entries of the out lists; the in lists of a directed graph have as many
  bool directed = false;
  bool weighted = false;
  bool real_weights = false;  // weights are float bits; implies weighted
  bool has_coordinates = false;
  bool reordered = false;         // user ids differ from internal ids
  bool named_by_numbers = false;  // users call nodes by numbers of 64 bits
  std::uint64_t name_bytes = 0;   // or by texts of so many bytes in all

  void set_names(const NodeNames& names) {
    named_by_numbers = !names.numbers().empty();
    name_bytes = names.bytes().size();
  }
};

// The finished header of such an image: slabs in the order of their names, each on a 64-byte
// boundary. What the counts do not say (version, root, depth, bounds) is zero.
HeaderSlab plan_graph_image(const GraphImageShape& shape);

// To where the header of the image says that they lie; nothing where there are none.
void write_names(const NodeNames& names, std::byte* image, const HeaderSlab& header);

// That the bytes begin with a header whose layout its counts give, and are the image that it tells
// of: from then on every slab lies inside.
Status check_graph_layout(std::span<const std::byte> image);

// As verify_graph_image(), but by all threads (null: the calling one), and whether each arc stands
// in the lists of both directions is told by 64-bit sums over the arcs, without a cache miss for
// each. Damage does not get past them. The sentence of a fault is the same.
Status check_graph_image(std::span<const std::byte> image, Parallel* parallel = nullptr,
                         GraphTotals* totals = nullptr);

// Whether each arc stands in the lists of both directions with one weight (undirected: whether its
// target's list has it back), by the same sums; all else of the graph is as it must be.
bool holds_both_arcs(const GraphView& graph, Parallel& parallel);

}  // namespace quadrille
