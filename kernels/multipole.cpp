#include "kernels/multipole.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kLoadGrain = 8192;
// The upper part of the tree is descended by one thread, down to cells of so few bodies.
constexpr std::int64_t kTasksATree = 512, kLeastTask = 1024;
// Squared: what keeps a body's pull on itself 0 instead of 0 / 0. All masses over it are a float.
constexpr float kSoftening2 = 1e-37f;
constexpr double kLeastDistance2 = 1e-70;  // the inverse of a distance is a float

// The power of two that brings `value` into [1, 2), as far as floats have it; 1 for 0.
float per_power_of_two(double value) {
  return value > 0 ? static_cast<float>(std::ldexp(1.0, std::clamp(-std::ilogb(value), -126, 126)))
                   : 1.0f;
}

}  // namespace

// Lists of fixed size, and where they are full depends on the tree alone. Far cells and near bodies
// are then added to the sums, and the list begun anew; undecided cells are summed body by body.
struct Multipole::Walk {
  std::span<std::int32_t> sources;  // undecided, of one target after the other down the tree
  std::span<std::int32_t> far;
  std::span<BodySpan> near;
  std::int32_t num_sources;
  std::size_t num_far, num_near;
  bool records_tasks;
};

Result<Multipole> Multipole::create(std::int64_t max_bodies, const KernelTable& kernels,
                                    Parallel& parallel, Arena& arena, const MultipoleLists& lists) {
  if (std::min({lists.sources, lists.far, lists.near, lists.tasks, lists.task_sources}) < 1) {
    return Status(StatusCode::kInvalidArgument, "the lists of a multipole field hold 1 or more");
  }
  Multipole field;
  field.kernels_ = &kernels;
  field.parallel_ = &parallel;
  field.lists_ = lists;
  const std::int64_t padded = max_bodies + kBarnesHutPadding;
  QUADRILLE_RETURN_IF_ERROR(field.cells_.allocate(max_bodies, arena));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: x"}, field.x_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: y"}, field.y_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: mass"}, field.mass_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: ax"}, field.pull_x_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, padded, {"multipole: ay"}, field.pull_y_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, parallel.num_workers() + 1, {"multipole: walks"}, field.walks_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, lists.tasks, {"multipole: tasks"}, field.tasks_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, lists.task_sources, {"multipole: task sources"},
                                             field.task_sources_));
  for (Walk& walk : field.walks_) {
    walk = {};
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(arena, lists.sources, {"multipole: sources"}, walk.sources));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, lists.far, {"multipole: far"}, walk.far));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, lists.near, {"multipole: near"}, walk.near));
  }
  for (std::span<float> column : {field.x_, field.y_, field.mass_}) std::ranges::fill(column, 0.0f);
  return field;
}

Status Multipole::accelerate(const QuadtreeView& tree, std::span<const float> mass,
                             const MultipoleOptions& options, std::span<float> ax,
                             std::span<float> ay) {
  if (options.order < 1 || options.order > kMostMultipoleOrder) {
    return {StatusCode::kInvalidArgument,
            "the order is " + std::to_string(options.order) + "; it may be 1 to 8"};
  }
  if (!(options.theta > 0 && options.theta < 1)) {
    return {StatusCode::kInvalidArgument,
            "theta is " + std::to_string(options.theta) + "; it must lie between 0 and 1"};
  }
  tree_ = tree;
  options_ = options;
  ax_ = ax;
  ay_ = ay;
  QUADRILLE_ASSERT(ax.size() == tree.order.size() && ay.size() == ax.size());
  QUADRILLE_ASSERT(mass.empty() || mass.size() == ax.size());
  choose_units(tree, mass);
  load_bodies(tree, mass);
  cells_.update(tree, {x_, y_, mass_}, options.order, *parallel_);
  if (cells_.cells().empty()) return Status::ok();
  lump_coincident();
  task_bodies_ = std::max<std::int64_t>(std::ssize(tree.order) / kTasksATree, kLeastTask);
  num_tasks_ = num_task_sources_ = 0;

  Walk& upper = walks_.back();
  upper.records_tasks = true;
  upper.num_far = upper.num_near = 0;
  upper.num_sources = 1;
  upper.sources[0] = 0;
  descend(upper, {.cell = 0, .field = {}, .begin = 0, .end = 1});
  parallel_->for_range(num_tasks_, 1, [&](std::int64_t first, std::int64_t last, int worker) {
    for (; first < last; ++first) run_task(tasks_[at(first)], walks_[at(worker)]);
  });
  return Status::ok();
}

