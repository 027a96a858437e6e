// How a batch is planned, so that doing it cannot fail, and done.
#include <algorithm>
#include <functional>
#include <utility>

#include "engine/block_lists.h"
#include "engine/integers.h"

namespace quadrille {
namespace {

constexpr std::int64_t kPlanGrain = 4;  // node blocks

}  // namespace

Status BlockLists::plan(const ArcEdits& edits, const Versions& versions, Parallel& parallel) {
  plans_.clear();
  std::int64_t num_tasks = 0;
  for (const ArcEdits::Block& touched : edits.blocks()) {
    plans_.push_back({touched.index, num_tasks, 0, -1});
    num_tasks +=
        std::min<std::int64_t>(block(touched.index).num_extents, touched.end - touched.begin);
  }
  tasks_.resize(at(num_tasks));
  parallel.for_range(static_cast<std::int64_t>(plans_.size()), kPlanGrain,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (std::int64_t i = begin; i < end; ++i) {
                         measure(edits, plans_[at(i)], versions);
                       }
                     });
  Status status;
  for (BlockPlan& plan : plans_) {
    if (status.is_ok()) {
      status = plan_block(edits, plan, versions);
    } else {
      plan.num_tasks = 0;  // nothing was taken for it
    }
  }
  if (status.is_ok()) status = commit();
  if (!status.is_ok()) {
    abandon();
    return status;
  }
  // So that write() cannot fail.
  warm_.resize(static_cast<std::size_t>(parallel.num_workers()));
  retired_.reserve(retired_.size() + plans_.size() + tasks_.size() +
                   warm_.size() * WarmPlaces::kOrders);
  spare_extents_.reserve(extents_.size());
  return status;
}

// Which extents of a block the edits touch, and what slack that takes of each.
void BlockLists::measure(const ArcEdits& edits, BlockPlan& plan, const Versions& versions) {
  const ArcEdits::Block& touched = edits.blocks()[static_cast<std::size_t>(&plan - plans_.data())];
  std::int32_t e = block(plan.block).first_extent;
  const auto arcs = edits.arcs();
  for (std::int64_t i = touched.begin; i < touched.end;) {
    while (extent(e).end <= arcs[at(i)].u) e = extent(e).next;
    Task& task = tasks_[at(plan.first_task + plan.num_tasks++)];
    task = {e, -1, false, plan.block, i, i, 0, 0, -1, -1, {}};
    task.is_held = static_cast<std::int64_t>(extent(e).born) <= versions.newest_held;
    while (i < touched.end && arcs[at(i)].u < extent(e).end) {
      const NodeID u = arcs[at(i)].u;
      std::int64_t inserts = 0;
      for (; i < touched.end && arcs[at(i)].u == u; ++i) inserts += arcs[at(i)].is_insert();
      task.inserts += inserts;
      if (task.is_held || inserts > 0) task.slack += record(u).out_degree + inserts;
    }
    task.end = i;
  }
}

Status BlockLists::plan_block(const ArcEdits& edits, BlockPlan& plan, const Versions& versions) {
  const std::int64_t planned = std::exchange(plan.num_tasks, 0);
  const Block& changed = block(plan.block);
  const bool is_held = static_cast<std::int64_t>(changed.born) <= versions.newest_held;
  if (is_held) QUADRILLE_RETURN_IF_ERROR(take_records(plan.first_record));
  while (plan.num_tasks < planned) {
    Task& task = tasks_[at(plan.first_task + plan.num_tasks++)];
    const Extent from = extent(task.extent);
    if (from.used + task.slack <= capacity_of(from.order)) continue;
    std::int64_t next = task.begin;
    auto list_size = [&](NodeID u) {
      std::int64_t size = record(u).out_degree;
      for (; next < task.end && edits.arcs()[at(next)].u == u; ++next) {
        size += edits.arcs()[at(next)].is_insert();
      }
      return size;
    };
    QUADRILLE_RETURN_IF_ERROR(make_extents(from.begin, from.end, from.live + task.inserts,
                                           versions.next, std::ref(list_size), task.made));
  }
  return Status::ok();
}

void BlockLists::abandon() {
  for (const BlockPlan& plan : plans_) {
    for (std::int64_t i = 0; i < plan.num_tasks; ++i) {
      drop_extents(std::exchange(tasks_[at(plan.first_task + i)].made, -1));
    }
    if (plan.first_record < 0) continue;
    spare_records_.push_back(plan.first_record);
    --live_blocks_;
  }
  plans_.clear();
}

BlockLists::Change BlockLists::write(const ArcEdits& edits, const Versions& versions,
                                     Parallel& parallel) {
  parallel.for_chunks(static_cast<std::int64_t>(plans_.size()), [&](std::int64_t i, int) {
    const BlockPlan& plan = plans_[at(i)];
    if (plan.first_record < 0) return;
    std::copy_n(records(block(plan.block).first_record), kNodeBlockSize,
                records(plan.first_record));
  });
  std::int64_t kept = 0;
  for (const BlockPlan& plan : plans_) {
    if (plan.first_record >= 0) {
      Block& changed = blocks_[at(plan.block)];
      retired_.push_back({changed.born, versions.next, changed.first_record, -1});
      changed.first_record = plan.first_record;
      changed.born = versions.next;
    }
    for (std::int64_t i = 0; i < plan.num_tasks; ++i) {
      tasks_[at(kept++)] = tasks_[at(plan.first_task + i)];
    }
  }
  tasks_.resize(at(kept));
  for (WarmPlaces& warm : warm_) std::ranges::fill(warm.first, -1);
  parallel.for_chunks(kept, [&](std::int64_t i, int worker) {
    Task& task = tasks_[at(i)];
    const auto own = edits.arcs().subspan(at(task.begin), at(task.end - task.begin));
    if (task.made < 0) return write_slack(own, task);
    const Extent& old = extent(task.extent);
    task.vacated = old.first;
    task.order = old.order;
    if (task.is_held) return write_anew(own, task);
    write_anew_warm(own, task, warm_[static_cast<std::size_t>(worker)]);
  });
  Change change;
  for (const Task& task : tasks_) {
    change.add(task.change);
    if (task.made >= 0) replace(task, versions);
  }
  for (const WarmPlaces& warm : warm_) {
    for (std::int32_t order = 0; order < WarmPlaces::kOrders; ++order) {
      if (warm.first[order] < 0) continue;
      retired_.push_back({versions.next, versions.next, warm.first[order], order});
    }
  }
  plans_.clear();
  return change;
}

// Puts what was made in the place of the extent, whose lists older versions may still name.
void BlockLists::replace(const Task& task, const Versions& versions) {
  const Extent old = extent(task.extent);
  if (task.order >= 0) retired_.push_back({old.born, versions.next, task.vacated, task.order});
  std::int32_t last = task.made;
  for (; extent(last).next >= 0; last = extent(last).next) {
    ++blocks_[at(task.block)].num_extents;
  }
  extent(last).next = old.next;
  extent(task.extent) = extent(task.made);
  spare_extents_.push_back(task.made);
}

}  // namespace quadrille
