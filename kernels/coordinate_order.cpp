#include "kernels/coordinate_order.h"

#include <algorithm>

#include <quadrille/parallel.h>

#include "kernels/components.h"
#include "kernels/morton.h"
#include "kernels/node_sets.h"
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

Result<CoordinateOrder> order_by_coordinates(const GraphView& graph, Parallel& parallel,
                                             const KernelTable& kernels, Arena& scratch) {
  CoordinateOrder result;
  std::span<SortRecord> records;
  std::span<NodeID> label, component;  // by internal id; by label
  std::span<std::uint64_t> active;
  const NodeID nodes = graph.num_nodes();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, kLabel, result.order));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, kLabel, records));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, kLabel, label));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, kLabel, component));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, bit_words(nodes), kLabel, active));
  QUADRILLE_RETURN_IF_ERROR(sort_by_morton(graph, records, parallel, kernels, scratch));
  QUADRILLE_RETURN_IF_ERROR(run_components(graph, {label, active}, parallel, kernels, scratch));

  // Components are numbered as they are met; nodes then sorted by that number, in this order.
  std::vector<NodeID>& first = result.component;
  first.push_back(0);
  std::fill(component.begin(), component.end(), -1);
  for (const SortRecord& record : records) {
    NodeID& number = component.data()[label.data()[record.id]];
    if (number < 0) {
      number = static_cast<NodeID>(first.size()) - 1;
      first.push_back(0);
    }
    ++first[static_cast<std::size_t>(number) + 1];
  }
  for (std::size_t k = 1; k < first.size(); ++k) first[k] += first[k - 1];
  std::vector<NodeID> next(first.begin(), first.end() - 1);
  for (const SortRecord& record : records) {
    const NodeID number = component.data()[label.data()[record.id]];
    result.order.data()[next[static_cast<std::size_t>(number)]++] = record.id;
  }
  return result;
}

}  // namespace quadrille
