// ImageDraft: a graph image while it is built: where its slabs lie, and what is not lists in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <quadrille/graph.h>
#include <quadrille/graph_builder.h>
#include <quadrille/status.h>

#include "engine/memory_budget.h"
#include "engine/region.h"
#include "engine/slab.h"
#include "scenes/adjacency_lists.h"
#include "scenes/arc_buckets.h"
#include "scenes/node_ordering.h"

namespace quadrille {

class ImageDraft {
 public:
  // `options` must outlive it.
  ImageDraft(const BuildOptions& options, MemoryBudget* budget)
      : options_(options), budget_(budget) {}

  // Lays the image out; once more when there turn out to be fewer arcs.
  void plan(std::int64_t num_nodes, EdgeOffset num_arcs, std::int64_t num_edges, bool reordered);
  // Address space for the plan and `slack_bytes` more.
  Status reserve(std::size_t slack_bytes);
  Status commit();  // all of the plan

  AdjacencyLists lists(SlabName block_table) const;
  // Buckets lie where the lists of that block table will. Words that are wider than targets push
  // the weights up; the reserved slack has room for that.
  Result<BucketSpace> bucket_space(SlabName block_table, std::span<const std::int64_t> counts);
  // Weights to where they belong; null: there are none.
  void move_weights(SlabName weight_slab, const Weight* from);

  void write_coordinates(const NodeOrdering& ordering);
  void write_ids(const NodeOrdering& ordering);
  // What no list has written to is zeroed, what is left over given back.
  Graph finish();

 private:
  std::byte* at(SlabName name) const { return image_.base() + layout_.slabs[name].offset; }
  void clear_padding();

  const BuildOptions& options_;
  MemoryBudget* budget_;
  Region image_;
  HeaderSlab layout_{};
  std::int64_t num_nodes_ = 0;
};

}  // namespace quadrille
