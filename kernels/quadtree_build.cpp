#include "kernels/quadtree_build.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <quadrille/arena.h>
#include <quadrille/parallel.h>

#include "engine/memory_budget.h"
#include "engine/quadtree_image.h"
#include "kernels/kernel_table.h"
#include "kernels/morton.h"
#include "kernels/quadtree_boxes.h"
#include "kernels/quadtree_leaves.h"
#include "kernels/quadtree_number.h"
#include "kernels/quadtree_split.h"
#include "kernels/quadtree_update.h"
#include "kernels/radix_sort.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

// Bodies before quadrants: the image of fewer bodies than there is room for fits, too.
std::size_t most_image_bytes(std::int64_t max_bodies) {
  return static_cast<std::size_t>(
      plan_quadtree_image({max_bodies, max_quadrants(max_bodies)}).image_bytes);
}

// What an update needs beside what a build does.
std::size_t update_bytes(std::int64_t max_bodies) {
  constexpr std::size_t cell_bytes =
      sizeof(TreeCell) + sizeof(LeafSource) + 2 * sizeof(std::int32_t);
  constexpr std::size_t num_arrays = 9;
  constexpr std::size_t body_bytes = 2 * sizeof(float) + sizeof(BodyID);
  return static_cast<std::size_t>(max_tree_cells(max_bodies)) * cell_bytes +
         static_cast<std::size_t>(max_bodies) * body_bytes +
         static_cast<std::size_t>(RemovedBodies::num_words(max_bodies)) *
             (sizeof(std::uint64_t) + sizeof(std::int32_t)) +
         num_arrays * kCacheLineBytes;
}

std::size_t workspace_bytes(std::int64_t max_bodies) {
  constexpr std::size_t quadrant_bytes = sizeof(Box) + sizeof(BodyRange);
  constexpr std::size_t cell_bytes = sizeof(TreeCell) + sizeof(Box);
  constexpr std::size_t num_arrays = 9;  // each may lose a line to its alignment
  return most_image_bytes(max_bodies) +
         static_cast<std::size_t>(max_bodies) * 2 * sizeof(SortRecord) +
         static_cast<std::size_t>(max_quadrants(max_bodies)) * quadrant_bytes +
         static_cast<std::size_t>(max_tree_cells(max_bodies)) * cell_bytes +
         static_cast<std::size_t>(max_cell_runs(max_bodies)) * sizeof(CellRun) +
         sizeof(RadixScratch) + num_arrays * kCacheLineBytes;
}

}  // namespace

struct QuadtreeBuilder::State {
  std::optional<Arena> arena;
  std::span<SortRecord> records, spare;
  std::span<RadixScratch> radix;
  std::span<std::byte> image;
  std::span<float> x, y;  // of the image, as the next three
  std::span<BodyID> order;
  std::span<Quadrant> quadrants;  // as many as may be made
  std::span<Box> boxes;
  std::span<BodyRange> ranges;
  std::span<TreeCell> cells;  // while a tree is made
  std::span<Box> leaf_boxes;  // the same
  std::span<CellRun> runs;    // the same
  MortonSquare square{};      // of the last build
  Box square_box{};           // the same, as a box
  // Of updates alone.
  std::span<TreeCell> kept_cells;  // of the tree that stands
  std::span<std::int32_t> cell_sizes, cell_totals;
  std::span<LeafSource> sources;
  GatheredBodies gathered;
  std::span<std::uint64_t> gone;
  std::span<std::int32_t> gone_before;
  std::int32_t num_kept_cells = 0;
  bool may_part_inside = false, ids_ascend = true;
  QuadtreeUpdate last_update{};
  std::array<std::int32_t, kMaxQuadtreeDepth + 2> depth_begin{};
  QuadtreeView view;

  Status allocate(std::int64_t max_bodies);
  Status allocate_update(std::int64_t max_bodies);
  void lay_out(std::size_t num_bodies);
  void part(std::span<const float> from_x, std::span<const float> from_y, Parallel& parallel,
            const KernelTable& kernels);
  FitLeavesArgs leaves(bool is_by_place) const {
    return {view.quadrants, view.ranges, view.order, ids_ascend, is_by_place, x, y, boxes};
  }
  void number(const MadeCells& made);
  bool is_outgrown() const;
  bool change(std::span<const float> to_x, std::span<const float> to_y,
              std::span<const BodyID> removed, Parallel& parallel);
  void look_at(const QuadtreeTopology& tree);
  void fit(Parallel& parallel);
  void write_header();
};