void Multipole::choose_units(const QuadtreeView& tree, std::span<const float> mass) {
  std::atomic<float> most = mass.empty() ? 1.0f : 0.0f;
  const auto num_masses = static_cast<std::int64_t>(mass.size());
  parallel_->for_range(num_masses, kLoadGrain, [&](std::int64_t begin, std::int64_t end, int) {
    const float largest = *std::max_element(mass.begin() + begin, mass.begin() + end);
    float seen = most.load(std::memory_order_relaxed);
    while (seen < largest &&
           !most.compare_exchange_weak(seen, largest, std::memory_order_relaxed)) {
    }
  });
  const Box& bounds = tree.bounds;
  per_length_ = per_power_of_two(
      std::max(double{bounds.max_x} - bounds.min_x, double{bounds.max_y} - bounds.min_y));
  per_mass_ = per_power_of_two(double{most.load(std::memory_order_relaxed)} *
                               static_cast<double>(tree.order.size()));
}

void Multipole::load_bodies(const QuadtreeView& tree, std::span<const float> mass) {
  const auto num_bodies = static_cast<std::int64_t>(tree.order.size());
  QUADRILLE_ASSERT(tree.order.size() + kBarnesHutPadding <= x_.size());
  parallel_->for_range(num_bodies, kLoadGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::size_t p = at(begin); p < at(end); ++p) {
      x_[p] = tree.x[p] * per_length_;
      y_[p] = tree.y[p] * per_length_;
      mass_[p] = (mass.empty() ? 1.0f : mass[at(tree.order[p])]) * per_mass_;
      pull_x_[p] = pull_y_[p] = 0;
    }
  });
}

// Bodies of a leaf that all stand on one spot are a point to everyone: the first one has their
// mass.
void Multipole::lump_coincident() {
  const auto cells = cells_.cells();
  parallel_->for_range(
      std::ssize(cells), kLoadGrain, [&](std::int64_t begin, std::int64_t end, int) {
        for (const MultipoleCell& cell : cells.subspan(at(begin), at(end - begin))) {
          if (cell.num_children != 0 || cell.scale > 0) continue;
          std::fill(mass_.begin() + cell.first_body, mass_.begin() + cell.last_body, 0.0f);
          mass_[at(cell.first_body)] = cell.mass;
        }
      });
}

bool Multipole::are_apart(const MultipoleCell& a, const MultipoleCell& b) const {
  const double dx = double{a.center_x} - b.center_x, dy = double{a.center_y} - b.center_y;
  const double reach = double{a.scale} + b.scale, theta = options_.theta;
  const double distance2 = dx * dx + dy * dy;
  return reach * reach < theta * theta * distance2 && distance2 > kLeastDistance2;
}

// ---- down the tree ----

void Multipole::descend(Walk& walk, const Target& of_parent) {
  Target target = of_parent;
  const std::int32_t begin = walk.num_sources;
  for (std::int32_t i = target.begin; i < target.end; ++i)
    consider(walk, target, walk.sources[at(i)]);
  add_far(walk, target);
  const MultipoleCell& cell = cells_.cells()[at(target.cell)];
  if (walk.num_near > 0) add_near(walk, cell);
  if (cell.num_children == 0) {
    finish_leaf(target);
  } else {
    const std::int32_t end = walk.num_sources;
    for (std::int32_t c = cell.first_child; c < cell.first_child + cell.num_children; ++c) {
      const Target child = {
          .cell = c,
          .field = shifted(target.field, cell, cells_.cells()[at(c)], options_.order),
          .begin = begin,
          .end = end};
      if (!hand_over(walk, child, begin, end)) descend(walk, child);
    }
  }
  walk.num_sources = begin;
}

