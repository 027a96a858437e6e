#include "kernels/quadtree_build.h"

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
#include "kernels/quadtree_split.h"
#include "kernels/radix_sort.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBodyGrain = 16 * 1024;  // bodies

// Bodies before quadrants: the image of fewer bodies than there is room for fits, too.
std::size_t most_image_bytes(std::int64_t max_bodies) {
  return static_cast<std::size_t>(
      plan_quadtree_image({max_bodies, max_quadrants(max_bodies)}).image_bytes);
}

std::size_t workspace_bytes(std::int64_t max_bodies) {
  constexpr std::size_t quadrant_bytes = sizeof(Box) + sizeof(BodyRange) + sizeof(QuadrantCuts);
  constexpr std::size_t num_arrays = 7;  // each may lose a line to its alignment
  return most_image_bytes(max_bodies) +
         static_cast<std::size_t>(max_bodies) * 2 * sizeof(SortRecord) +
         static_cast<std::size_t>(max_quadrants(max_bodies)) * quadrant_bytes +
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
  std::span<QuadrantCuts> cuts;
  std::array<std::int32_t, kMaxQuadtreeDepth + 2> depth_begin{};
  QuadtreeView view;

  Status allocate(std::int64_t max_bodies);
  void lay_out(std::size_t num_bodies);
  void sort(std::span<const float> from_x, std::span<const float> from_y, Parallel& parallel,
            const KernelTable& kernels);
  void write_columns(Parallel& parallel);
  void fit(Parallel& parallel);
  void write_header();
};

Status QuadtreeBuilder::State::allocate(std::int64_t max_bodies) {
  const std::int64_t num_quadrants = max_quadrants(max_bodies);
  const auto image_bytes = static_cast<std::int64_t>(most_image_bytes(max_bodies));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"quadtree records"}, records));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, max_bodies, {"quadtree spare"}, spare));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, 1, {"radix counters"}, radix));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, image_bytes, {"quadtree image"}, image));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_quadrants, {"quadrant boxes"}, boxes));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(*arena, num_quadrants, {"quadrant ranges"}, ranges));
  return allocate_scratch(*arena, num_quadrants, {"quadrant cuts"}, cuts);
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

void QuadtreeBuilder::State::sort(std::span<const float> from_x, std::span<const float> from_y,
                                  Parallel& parallel, const KernelTable& kernels) {
  Box bounds{};
  bounds_of(from_x, from_y, parallel, kernels, bounds);
  // Keys stand where the order will: they are read before it is written. Signed and unsigned may
  // share memory.
  const std::span<std::uint32_t> keys(reinterpret_cast<std::uint32_t*>(order.data()),
                                      from_x.size());
  encode_morton(from_x, from_y, morton_square(bounds), keys, parallel, kernels);
  radix_sort({from_x, from_y, keys}, records.first(from_x.size()), spare.first(from_x.size()),
             radix[0], parallel);
}

void QuadtreeBuilder::State::write_columns(Parallel& parallel) {
  parallel.for_range(static_cast<std::int64_t>(view.order.size()), kBodyGrain,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (auto i = static_cast<std::size_t>(begin);
                            i < static_cast<std::size_t>(end); ++i) {
                         x[i] = records[i].x;
                         y[i] = records[i].y;
                         order[i] = records[i].id;
                       }
                     });
}

void QuadtreeBuilder::State::fit(Parallel& parallel) {
  view.bounds = fit_boxes({quadrants.first(view.quadrants.size()), view.ranges, view.depth_begin,
                           view.x, view.y, boxes},
                          parallel);
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

Status QuadtreeBuilder::prepare(std::int64_t max_bodies, MemoryBudget* budget) {
  if (max_bodies < 0 || max_bodies > kMaxQuadtreeBodies) {
    return {StatusCode::kInvalidArgument, "a quadtree cannot hold " + std::to_string(max_bodies) +
                                              " bodies; at most " +
                                              std::to_string(kMaxQuadtreeBodies)};
  }
  auto state = std::make_unique<State>();
  ArenaOptions options;
  options.capacity_bytes = workspace_bytes(max_bodies);
  options.budget = budget;
  options.name = {"quadtree"};
  // Asked first: the budget knows its own sentence.
  if (budget != nullptr) QUADRILLE_RETURN_IF_ERROR(budget->check(options.capacity_bytes));
  QUADRILLE_ASSIGN_OR_RETURN(state->arena, Arena::create(options));
  QUADRILLE_RETURN_IF_ERROR(state->allocate(max_bodies));
  state_ = std::move(state);
  return Status::ok();
}

const QuadtreeView& QuadtreeBuilder::build(std::span<const float> x, std::span<const float> y,
                                           Parallel& parallel, const KernelTable& kernels) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == y.size() && x.size() <= s.records.size());
  const std::size_t count = x.size();
  const std::uint64_t version = s.view.version + 1;
  s.view = {};
  s.view.version = version;
  if (count == 0) {
    if (!s.image.empty()) s.write_header();  // empty: not prepared, for no body
    return s.view;
  }
  s.lay_out(count);
  s.sort(x, y, parallel, kernels);
  QuadtreeTopology tree{s.quadrants, s.ranges, s.cuts, s.depth_begin};
  split_quadrants(s.records.first(count), s.spare.first(count), s.radix[0], parallel, tree);
  const auto num_quadrants = static_cast<std::size_t>(tree.num_quadrants);
  s.view.quadrants = s.quadrants.first(num_quadrants);
  s.view.order = s.order;
  s.view.x = s.x;
  s.view.y = s.y;
  s.view.boxes = s.boxes.first(num_quadrants);
  s.view.ranges = s.ranges.first(num_quadrants);
  s.view.depth = tree.depth;
  s.view.depth_begin = std::span(s.depth_begin).first(static_cast<std::size_t>(tree.depth) + 2);
  s.view.num_leaves = tree.num_leaves;
  s.write_columns(parallel);
  s.fit(parallel);
  return s.view;
}

const QuadtreeView& QuadtreeBuilder::refit(std::span<const float> x, std::span<const float> y,
                                           Parallel& parallel) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == s.view.order.size() && y.size() == x.size());
  if (x.empty()) return s.view;
  parallel.for_range(static_cast<std::int64_t>(x.size()), kBodyGrain,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (auto i = static_cast<std::size_t>(begin);
                            i < static_cast<std::size_t>(end); ++i) {
                         s.x[i] = x[static_cast<std::size_t>(s.order[i])];
                         s.y[i] = y[static_cast<std::size_t>(s.order[i])];
                       }
                     });
  s.fit(parallel);
  return s.view;
}

const QuadtreeView& QuadtreeBuilder::view() const { return state_->view; }

std::span<const std::byte> QuadtreeBuilder::image() const {
  const State& s = *state_;
  if (s.image.empty() || s.view.version == 0) return {};
  return s.image.first(static_cast<std::size_t>(header_of(s.image.data()).image_bytes));
}

}  // namespace quadrille
