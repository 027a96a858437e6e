#include "engine/memory_sections.h"

#include <string>

#include "engine/slab.h"

namespace quadrille {
namespace {

const char* slab_label(std::uint32_t name) {
  switch (name) {
    case kSlabBlockTable: return "graph: block table";
    case kSlabNodes: return "graph: nodes";
    case kSlabEdges: return "graph: edges";
    case kSlabWeights: return "graph: weights";
    case kSlabInBlockTable: return "graph: in block table";
    case kSlabInNodes: return "graph: in nodes";
    case kSlabInEdges: return "graph: in edges";
    case kSlabInWeights: return "graph: in weights";
    case kSlabX: return "graph: x";
    case kSlabY: return "graph: y";
    case kSlabUserIds: return "graph: user ids";
    case kSlabInternalIds: return "graph: internal ids";
    default: return "graph: other slabs";
  }
}

}  // namespace

std::vector<MemorySection> frame_sections(const FrameLayout& layout, const std::byte* slot) {
  std::vector<MemorySection> sections;
  for (ColumnID column = 0; column < layout.num_columns(); ++column) {
    const ColumnLayout& place = layout[column];
    sections.push_back({"frame: " + layout.schema()[column].name, place.bytes,
                        reinterpret_cast<const std::int64_t*>(slot + place.steps_offset)});
  }
  return sections;
}

std::vector<MemorySection> graph_sections(std::span<const std::byte> image) {
  std::vector<MemorySection> sections;
  if (image.empty()) return sections;
  const auto& header = *reinterpret_cast<const HeaderSlab*>(image.data());
  for (std::uint32_t name = 0; name < kNumSlabs; ++name) {
    sections.push_back(
        {slab_label(name), static_cast<std::size_t>(header.slabs[name].length), nullptr});
  }
  return sections;
}

}  // namespace quadrille
