// DistinctEdges: the edges of an undirected source that names them more than once, each once.
//
// Lists on the web often name an edge from both of its ends. Put into the image as they are they
// would take twice its size until duplicates are squeezed out; here an edge takes 4 bytes (6 above
// 16 million nodes), duplicates too, and half of the image's once they are gone.
#pragma once

#include <span>
#include <utility>

#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/memory_budget.h"
#include "engine/region.h"
#include "scenes/arc_buckets.h"

namespace quadrille {

class DistinctEdges final : public EdgeSource {
 public:
  // `counts`: edges by the bucket of their lower end.
  static Result<DistinctEdges> reserve(const ArcPacking& packing, bool weighted,
                                       std::span<const std::int64_t> counts, MemoryBudget* budget);
  // To be filled from the lower ends; then squeeze().
  BucketSpace& space() { return space_; }
  void squeeze(Parallel& parallel);

  std::int64_t num_chunks() const override { return space_.packing().num_buckets(); }
  Status read(std::int64_t chunk, EdgeSink& sink) override;

 private:
  DistinctEdges(Region region, BucketSpace space)
      : region_(std::move(region)), space_(std::move(space)) {}
  Region region_;
  BucketSpace space_;
};

}  // namespace quadrille