Status QuadtreeBuilder::State::allocate(std::int64_t max_bodies) {
  const std::int64_t num_quadrants = max_quadrants(max_bodies);
  const std::int64_t num_cells = max_tree_cells(max_bodies);
  const auto image_bytes = static_cast<std::int64_t>(most_image_bytes(max_bodies));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"quadtree records"}, records));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"quadtree spare"}, spare));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, 1, {"radix counters"}, radix));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, image_bytes, {"quadtree image"}, image));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_quadrants, {"quadrant boxes"}, boxes));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_quadrants, {"quadrant ranges"}, ranges));
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
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"update: x"}, gathered.x));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"update: y"}, gathered.y));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"update: ids"}, gathered.ids));
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

void QuadtreeBuilder::State::part(std::span<const float> from_x, std::span<const float> from_y,
                                  Parallel& parallel, const KernelTable& kernels) {
  // Keys stand where the order will: they are read before it is written. Signed and unsigned may
  // share memory.
  const std::span<std::uint32_t> keys(reinterpret_cast<std::uint32_t*>(order.data()),
                                      from_x.size());
  SplitRoom room{.records = records,
                 .spare = spare,
                 .counters = radix[0],
                 .runs = runs,
                 .cells = cells,
                 .columns = {x.data(), y.data(), order.data(), leaf_boxes.data()}};
  split_points({from_x, from_y, keys, square}, room, parallel, kernels);
  number({runs.first(room.num_runs), cells, leaf_boxes.data()});
}

void QuadtreeBuilder::State::number(const MadeCells& made) {
  QuadtreeTopology tree{quadrants, ranges, boxes, depth_begin, kept_cells};
  number_cells(made, tree);
  num_kept_cells = tree.num_cells;
  may_part_inside = tree.may_part_inside;
  ids_ascend = tree.ids_ascend;
  look_at(tree);
}

void QuadtreeBuilder::State::look_at(const QuadtreeTopology& tree) {
  const auto num_quadrants = static_cast<std::size_t>(tree.num_quadrants);
  view.quadrants = quadrants.first(num_quadrants);
  view.order = order;
  view.x = x;
  view.y = y;
  view.boxes = boxes.first(num_quadrants);
  view.ranges = ranges.first(num_quadrants);
  view.depth = tree.depth;
  view.depth_begin = std::span(depth_begin).first(static_cast<std::size_t>(tree.depth) + 2);
  view.num_leaves = tree.num_leaves;
}

void QuadtreeBuilder::State::fit(Parallel& parallel) {
  view.bounds =
      fit_boxes({quadrants.first(view.quadrants.size()), view.depth_begin, boxes}, parallel);
  write_header();
}

void QuadtreeBuilder::State::write_header() {
  HeaderSlab header = plan_quadtree_image({std::ssize(view.order), std::ssize(view.quadrants)});
  describe_tree(view, header);
  std::memcpy(image.data(), &header, sizeof(header));
  clear_padding(image.data(), header);
}

QuadtreeBuilder::QuadtreeBuilder() : state_(std::make_unique<State>()) {}
QuadtreeBuilder::QuadtreeBuilder(QuadtreeBuilder&&) noexcept = default;
QuadtreeBuilder& QuadtreeBuilder::operator=(QuadtreeBuilder&&) noexcept = default;
QuadtreeBuilder::~QuadtreeBuilder() = default;

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

const QuadtreeView& QuadtreeBuilder::build(std::span<const float> x, std::span<const float> y,
                                           Parallel& parallel, const KernelTable& kernels) {
  Box bounds{};
  bounds_of(x, y, parallel, kernels, bounds);
  return build_in(bounds, x, y, parallel, kernels);
}

const QuadtreeView& QuadtreeBuilder::build_in(const Box& square, std::span<const float> x,
                                              std::span<const float> y, Parallel& parallel,
                                              const KernelTable& kernels) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == y.size() && x.size() <= s.records.size());
  const std::size_t count = x.size();
  const std::uint64_t version = s.view.version + 1;
  s.view = {};
  s.view.version = version;
  s.num_kept_cells = 0;
  if (count == 0) {
    if (!s.image.empty()) s.write_header();  // empty: not prepared, for no body
    return s.view;
  }
  s.square_box = square;
  s.square = morton_square(square);
  s.lay_out(count);
  s.part(x, y, parallel, kernels);
  s.fit(parallel);
  return s.view;
}