// Decides on a source, or on parts of it, or leaves it to the target's children.
void Multipole::consider(Walk& walk, Target& target, std::int32_t source) {
  const MultipoleCell& to = cells_.cells()[at(target.cell)];
  const bool is_leaf = to.num_children == 0;
  std::int32_t stack[kMostCellsWaiting];
  int waiting = 0;
  stack[waiting++] = source;
  while (waiting > 0) {
    const std::int32_t s = stack[--waiting];
    const MultipoleCell& from = cells_.cells()[at(s)];
    if (are_apart(from, to)) {
      walk.far[walk.num_far++] = s;
      if (walk.num_far == walk.far.size()) add_far(walk, target);
    } else if (from.num_children != 0 && (is_leaf || from.scale > to.scale)) {
      for (std::int32_t c = from.num_children - 1; c >= 0; --c)
        stack[waiting++] = from.first_child + c;
    } else if (s == target.cell && from.scale == 0) {
      continue;  // coincident bodies do not act on each other
    } else if (!is_leaf && walk.num_sources < lists_.sources) {
      walk.sources[at(walk.num_sources++)] = s;
    } else {
      const bool is_point = from.num_children == 0 && !(from.scale > 0);
      const std::int32_t last = is_point ? from.first_body + 1 : from.last_body;
      if (walk.num_near > 0 && walk.near[walk.num_near - 1].last == from.first_body) {
        walk.near[walk.num_near - 1].last = last;
      } else {
        walk.near[walk.num_near++] = {from.first_body, last};
        if (walk.num_near == walk.near.size()) add_near(walk, to);
      }
    }
  }
}

// False: this worker goes on with the child itself.
bool Multipole::hand_over(const Walk& walk, const Target& child, std::int32_t begin,
                          std::int32_t end) {
  const MultipoleCell& cell = cells_.cells()[at(child.cell)];
  const std::int32_t count = end - begin;
  if (!walk.records_tasks || cell.last_body - cell.first_body > task_bodies_) return false;
  if (num_tasks_ == lists_.tasks || num_task_sources_ + count > lists_.task_sources) return false;
  std::copy_n(walk.sources.begin() + begin, count, task_sources_.begin() + num_task_sources_);
  const auto first = static_cast<std::int32_t>(num_task_sources_);
  num_task_sources_ += count;
  tasks_[at(num_tasks_++)] = {
      .field = child.field, .cell = child.cell, .begin = first, .end = first + count};
  return true;
}

void Multipole::run_task(const Task& task, Walk& walk) {
  walk.records_tasks = false;
  walk.num_far = walk.num_near = 0;
  walk.num_sources = task.end - task.begin;
  std::copy_n(task_sources_.begin() + task.begin, walk.num_sources, walk.sources.begin());
  descend(walk, {.cell = task.cell, .field = task.field, .begin = 0, .end = walk.num_sources});
}

// ---- sums ----

void Multipole::add_far(Walk& walk, Target& target) {
  if (walk.num_far == 0) return;
  kernels_->multipole.transfer[options_.order](
      {.cells = cells_.cells().data(),
       .sources = walk.far.data(),
       .num_sources = static_cast<std::int64_t>(walk.num_far),
       .target = &cells_.cells()[at(target.cell)],
       .field = &target.field});
  walk.num_far = 0;
}

void Multipole::add_near(Walk& walk, const MultipoleCell& targets) {
  kernels_->barnes_hut.accumulate({.x = x_.data(),
                                   .y = y_.data(),
                                   .mass = mass_.data(),
                                   .cells = nullptr,
                                   .far = nullptr,
                                   .num_far = 0,
                                   .near = walk.near.data(),
                                   .num_near = static_cast<std::int64_t>(walk.num_near),
                                   .first = targets.first_body,
                                   .last = targets.last_body,
                                   .softening2 = kSoftening2,
                                   .softened = false,
                                   .ax = pull_x_.data(),
                                   .ay = pull_y_.data()});
  walk.num_near = 0;
}

void Multipole::finish_leaf(const Target& target) {
  const MultipoleCell& cell = cells_.cells()[at(target.cell)];
  kernels_->multipole.evaluate[options_.order]({.field = &target.field,
                                                .cell = &cell,
                                                .x = x_.data(),
                                                .y = y_.data(),
                                                .first = cell.first_body,
                                                .last = cell.last_body,
                                                .ax = pull_x_.data(),
                                                .ay = pull_y_.data()});
  const double unit = double{per_length_} / per_mass_;
  for (std::size_t p = at(cell.first_body); p < at(cell.last_body); ++p) {
    ax_[at(tree_.order[p])] = static_cast<float>(double{pull_x_[p]} * unit);
    ay_[at(tree_.order[p])] = static_cast<float>(double{pull_y_[p]} * unit);
  }
}

}  // namespace quadrille
