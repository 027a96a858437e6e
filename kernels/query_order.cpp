#include "kernels/query_order.h"

#include <quadrille/parallel.h>

#include "kernels/hilbert.h"
#include "kernels/radix_sort.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kOrderGrain = 16 * 1024;
constexpr std::size_t kFewQueries = 64;

}  // namespace

Result<QueryScratch> order_queries(std::span<const double> x, std::span<const double> y,
                                   const MortonSquare& square, std::int64_t num_neighbors,
                                   MemoryBudget* budget, Parallel& parallel) {
  const std::size_t to_sort = x.size() > kFewQueries ? x.size() : 0;
  const auto count = static_cast<std::int64_t>(to_sort);
  ArenaOptions options;
  options.budget = budget;
  options.name = {"query order"};
  options.capacity_bytes =
      to_sort * (2 * sizeof(SortRecord) + sizeof(BodyID)) + sizeof(RadixScratch) +
      static_cast<std::size_t>(num_neighbors) * sizeof(Neighbor) + 5 * kCacheLineBytes;
  QueryScratch scratch;
  QUADRILLE_ASSIGN_OR_RETURN(scratch.arena, Arena::create(options));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*scratch.arena, num_neighbors, {"query neighbors"}, scratch.neighbors));
  if (to_sort == 0) return scratch;
  std::span<SortRecord> records, spare;
  std::span<RadixScratch> radix;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*scratch.arena, count, {"query order"}, scratch.which));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*scratch.arena, count, {"query records"}, records));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*scratch.arena, count, {"query spare"}, spare));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*scratch.arena, 1, {"radix counters"}, radix));
  parallel.for_range(count, kOrderGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const auto at_x = static_cast<float>(x[i]), at_y = static_cast<float>(y[i]);
      records[i] = {at_x, at_y, hilbert_key(morton_key(at_x, at_y, square)),
                    static_cast<BodyID>(i)};
    }
  });
  radix_sort(records, spare, radix[0], parallel);
  parallel.for_range(count, kOrderGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      scratch.which[i] = records[i].id;
    }
  });
  return scratch;
}

}  // namespace quadrille