const QuadtreeView& QuadtreeBuilder::refit(std::span<const float> x, std::span<const float> y,
                                           Parallel& parallel) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == s.view.order.size() && y.size() == x.size());
  if (x.empty()) return s.view;
  fit_leaves(s.leaves(false), x.data(), y.data(), parallel);
  s.fit(parallel);
  return s.view;
}

// When bodies are more than a sixteenth of its side outside of the square, or fill less than half
// of it, its keys tell them apart less well than those of a new one.
bool QuadtreeBuilder::State::is_outgrown() const {
  const auto width = [](const Box& box) { return box.max_x - box.min_x; };
  const auto height = [](const Box& box) { return box.max_y - box.min_y; };
  const Box& bounds = view.bounds;
  const float side = std::max(width(square_box), height(square_box));
  const float margin = side / 16;
  const bool inside = bounds.min_x >= square_box.min_x - margin &&
                      bounds.min_y >= square_box.min_y - margin &&
                      bounds.max_x <= square_box.min_x + side + margin &&
                      bounds.max_y <= square_box.min_y + side + margin;
  return !inside || !(std::max(width(bounds), height(bounds)) >= side / 2);
}

bool QuadtreeBuilder::State::change(std::span<const float> to_x, std::span<const float> to_y,
                                    std::span<const BodyID> removed, Parallel& parallel) {
  const RemovedBodies rank(gone, gone_before, removed);
  const UpdateBodies bodies{to_x,
                            to_y,
                            rank,
                            static_cast<std::int32_t>(view.order.size()),
                            static_cast<std::int32_t>(removed.size()),
                            square};
  const std::span<const BodyID> old_order = order;
  lay_out(to_x.size());
  UpdateRoom room{.records = records,
                  .order = old_order,
                  .gathered = gathered,
                  .old = kept_cells.first(static_cast<std::size_t>(num_kept_cells)),
                  .sizes = cell_sizes,
                  .totals = cell_totals,
                  .cells = cells,
                  .sources = sources,
                  .columns = {x.data(), y.data(), order.data(), leaf_boxes.data()},
                  .may_part_inside = may_part_inside};
  const bool changed = update_cells(bodies, room, parallel);
  last_update = {QuadtreeUpdate::kBuilt, room.num_movers};
  if (!changed) return false;
  last_update.kind = room.num_cells == 0 ? QuadtreeUpdate::kRefitted : QuadtreeUpdate::kMerged;
  if (room.num_cells == 0) {
    fit_leaves(leaves(true), gathered.x.data(), gathered.y.data(), parallel);
    return true;
  }
  ++view.version;
  const CellRun all{
      .cell = {}, .begin = 0, .count = room.num_cells, .is_inner = false, .in_spare = false};
  number({{&all, 1}, cells, leaf_boxes.data()});
  return true;
}

const QuadtreeView& QuadtreeBuilder::update(std::span<const float> x, std::span<const float> y,
                                            std::span<const BodyID> removed, Parallel& parallel,
                                            const KernelTable& kernels) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == y.size() && x.size() <= s.records.size());
  QUADRILLE_ASSERT(!s.kept_cells.empty() && removed.size() <= s.view.order.size() &&
                   x.size() + removed.size() >= s.view.order.size());
  s.last_update = {QuadtreeUpdate::kBuilt, -1};
  if (s.num_kept_cells > 0 && !x.empty() && !s.is_outgrown() && s.change(x, y, removed, parallel)) {
    s.fit(parallel);
    return s.view;
  }
  return build(x, y, parallel, kernels);
}

QuadtreeUpdate QuadtreeBuilder::last_update() const { return state_->last_update; }
const Box& QuadtreeBuilder::square() const { return state_->square_box; }
const QuadtreeView& QuadtreeBuilder::view() const { return state_->view; }

std::span<const std::byte> QuadtreeBuilder::image() const {
  const State& s = *state_;
  if (s.image.empty() || s.view.version == 0) return {};
  return s.image.first(static_cast<std::size_t>(header_of(s.image.data()).image_bytes));
}

}  // namespace quadrille
