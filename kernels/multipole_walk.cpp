#include <algorithm>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/multipole_walk.h"
#include "kernels/prefetch.h"

namespace quadrille {
namespace {

// The upper part of the tree is descended by one thread, down to cells of so few bodies.
constexpr std::int64_t kTasksATree = 512, kLeastTask = 1024;
constexpr float kLeastDistance2 = 1e-37f;  // in units of the extent; its inverse is a float
// Depth first: three siblings wait at each depth at most.
constexpr int kMostCellsOpen = 4 * 256;
constexpr std::int32_t kMostAskedFor = 64;

bool are_apart(const FieldCell& a, float to_x, float to_y, float to_reach) {
  const float dx = a.center_x - to_x, dy = a.center_y - to_y;
  const float reach = a.reach + to_reach, distance2 = dx * dx + dy * dy;
  return reach * reach < distance2 && distance2 > kLeastDistance2;
}

}  // namespace

void Multipole::descend_all() {
  task_bodies_ = std::max<std::int64_t>(std::ssize(tree_.order) / kTasksATree, kLeastTask);
  num_tasks_ = num_task_sources_ = 0;
  Walk& upper = walks_.back();
  upper.records_tasks = true;
  upper.num_far = upper.num_near = 0;
  upper.num_sources = is_open_ ? 1 : kNumNearImages;
  for (std::int32_t image = 0; image < upper.num_sources; ++image)
    upper.sources[at(image)] = image << kImageShift;
  if (is_active(0)) descend(upper, {.cell = 0, .field = {}, .begin = 0, .end = upper.num_sources});
  parallel_->for_range(num_tasks_, 1, [&](std::int64_t first, std::int64_t last, int worker) {
    for (; first < last; ++first) run_task(tasks_[at(first)], walks_[at(worker)]);
  });
}

// ---- down the tree ----

void Multipole::descend(Walk& walk, const Target& of_parent) {
  Target target = of_parent;
  const FieldCell& cell = cells_.cells()[at(target.cell)];
  ask_for(cell);
  if (!is_open_) add_far_images(target);
  const std::int32_t begin = walk.num_sources;
  for (std::int32_t i = target.begin; i < target.end; ++i)
    consider(walk, target, walk.sources[at(i)]);
  add_far(walk, target);
  if (walk.num_near > 0) add_near(walk, cell);
  if (cell.is_leaf()) {
    finish_leaf(target);
  } else {
    const std::int32_t end = walk.num_sources;
    const auto first = static_cast<std::int32_t>(cell.first_child);
    for (std::int32_t c = first; c < first + cell.num_children(); ++c) {
      if (!is_active(c)) continue;
      Target child = {.cell = c, .field = {}, .begin = begin, .end = end};
      const FieldCell& to = cells_.cells()[at(c)];
      operators_.l2l(target.field, cell, to, child.field);
      if (potential_.law != nullptr) {
        child.field.constant =
            local_potential(potential_, target.field, cell, to.center_x, to.center_y);
      }
      if (!hand_over(walk, child, begin, end)) descend(walk, child);
    }
  }
  walk.num_sources = begin;
}

// What is needed once the cell's own sums are done: its children, or where its bodies' pulls go.
QUADRILLE_PREFETCHING void Multipole::ask_for(const FieldCell& cell) const {
  if (!cell.is_leaf()) {
    const FieldCell* const children = &cells_.cells()[at(cell.first_child)];
    for (std::int32_t c = 0; c < cell.num_children(); c += 2) __builtin_prefetch(children + c);
  } else {
    const std::int32_t last = std::min(cell.last_body, cell.first_body + kMostAskedFor);
    for (std::int32_t p = cell.first_body; p < last; ++p) {
      __builtin_prefetch(&ax_[at(tree_.order[at(p)])], 1);
      __builtin_prefetch(&ay_[at(tree_.order[at(p)])], 1);
    }
  }
}

// Decides on a source, or on parts of it, or leaves it to the target's children. An image that
// stands off is the cell itself, seen from a target that stands off the other way.
void Multipole::consider(Walk& walk, Target& target, std::int32_t source) {
  const std::span<const FieldCell> cells = cells_.cells();
  const FieldCell& to = cells[at(target.cell)];
  const bool is_leaf = to.is_leaf();
  const std::int32_t image = image_of(source), tag = source - cell_of(source);
  const float to_x = to.center_x - image_x_[at(image)], to_y = to.center_y - image_y_[at(image)];
  std::int32_t stack[kMostCellsOpen];  // none is far
  int waiting = 0;
  // Without a branch, which nobody could foretell.
  const auto sort_out = [&](std::int32_t s) {
    const bool is_far = are_apart(cells[at(s)], to_x, to_y, to.reach);
    walk.far[walk.num_far] = tag + s;
    stack[waiting] = s;
    walk.num_far += is_far ? 1 : 0;
    waiting += is_far ? 0 : 1;
  };
  sort_out(source - tag);
  while (waiting > 0) {
    const std::int32_t s = stack[--waiting];
    const FieldCell& from = cells[at(s)];
    if (!from.is_leaf() && (is_leaf || from.scale > to.scale)) {
      const auto first = static_cast<std::int32_t>(from.first_child);
      for (std::int32_t c = from.num_children() - 1; c >= 0; --c) sort_out(first + c);
      if (walk.num_far >= at(lists_.far)) add_far(walk, target);
    } else if (s == target.cell && from.scale == 0 && image == 0) {
      continue;  // coincident bodies do not act on each other
    } else if (!is_leaf && walk.num_sources < lists_.sources) {
      walk.sources[at(walk.num_sources++)] = tag + s;
    } else {
      add_neighbor(walk, to, from, image);
    }
  }
  if (walk.num_far >= at(lists_.far)) add_far(walk, target);
}

void Multipole::add_neighbor(Walk& walk, const FieldCell& to, const FieldCell& from,
                             std::int32_t image) {
  const bool is_point = from.is_leaf() && !(from.scale > 0);
  const std::int32_t last = is_point ? from.first_body + 1 : from.last_body;
  const std::size_t end = walk.num_near;
  if (end > 0 && walk.near[end - 1].last == from.first_body && walk.near_image[end - 1] == image) {
    walk.near[end - 1].last = last;
  } else {
    walk.near_image[end] = image;
    walk.near[walk.num_near++] = {from.first_body, last};
    if (walk.num_near == walk.near.size()) add_near(walk, to);
  }
}

// False: this worker goes on with the child itself.
bool Multipole::hand_over(const Walk& walk, const Target& child, std::int32_t begin,
                          std::int32_t end) {
  const FieldCell& cell = cells_.cells()[at(child.cell)];
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

// Sources of one image follow each other; mostly there is but one.
void Multipole::add_far(Walk& walk, Target& target) {
  FieldCell to = cells_.cells()[at(target.cell)];
  const float x = to.center_x, y = to.center_y;
  for (std::size_t first = 0; first < walk.num_far;) {
    const std::int32_t image = image_of(walk.far[first]);
    std::size_t last = first;
    for (; last < walk.num_far && image_of(walk.far[last]) == image; ++last)
      walk.far[last] = cell_of(walk.far[last]);
    to.center_x = x - image_x_[at(image)];
    to.center_y = y - image_y_[at(image)];
    const TransferArgs args = {.cells = cells_.cells().data(),
                               .moments = cells_.moments(),
                               .num_moments = operators_.num_moments,
                               .sources = walk.far.data() + first,
                               .num_sources = static_cast<std::int64_t>(last - first),
                               .target = &to,
                               .softening2 = softening2_,
                               .field = &target.field};
    operators_.m2l(args);
    if (potential_.law != nullptr) target.field.constant += far_potential(potential_, args);
    first = last;
  }
  walk.num_far = 0;
}

// Of a leaf, from the first body whose pull is wanted to the last one.
BodySpan Multipole::targets_of(const FieldCell& cell) const {
  BodySpan span{cell.first_body, cell.last_body};
  if (active_.are_all() || !cell.is_leaf()) return span;
  while (span.first < span.last && !active_.has(tree_.order[at(span.first)])) ++span.first;
  while (span.first < span.last && !active_.has(tree_.order[at(span.last - 1)])) --span.last;
  return span;
}

void Multipole::add_near(Walk& walk, const FieldCell& cell) {
  const BodySpan targets = targets_of(cell);
  for (std::size_t first = 0; first < walk.num_near;) {
    const std::int32_t image = walk.near_image[first];
    std::size_t last = first;
    while (last < walk.num_near && walk.near_image[last] == image) ++last;
    const NearArgs args = {.bodies = bodies(),
                           .spans = walk.near.data() + first,
                           .num_spans = static_cast<std::int64_t>(last - first),
                           .first = targets.first,
                           .last = targets.last,
                           .softening2 = softening2_,
                           .shift_x = image_x_[at(image)],
                           .shift_y = image_y_[at(image)],
                           .ax = pull_x_.data(),
                           .ay = pull_y_.data()};
    if (potential_.law != nullptr) {
      add_near_potential(potential_, args);
    } else {
      operators_.p2p(args);
    }
    first = last;
  }
  walk.num_near = 0;
}

void Multipole::finish_leaf(const Target& target) {
  if (potential_.law != nullptr) return finish_potentials(target);
  const FieldCell& cell = cells_.cells()[at(target.cell)];
  operators_.l2p({.field = &target.field,
                  .cell = &cell,
                  .bodies = bodies(),
                  .ax = pull_x_.data(),
                  .ay = pull_y_.data()});
  for (std::size_t p = at(cell.first_body); p < at(cell.last_body); ++p) {
    const BodyID body = tree_.order[p];
    if (!active_.are_all() && !active_.has(body)) continue;
    const double x = double{pull_x_[p]} + background_ * (double{x_[p]} - center_x_);
    const double y = double{pull_y_[p]} + background_ * (double{y_[p]} - center_y_);
    ax_[at(body)] = static_cast<float>(x * pull_unit_);
    ay_[at(body)] = static_cast<float>(y * pull_unit_);
  }
}

void Multipole::finish_potentials(const Target& target) {
  const FieldCell& cell = cells_.cells()[at(target.cell)];
  const bool counts_own = cell.scale == 0 && potential_.is_softened;  // bodies on one spot
  for (std::size_t p = at(cell.first_body); p < at(cell.last_body); ++p) {
    double sum = pull_x_[p] + local_potential(potential_, target.field, cell, x_[p], y_[p]);
    if (counts_own) {
      const float own = masses_.empty() ? 1.0f : masses_[at(tree_.order[p])];
      sum += (double{cell.mass} - double{own} * per_mass_) * potential_.of_pair(softening2_);
    }
    ax_[at(tree_.order[p])] = static_cast<float>(sum * pull_unit_);
  }
}

}  // namespace quadrille
