#include "scenes/image_draft.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/graph_image.h"

namespace quadrille {

void ImageDraft::plan(std::int64_t num_nodes, EdgeOffset num_arcs, std::int64_t num_edges,
                      bool reordered) {
  num_nodes_ = num_nodes;
  GraphImageShape shape;
  shape.num_nodes = num_nodes;
  shape.num_edges = num_edges;
  shape.num_arcs = num_arcs;
  shape.directed = options_.directed;
  shape.weighted = options_.weighted;
  shape.real_weights = options_.real_weights;
  shape.has_coordinates = !options_.x.empty();
  shape.reordered = reordered;
  shape.set_names(options_.names);
  layout_ = plan_graph_image(shape);
  layout_.version = options_.version;
}

Status ImageDraft::reserve(std::size_t slack_bytes) {
  QUADRILLE_ASSIGN_OR_RETURN(image_, Region::reserve(layout_.image_bytes + slack_bytes,
                                                     {.budget = budget_, .label = {"graph"}}));
  return Status::ok();
}

Status ImageDraft::commit() {
  return image_.commit(std::max<std::size_t>(image_.committed(), layout_.image_bytes));
}

AdjacencyLists ImageDraft::lists(SlabName block_table) const {
  const auto slab = [&](std::uint32_t offset) {
    return at(static_cast<SlabName>(block_table + offset));
  };
  AdjacencyLists lists;
  lists.blocks = reinterpret_cast<NodeBlock*>(slab(0));
  lists.records = reinterpret_cast<NodeRecord*>(slab(1));
  lists.targets = reinterpret_cast<NodeID*>(slab(2));
  lists.weights = options_.weighted ? reinterpret_cast<Weight*>(slab(3)) : nullptr;
  lists.num_nodes = num_nodes_;
  return lists;
}

Result<BucketSpace> ImageDraft::bucket_space(SlabName block_table,
                                             std::span<const std::int64_t> counts) {
  const ArcPacking packing(num_nodes_);
  const auto edges = static_cast<SlabName>(block_table + kSlabEdges);
  const auto weight_slab = static_cast<SlabName>(block_table + kSlabWeights);
  const auto arcs =
      static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  const std::size_t slack = arcs * (packing.word_bytes() - sizeof(NodeID));
  const std::size_t weights = layout_.slabs[weight_slab].offset +
                              (slack + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
  const SlabRange& nodes = layout_.slabs[block_table + kSlabNodes];
  std::size_t end = layout_.slabs[edges].offset + arcs * packing.word_bytes();
  if (options_.weighted) end = weights + arcs * sizeof(Weight);
  end = std::max({end, sizeof(HeaderSlab), static_cast<std::size_t>(nodes.offset + nodes.length)});
  QUADRILLE_RETURN_IF_ERROR(image_.commit(std::max(image_.committed(), end)));
  auto* const weights_at =
      options_.weighted ? reinterpret_cast<Weight*>(image_.base() + weights) : nullptr;
  return BucketSpace(packing, at(edges), weights_at, counts);
}

void ImageDraft::move_weights(SlabName weight_slab, const Weight* from) {
  if (from != nullptr) std::memmove(at(weight_slab), from, layout_.slabs[weight_slab].length);
}

void ImageDraft::write_coordinates(const NodeOrdering& ordering) {
  if (options_.x.empty()) return;
  auto* x = reinterpret_cast<float*>(at(kSlabX));
  auto* y = reinterpret_cast<float*>(at(kSlabY));
  for (std::size_t v = 0; v < options_.x.size(); ++v) {
    const std::size_t user =
        ordering.is_reordered() ? static_cast<std::size_t>(ordering.user()[v]) : v;
    x[v] = options_.x[user];
    y[v] = options_.y[user];
  }
  const auto [min_x, max_x] = std::minmax_element(options_.x.begin(), options_.x.end());
  const auto [min_y, max_y] = std::minmax_element(options_.y.begin(), options_.y.end());
  const double bounds[] = {*min_x, *min_y, *max_x, *max_y};
  std::copy(std::begin(bounds), std::end(bounds), layout_.bounds);
}

void ImageDraft::write_ids(const NodeOrdering& ordering) {
  write_names(options_.names, image_.base(), layout_);
  if (!ordering.is_reordered()) return;
  const std::size_t bytes = ordering.user().size() * sizeof(NodeID);
  std::memcpy(at(kSlabUserIds), ordering.user().data(), bytes);
  std::memcpy(at(kSlabInternalIds), ordering.internal(), bytes);
}

// The bytes between slabs may have held longer lists; images are hashed, so they must be zero.
void ImageDraft::clear_padding() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> used{{0, sizeof(HeaderSlab)}};
  for (const SlabRange& slab : layout_.slabs) {
    if (slab.length != 0) used.emplace_back(slab.offset, slab.offset + slab.length);
  }
  std::sort(used.begin(), used.end());
  used.emplace_back(layout_.image_bytes, layout_.image_bytes);
  for (std::size_t i = 1; i < used.size(); ++i) {
    std::memset(image_.base() + used[i - 1].second, 0, used[i].first - used[i - 1].second);
  }
}

Graph ImageDraft::finish() {
  clear_padding();
  image_.decommit_after(layout_.image_bytes);
  std::memcpy(image_.base(), &layout_, sizeof(HeaderSlab));
  return Graph::adopt(std::move(image_));
}

}  // namespace quadrille
