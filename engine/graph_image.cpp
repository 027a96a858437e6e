#include "engine/graph_image.h"

#include <cstring>

namespace quadrille {
namespace {

// The four slabs of one direction; `first` is its block table.
void append_lists(HeaderSlab& header, SlabName first, const GraphImageShape& shape, bool weighted) {
  const std::int64_t num_blocks = (shape.num_nodes + kNodeBlockSize - 1) >> kNodeBlockShift;
  append_slab(header, first, num_blocks, sizeof(NodeBlock));
  append_slab(header, SlabName(first + 1), shape.num_nodes, sizeof(NodeRecord));
  append_slab(header, SlabName(first + 2), shape.num_arcs, sizeof(NodeID));
  if (weighted) append_slab(header, SlabName(first + 3), shape.num_arcs, sizeof(Weight));
}

}  // namespace

HeaderSlab plan_graph_image(const GraphImageShape& shape) {
  const bool weighted = shape.weighted || shape.real_weights;
  HeaderSlab header = plan_header(SlabKind::kGraph);
  header.num_nodes = shape.num_nodes;
  header.num_edges = shape.num_edges;
  header.num_arcs = shape.num_arcs;
  header.flags = (shape.directed ? kGraphDirected : 0) | (weighted ? kGraphWeighted : 0) |
                 (shape.real_weights ? kGraphRealWeights : 0);
  append_lists(header, kSlabBlockTable, shape, weighted);
  if (shape.directed) append_lists(header, kSlabInBlockTable, shape, weighted);
  if (shape.has_coordinates) {
    append_slab(header, kSlabX, shape.num_nodes, sizeof(float));
    append_slab(header, kSlabY, shape.num_nodes, sizeof(float));
  }
  if (shape.reordered) {
    append_slab(header, kSlabUserIds, shape.num_nodes, sizeof(NodeID));
    append_slab(header, kSlabInternalIds, shape.num_nodes, sizeof(NodeID));
  }
  if (shape.named_by_numbers)
    append_slab(header, kSlabNameNumbers, shape.num_nodes, sizeof(std::uint64_t));
  if (shape.name_bytes != 0) {
    append_slab(header, kSlabNameOffsets, shape.num_nodes + 1, sizeof(std::uint64_t));
    append_slab(header, kSlabNameBytes, static_cast<std::int64_t>(shape.name_bytes), 1);
  }
  return header;
}

void write_names(const NodeNames& names, std::byte* image, const HeaderSlab& header) {
  const auto copy = [&](SlabName slab, const void* from) {
    const SlabRange& range = header.slabs[slab];
    if (range.length != 0) std::memcpy(image + range.offset, from, range.length);
  };
  copy(kSlabNameNumbers, names.numbers().data());
  copy(kSlabNameOffsets, names.offsets().data());
  copy(kSlabNameBytes, names.bytes().data());
}

}  // namespace quadrille
