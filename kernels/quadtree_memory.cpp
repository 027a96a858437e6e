// Memory of a QuadtreeBuilder: how much, and what stands where. Records of a sort and the image of
// a tree are as long, so where an update is to write the next image a build sorts.
#include <string>
#include <utility>

#include "engine/memory_budget.h"
#include "engine/quadtree_image.h"
#include "kernels/quadtree_state.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

// Bodies before quadrants: the image of fewer bodies than there is room for fits, too.
std::size_t most_image_bytes(std::int64_t max_bodies) {
  return static_cast<std::size_t>(
      plan_quadtree_image({max_bodies, max_quadrants(max_bodies)}).image_bytes);
}

static_assert(sizeof(SortRecord) <= 2 * sizeof(float) + sizeof(BodyID) + sizeof(Quadrant) / 4);

// What an update needs beside what a build does.
std::size_t update_bytes(std::int64_t max_bodies) {
  constexpr std::size_t cell_bytes =
      sizeof(TreeCell) + sizeof(LeafSource) + 2 * sizeof(std::int32_t);
  constexpr std::size_t num_arrays = 6;
  return static_cast<std::size_t>(max_tree_cells(max_bodies)) * cell_bytes +
         static_cast<std::size_t>(RemovedBodies::num_words(max_bodies)) *
             (sizeof(std::uint64_t) + sizeof(std::int32_t)) +
         num_arrays * kCacheLineBytes;
}

std::size_t workspace_bytes(std::int64_t max_bodies) {
  constexpr std::size_t quadrant_bytes = sizeof(Box) + sizeof(BodyRange) + sizeof(std::int32_t);
  constexpr std::size_t cell_bytes = sizeof(TreeCell) + sizeof(Box);
  constexpr std::size_t num_arrays = 10;  // each may lose a line to its alignment
  return 2 * most_image_bytes(max_bodies) +
         static_cast<std::size_t>(max_bodies) * sizeof(SortRecord) +
         static_cast<std::size_t>(max_quadrants(max_bodies)) * quadrant_bytes +
         static_cast<std::size_t>(max_tree_cells(max_bodies)) * cell_bytes +
         static_cast<std::size_t>(max_cell_runs(max_bodies)) * sizeof(CellRun) +
         sizeof(RadixScratch) + num_arrays * kCacheLineBytes;
}

}  // namespace

Status QuadtreeBuilder::State::allocate(std::int64_t max_bodies) {
  const std::int64_t num_quadrants = max_quadrants(max_bodies);
  const std::int64_t num_cells = max_tree_cells(max_bodies);
  const auto image_bytes = static_cast<std::int64_t>(most_image_bytes(max_bodies));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"quadtree records"}, records));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, 1, {"radix counters"}, radix));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, image_bytes, {"quadtree image"}, image));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, image_bytes, {"quadtree spare"}, other_image));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_quadrants, {"quadrant boxes"}, boxes));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_quadrants, {"quadrant ranges"}, ranges));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(*arena, num_quadrants, {"quadtree leaves"}, leaf_numbers));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_cells, {"quadtree cells"}, cells));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_cells, {"leaf boxes"}, leaf_boxes));
  return allocate_scratch(*arena, max_cell_runs(max_bodies), {"quadtree runs"}, runs);
}

Status QuadtreeBuilder::State::allocate_update(std::int64_t max_bodies) {
  const std::int64_t num_cells_at_most = max_tree_cells(max_bodies);
  const std::int64_t num_words = RemovedBodies::num_words(max_bodies);
  const auto allocate_cells = [&](auto& array, Label label) {
    return allocate_scratch(*arena, num_cells_at_most, label, array);
  };
  QUADRILLE_RETURN_IF_ERROR(allocate_cells(kept_cells, {"update: cells"}));
  QUADRILLE_RETURN_IF_ERROR(allocate_cells(cell_sizes, {"update: sizes"}));
  QUADRILLE_RETURN_IF_ERROR(allocate_cells(cell_totals, {"update: totals"}));
  QUADRILLE_RETURN_IF_ERROR(allocate_cells(sources, {"update: leaves"}));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_words, {"update: gone"}, gone));
  return allocate_scratch(*arena, num_words, {"update: ranks"}, gone_before);
}

// Where the slabs of a tree of that many bodies lie; of quadrants there is room for the most.
void QuadtreeBuilder::State::lay_out(std::size_t num_bodies) {
  const auto bodies = static_cast<std::int64_t>(num_bodies);
  const HeaderSlab plan = plan_quadtree_image({bodies, max_quadrants(bodies)});
  const auto at = [&](SlabName name) {
    return image.data() + static_cast<std::size_t>(plan.slabs[name].offset);
  };
  order = {reinterpret_cast<BodyID*>(at(kSlabOrder)), num_bodies};
  x = {reinterpret_cast<float*>(at(kSlabX)), num_bodies};
  y = {reinterpret_cast<float*>(at(kSlabY)), num_bodies};
  quadrants = {reinterpret_cast<Quadrant*>(at(kSlabNodes)),
               static_cast<std::size_t>(max_quadrants(bodies))};
}

Status QuadtreeBuilder::prepare(std::int64_t max_bodies, MemoryBudget* budget, QuadtreeUse use) {
  if (max_bodies < 0 || max_bodies > kMaxQuadtreeBodies) {
    return {StatusCode::kInvalidArgument, "a quadtree cannot hold " + std::to_string(max_bodies) +
                                              " bodies; at most " +
                                              std::to_string(kMaxQuadtreeBodies)};
  }
  auto state = std::make_unique<State>();
  ArenaOptions options;
  options.capacity_bytes =
      workspace_bytes(max_bodies) + (use == QuadtreeUse::kUpdate ? update_bytes(max_bodies) : 0);
  options.budget = budget;
  options.name = {"quadtree"};
  // Asked first: the budget knows its own sentence.
  if (budget != nullptr) QUADRILLE_RETURN_IF_ERROR(budget->check(options.capacity_bytes));
  QUADRILLE_ASSIGN_OR_RETURN(state->arena, Arena::create(options));
  QUADRILLE_RETURN_IF_ERROR(state->allocate(max_bodies));
  if (use == QuadtreeUse::kUpdate) QUADRILLE_RETURN_IF_ERROR(state->allocate_update(max_bodies));
  state_ = std::move(state);
  return Status::ok();
}

}  // namespace quadrille
