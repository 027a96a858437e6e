#include "kernels/coordinate_order.h"

#include <algorithm>
#include <vector>

#include <quadrille/parallel.h>

#include "kernels/morton.h"
#include "kernels/radix_sort.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr Label kLabel{"placement order"};

Status sort_by_morton(const GraphView& graph, std::span<SortRecord> records, Parallel& parallel,
                      const KernelTable& kernels, Arena& scratch) {
  std::span<std::uint32_t> keys;
  std::span<SortRecord> spare;
  std::span<RadixScratch> radix;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph.num_nodes(), kLabel, keys));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph.num_nodes(), kLabel, spare));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, 1, kLabel, radix));
  Box bounds{};
  bounds_of(graph.x(), graph.y(), parallel, kernels, bounds);
  encode_morton(graph.x(), graph.y(), morton_square(bounds), keys, parallel, kernels);
  radix_sort({graph.x(), graph.y(), keys}, records, spare, radix[0], parallel);
  return Status::ok();
}

}  // namespace

Result<std::span<NodeID>> order_by_coordinates(const GraphView& graph, const ComponentWalk& walk,
                                               Parallel& parallel, const KernelTable& kernels,
                                               Arena& scratch) {
  std::span<NodeID> order, component;  // the latter by local id
  std::span<SortRecord> records;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph.num_nodes(), kLabel, order));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph.num_nodes(), kLabel, component));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph.num_nodes(), kLabel, records));
  QUADRILLE_RETURN_IF_ERROR(sort_by_morton(graph, records, parallel, kernels, scratch));
  for (std::size_t k = 0; k < walk.num_components(); ++k) {
    std::fill(component.data() + walk.first[k], component.data() + walk.first[k + 1],
              static_cast<NodeID>(k));
  }
  std::vector<NodeID> next = walk.first;
  for (const SortRecord& record : records) {
    const NodeID local = walk.place.data()[record.id];
    order.data()[next[static_cast<std::size_t>(component.data()[local])]++] = local;
  }
  return order;
}

}  // namespace quadrille
