#include "kernels/barnes_hut.h"

#include <algorithm>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int32_t kGroupBodies =
    96;  // targets that share a list, at most (a leaf of coincident ones apart)
constexpr std::int64_t kGroupChunk = 16;  // groups a task
constexpr std::int64_t kBodyChunk = 8192;

float outside(float at, float low, float high) {
  return at < low ? low - at : at > high ? at - high : 0.0f;
}

// Squared distance from the cell's centre to the nearest place in the box.
float distance2(const BarnesHutCell& cell, const Box& box) {
  const float dx = outside(cell.center_x, box.min_x, box.max_x);
  const float dy = outside(cell.center_y, box.min_y, box.max_y);
  return dx * dx + dy * dy;
}

// Squared: far below what positions of that extent can resolve, and large enough for mass /
// softening^2 to stay a float.
float least_softening2(const Box& bounds, float mass) {
  const float width = bounds.max_x - bounds.min_x, height = bounds.max_y - bounds.min_y;
  const float extent = std::max(width, height) * 1e-10f;
  return std::max({extent * extent, mass * 1e-37f, 1e-37f});
}

}  // namespace

struct BarnesHut::InteractionList {
  std::int32_t far[kMaxFar];
  BodySpan near[kMaxNear];
  std::int64_t num_far, num_near;
};

Result<BarnesHut> BarnesHut::create(std::int64_t max_bodies, const KernelTable& kernels,
                                    Parallel& parallel, Arena& arena) {
  BarnesHut tree;
  tree.kernels_ = &kernels;
  tree.parallel_ = &parallel;
  const std::int64_t padded = max_bodies + kFieldPadding;
  QUADRILLE_RETURN_IF_ERROR(tree.cells_.allocate(max_bodies, arena));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"barnes-hut: x"}, tree.x_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"barnes-hut: y"}, tree.y_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"barnes-hut: mass"}, tree.mass_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"barnes-hut: ax"}, tree.ax_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"barnes-hut: ay"}, tree.ay_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, max_quadrants(max_bodies), {"barnes-hut: groups"}, tree.groups_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, parallel.num_workers(), {"barnes-hut: lists"}, tree.lists_));
  for (std::span<float> column : {tree.x_, tree.y_, tree.mass_}) std::ranges::fill(column, 0.0f);
  return tree;
}

void BarnesHut::accelerate(const QuadtreeView& tree, std::span<const float> mass,
                           const BarnesHutOptions& options, std::span<float> ax,
                           std::span<float> ay) {
  options_ = options;
  load_bodies(tree, mass);
  cells_.update(tree, mass_, *parallel_);
  choose_groups(tree);
  const float softening2 = options.softening * options.softening;
  const float total = cells_.cells().empty() ? 0.0f : cells_.cells()[0].mass;
  const float least = least_softening2(tree.bounds, total);
  sweep_ = {};
  sweep_.x = x_.data();
  sweep_.y = y_.data();
  sweep_.mass = mass_.data();
  sweep_.cells = cells_.cells().data();
  sweep_.softening2 = std::max(softening2, least);
  sweep_.softened = softening2 > least;
  sweep_.ax = ax_.data();
  sweep_.ay = ay_.data();
  parallel_->for_range(
      num_groups_, kGroupChunk, [&](std::int64_t first, std::int64_t last, int worker) {
        for (std::int64_t group = first; group < last; ++group) {
          const std::int32_t quadrant = groups_[static_cast<std::size_t>(group)];
          accelerate_group(quadrant, tree, worker);
          const BodyRange& targets = tree.ranges[static_cast<std::size_t>(quadrant)];
          for (auto p = static_cast<std::size_t>(targets.first);
               p < static_cast<std::size_t>(targets.last); ++p) {
            ax[static_cast<std::size_t>(tree.order[p])] = ax_[p];
            ay[static_cast<std::size_t>(tree.order[p])] = ay_[p];
          }
        }
      });
}

