#include <algorithm>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/kernel_table.h"
#include "kernels/multipole_walk.h"
#include "kernels/prefetch.h"

namespace quadrille {
namespace {

// The upper part of the tree is descended by one thread, down to cells of so few bodies.
constexpr std::int64_t kTasksATree = 512, kLeastTask = 1024;
constexpr std::int32_t kMostAskedFor = 64;

}  // namespace

void Multipole::descend_all() {
  task_bodies_ = std::max<std::int64_t>(std::ssize(tree_.order) / kTasksATree, kLeastTask);
  num_tasks_ = num_task_sources_ = 0;
  for (Walk& walk : walks_) {
    walk.records_tasks = &walk == &walks_.back();
    walk.num_far = walk.num_near = 0;
    walk.num_sources = 0;
    SourceSorter& sorter = walk.sorter;
    sorter.cells = cells_.cells().data();
    sorter.image_x = image_x_;
    sorter.image_y = image_y_;
    sorter.cell_mask = is_open_ ? -1 : kCellMask;
    sorter.sorted = walk.sorted.data();
    sorter.capacity = lists_.far;
  }
  Family root = {.first = 0, .count = 1};
  std::int32_t images[kNumNearImages];  // of the root, itself the first
  for (std::int32_t image = 0; image < kNumNearImages; ++image)
    images[image] = image << kImageShift;
  add_far_images(0, root.field[0]);
  visit(walks_.back(), root, std::span(images).first(is_open_ ? 1 : kNumNearImages));
  parallel_->for_range(num_tasks_, 1, [&](std::int64_t first, std::int64_t last, int worker) {
    for (; first < last; ++first) {
      const Task& task = tasks_[at(first)];
      descend(walks_[at(worker)], task.cell, task.field,
              task_sources_.subspan(at(task.begin), at(task.end - task.begin)));
    }
  });
}

// ---- down the tree ----

// To the children of a cell, for which these sources are undecided.
void Multipole::descend(Walk& walk, std::int32_t cell, const LocalField& field,
                        std::span<const std::int32_t> undecided) {
  const FieldCell& from = cells_.cells()[at(cell)];
  Family family = {.first = static_cast<std::int32_t>(from.first_child),
                   .count = from.num_children()};
  const FieldCell* const children = &cells_.cells()[at(family.first)];
  operators_.l2l(field, from, children, family.field);
  for (std::int32_t i = 0; i < family.count; ++i) {
    LocalField& of_child = family.field[i];
    if (potential_.law != nullptr) {
      of_child.constant =
          local_potential(potential_, field, from, children[i].center_x, children[i].center_y);
    }
    if (!is_open_) add_far_images(family.first + i, of_child);
  }
  visit(walk, family, undecided);
}

void Multipole::visit(Walk& walk, Family& family, std::span<const std::int32_t> sources) {
  const std::int32_t begin = walk.num_sources;
  sort_out(walk, family, sources);
  for (std::int32_t i = 0; i < family.count; ++i) {
    const std::int32_t c = family.first + i;
    const FieldCell& cell = cells_.cells()[at(c)];
    if (cell.is_leaf() || !is_active(c)) continue;
    if (!hand_over(walk, c, family.field[i], family.undecided[i]))
      descend(walk, c, family.field[i], family.undecided[i]);
  }
  walk.num_sources = begin;
}

// Sums up all that is decided about the family's cells; leaves are done then.
void Multipole::sort_out(Walk& walk, Family& family, std::span<const std::int32_t> sources) {
  SourceSorter& sorter = walk.sorter;
  sorter.first_target = family.first;
  sorter.targets = 0;
  sorter.first_body = cells_.cells()[at(family.first)].first_body;
  sorter.last_body = cells_.cells()[at(family.first + family.count - 1)].last_body;
  for (std::int32_t i = 0; i < kMostSiblings; ++i) {  // lanes without a target repeat the first
    const std::int32_t c = family.first + (i < family.count ? i : 0);
    const FieldCell& cell = cells_.cells()[at(c)];
    sorter.x[i] = cell.center_x;
    sorter.y[i] = cell.center_y;
    sorter.reach[i] = cell.reach;
    sorter.scale[i] = cell.is_leaf() ? -1.0f : cell.scale;
    if (i >= family.count || !is_active(c)) continue;
    sorter.targets |= 1u << i;
    ask_for_children(cell);
  }
  sorter.sources = sources.data();
  sorter.num_sources = std::ssize(sources);
  sorter.head = sorter.tail = 0;
  sorter.num_sorted = 0;
  for (kernels_->fields.sort_sources(sorter); !sorter.is_done();
       kernels_->fields.sort_sources(sorter))
    add_sorted(walk, family);
  for (std::int32_t i = 0; i < family.count; ++i) {
    if (!is_active(family.first + i)) continue;
    const FieldCell& cell = cells_.cells()[at(family.first + i)];
    ask_for_pulls(cell, ax_);
    add_sorted_far(walk, family, i);
    ask_for_pulls(cell, ay_);
    take_sorted_near(walk, family, i);
    if (cell.is_leaf()) finish_leaf(cell, family.field[i]);
  }
}

// What is needed once the cell's own sums are done: its children.
QUADRILLE_PREFETCHING void Multipole::ask_for_children(const FieldCell& cell) const {
  if (cell.is_leaf()) return;
  const FieldCell* const children = &cells_.cells()[at(cell.first_child)];
  for (std::int32_t c = 0; c < cell.num_children(); c += 2) __builtin_prefetch(children + c);
}

// Where a leaf's pulls go. A column at a time, before each of its sums: a processor waits for more
// than some ten places at once, and goes on with nothing else while it does.
QUADRILLE_PREFETCHING void Multipole::ask_for_pulls(const FieldCell& cell,
                                                    std::span<float> pulls) const {
  if (!cell.is_leaf()) return;
  const std::int32_t last = std::min(cell.last_body, cell.first_body + kMostAskedFor);
  for (std::int32_t p = cell.first_body; p < last; ++p)
    __builtin_prefetch(&pulls[at(tree_.order[at(p)])], 1);
}

// Makes room where the list of what is sorted is full. What stays is undecided for children; if
// that is so much that this does not help, it is summed up too, body by body.
void Multipole::add_sorted(Walk& walk, Family& family) {
  SourceSorter& sorter = walk.sorter;
  std::uint32_t to_add = 0;  // bits of targets, of which neighbours are added
  for (std::int32_t i = 0; i < family.count; ++i) {
    add_sorted_far(walk, family, i);
    to_add |= cells_.cells()[at(family.first + i)].is_leaf() ? 1u << i : 0;
  }
  std::int64_t left = 0;
  const auto sorted = walk.sorted.first(at(sorter.num_sorted));
  for (const SortedSource& one : sorted) left += (one.near & ~to_add) != 0 ? 1 : 0;
  if (left > sorter.capacity / 2) to_add = sorter.targets;
  for (std::int32_t i = 0; i < family.count; ++i) {
    if ((to_add >> i & 1) != 0) add_sorted_near(walk, family, i);
  }
  sorter.num_sorted = 0;
  for (const SortedSource& one : sorted) {
    const std::uint32_t near = one.near & ~to_add;
    sorted[at(sorter.num_sorted)] = {one.source, 0, static_cast<std::uint16_t>(near)};
    sorter.num_sorted += near != 0 ? 1 : 0;
  }
}

void Multipole::add_sorted_near(Walk& walk, const Family& family, std::int32_t target) {
  const std::int32_t c = family.first + target;
  std::size_t count = 0;
  for (const SortedSource& one : walk.sorted.first(at(walk.sorter.num_sorted))) {
    walk.far[count] = one.source;
    count += one.near >> target & 1;
  }
  for (const std::int32_t source : walk.far.first(count)) add_neighbor(walk, c, source);
  if (walk.num_near > 0) add_near(walk, cells_.cells()[at(c)]);
}

void Multipole::add_sorted_far(Walk& walk, Family& family, std::int32_t target) {
  for (const SortedSource& one : walk.sorted.first(at(walk.sorter.num_sorted))) {
    walk.far[walk.num_far] = one.source;
    walk.num_far += one.far >> target & 1;  // no branch, which nobody could foretell
  }
  if (walk.num_far > 0) add_far(walk, family.first + target, family.field[target]);
}

// Of a leaf they are neighbours, of another cell undecided for its children.
void Multipole::take_sorted_near(Walk& walk, Family& family, std::int32_t target) {
  const auto sorted = walk.sorted.first(at(walk.sorter.num_sorted));
  const std::int32_t begin = walk.num_sources;
  const bool is_leaf = cells_.cells()[at(family.first + target)].is_leaf();
  if (is_leaf || begin + std::ssize(sorted) >= lists_.sources)
    return add_sorted_near(walk, family, target);
  for (const SortedSource& one : sorted) {
    walk.sources[at(walk.num_sources)] = one.source;
    walk.num_sources += one.near >> target & 1;
  }
  family.undecided[target] = walk.sources.subspan(at(begin), at(walk.num_sources - begin));
}

// Bodies that follow those of the last neighbour are added to it; without a branch.
void Multipole::add_neighbor(Walk& walk, std::int32_t to, std::int32_t source) {
  const FieldCell& from = cells_.cells()[at(cell_of(source))];
  const std::int32_t image = image_of(source);
  const bool is_point = from.is_leaf() && !(from.scale > 0);
  const std::int32_t last = is_point ? from.first_body + 1 : from.last_body;
  const std::size_t before = walk.num_near - (walk.num_near > 0 ? 1 : 0);
  const BodySpan span = walk.near[before];
  const bool follows =
      (walk.num_near > 0) & (span.last == from.first_body) & (walk.near_image[before] == image);
  const std::size_t place = walk.num_near - (follows ? 1 : 0);
  walk.near[place] = {follows ? span.first : from.first_body, last};
  walk.near_image[place] = image;
  walk.num_near = place + 1;
  if (walk.num_near == walk.near.size()) add_near(walk, cells_.cells()[at(to)]);
}

// False: this worker goes on with the cell itself.
bool Multipole::hand_over(const Walk& walk, std::int32_t cell, const LocalField& field,
                          std::span<const std::int32_t> undecided) {
  const FieldCell& of = cells_.cells()[at(cell)];
  if (!walk.records_tasks || of.last_body - of.first_body > task_bodies_) return false;
  const std::int64_t end = num_task_sources_ + std::ssize(undecided);
  if (num_tasks_ == lists_.tasks || end > lists_.task_sources) return false;
  std::copy(undecided.begin(), undecided.end(), task_sources_.begin() + num_task_sources_);
  tasks_[at(num_tasks_++)] = {.field = field,
                              .cell = cell,
                              .begin = static_cast<std::int32_t>(num_task_sources_),
                              .end = static_cast<std::int32_t>(end)};
  num_task_sources_ = end;
  return true;
}

// ---- sums ----

// Sources of one image follow each other; mostly there is but one.
void Multipole::add_far(Walk& walk, std::int32_t cell, LocalField& field) {
  FieldCell to = cells_.cells()[at(cell)];
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
                               .field = &field};
    operators_.m2l(args);
    if (potential_.law != nullptr) field.constant += far_potential(potential_, args);
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

void Multipole::finish_leaf(const FieldCell& cell, const LocalField& field) {
  if (potential_.law != nullptr) return finish_potentials(cell, field);
  operators_.l2p({.field = &field,
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

void Multipole::finish_potentials(const FieldCell& cell, const LocalField& field) {
  for (std::size_t p = at(cell.first_body); p < at(cell.last_body); ++p) {
    const double sum = pull_x_[p] + local_potential(potential_, field, cell, x_[p], y_[p]);
    ax_[at(tree_.order[p])] = static_cast<float>(sum * pull_unit_);
  }
}

}  // namespace quadrille
