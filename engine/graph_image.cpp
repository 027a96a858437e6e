#include "engine/graph_image.h"

#include <quadrille/graph.h>

namespace quadrille {
namespace {

void append(HeaderSlab& header, SlabName name, std::int64_t count, std::size_t element_bytes) {
  const std::uint64_t length = static_cast<std::uint64_t>(count) * element_bytes;
  header.slabs[name] = {length == 0 ? 0 : header.image_bytes, length};
  header.image_bytes += (length + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
}

// The four slabs of one direction; `first` is its block table.
void append_lists(HeaderSlab& header, SlabName first, const GraphImageShape& shape, bool weighted) {
  const std::int64_t num_blocks = (shape.num_nodes + kNodeBlockSize - 1) >> kNodeBlockShift;
  append(header, first, num_blocks, sizeof(NodeBlock));
  append(header, SlabName(first + 1), shape.num_nodes, sizeof(NodeRecord));
  append(header, SlabName(first + 2), shape.num_arcs, sizeof(NodeID));
  if (weighted) append(header, SlabName(first + 3), shape.num_arcs, sizeof(Weight));
}

}  // namespace

HeaderSlab plan_graph_image(const GraphImageShape& shape) {
  const bool weighted = shape.weighted || shape.real_weights;
  HeaderSlab header{};
  header.magic = kSlabMagic;
  header.format = kSlabFormat;
  header.kind = SlabKind::kGraph;
  header.image_bytes = sizeof(HeaderSlab);
  header.num_nodes = shape.num_nodes;
  header.num_edges = shape.num_edges;
  header.num_arcs = shape.num_arcs;
  header.flags = (shape.directed ? kGraphDirected : 0) | (weighted ? kGraphWeighted : 0) |
                 (shape.real_weights ? kGraphRealWeights : 0);
  append_lists(header, kSlabBlockTable, shape, weighted);
  if (shape.directed) append_lists(header, kSlabInBlockTable, shape, weighted);
  if (shape.has_coordinates) {
    append(header, kSlabX, shape.num_nodes, sizeof(float));
    append(header, kSlabY, shape.num_nodes, sizeof(float));
  }
  if (shape.reordered) {
    append(header, kSlabUserIds, shape.num_nodes, sizeof(NodeID));
    append(header, kSlabInternalIds, shape.num_nodes, sizeof(NodeID));
  }
  return header;
}

}  // namespace quadrille