void BarnesHut::load_bodies(const QuadtreeView& tree, std::span<const float> mass) {
  const auto num_bodies = static_cast<std::int64_t>(tree.order.size());
  QUADRILLE_ASSERT(tree.order.size() + kFieldPadding <= x_.size());
  parallel_->for_range(num_bodies, kBodyChunk, [&](std::int64_t begin, std::int64_t end, int) {
    for (auto p = static_cast<std::size_t>(begin); p < static_cast<std::size_t>(end); ++p) {
      x_[p] = tree.x[p];
      y_[p] = tree.y[p];
      mass_[p] = mass.empty() ? 1.0f : mass[static_cast<std::size_t>(tree.order[p])];
    }
  });
}

// The largest quadrants with at most kGroupBodies, and leaves with more.
void BarnesHut::choose_groups(const QuadtreeView& tree) {
  const auto cells = cells_.cells();
  const auto is_group = [&](std::size_t q) {
    return cells[q].num_children == 0 || tree.ranges[q].last - tree.ranges[q].first <= kGroupBodies;
  };
  num_groups_ = 0;
  if (cells.empty()) return;
  if (is_group(0)) groups_[static_cast<std::size_t>(num_groups_++)] = 0;
  for (std::size_t q = 0; q < tree.quadrants.size(); ++q) {
    if (is_group(q)) continue;
    for (std::int32_t child = 0; child < cells[q].num_children; ++child) {
      const std::int32_t c = cells[q].first_child + child;
      if (is_group(static_cast<std::size_t>(c)))
        groups_[static_cast<std::size_t>(num_groups_++)] = c;
    }
  }
}

void BarnesHut::accelerate_group(std::int32_t group, const QuadtreeView& tree, int worker) {
  const auto cells = cells_.cells();
  const Box& box = tree.boxes[static_cast<std::size_t>(group)];
  const BodyRange& targets = tree.ranges[static_cast<std::size_t>(group)];
  const float theta2 = options_.theta * options_.theta;
  InteractionList& list = lists_[static_cast<std::size_t>(worker)];
  list.num_far = list.num_near = 0;
  std::fill(ax_.begin() + targets.first, ax_.begin() + targets.last, 0.0f);
  std::fill(ay_.begin() + targets.first, ay_.begin() + targets.last, 0.0f);

  std::int32_t stack[kMostCellsWaiting];
  int waiting = 0;
  stack[waiting++] = 0;
  while (waiting > 0) {
    const std::int32_t c = stack[--waiting];
    const BarnesHutCell& cell = cells[static_cast<std::size_t>(c)];
    // Coincident bodies are a point to anyone, themselves included.
    if (cell.scale == 0.0f || 2.0f * cell.scale * cell.scale < theta2 * distance2(cell, box)) {
      if (list.num_far == kMaxFar) sweep(list, targets);
      list.far[list.num_far++] = c;
    } else if (cell.num_children == 0) {
      const BodyRange& bodies = tree.ranges[static_cast<std::size_t>(c)];
      const bool adjoins = list.num_near > 0 && list.near[list.num_near - 1].last == bodies.first;
      if (adjoins) {
        list.near[list.num_near - 1].last = bodies.last;
        continue;
      }
      if (list.num_near == kMaxNear) sweep(list, targets);
      list.near[list.num_near++] = {bodies.first, bodies.last};
    } else {
      for (std::int32_t child = cell.num_children - 1; child >= 0; --child)
        stack[waiting++] = cell.first_child + child;
    }
  }
  sweep(list, targets);
}

void BarnesHut::sweep(InteractionList& list, const BodyRange& targets) {
  BarnesHutArgs args = sweep_;
  args.far = list.far;
  args.num_far = std::exchange(list.num_far, 0);
  args.near = list.near;
  args.num_near = std::exchange(list.num_near, 0);
  args.first = targets.first;
  args.last = targets.last;
  kernels_->barnes_hut.accumulate(args);
}

}  // namespace quadrille
