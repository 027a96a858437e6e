// The Hilbert order of a batch of queries: neighbors in the order look at the same part of a tree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/morton_square.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "kernels/query_body.h"

namespace quadrille {

class MemoryBudget;
class Parallel;

// Room for `bytes` in at most eight arrays.
inline Result<Arena> query_arena(std::size_t bytes, MemoryBudget* budget) {
  ArenaOptions options;
  options.budget = budget;
  options.name = {"query"};
  options.capacity_bytes = bytes + 8 * kCacheLineBytes;
  return Arena::create(options);
}

// Memory of one batch, given back at its end.
struct QueryScratch {
  std::optional<Arena> arena;
  std::span<BodyID> which;        // queries in Hilbert order; empty: too few to be worth it
  std::span<Neighbor> neighbors;  // as many as asked for
  std::size_t query(std::size_t i) const {  // that is the i-th to be answered
    return which.empty() ? i : static_cast<std::size_t>(which[i]);
  }
};

Result<QueryScratch> order_queries(std::span<const double> x, std::span<const double> y,
                                   const MortonSquare& square, std::int64_t num_neighbors,
                                   MemoryBudget* budget, Parallel& parallel);

}  // namespace quadrille
