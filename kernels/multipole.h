// Multipole: the 1/r field of all bodies at all bodies, from a quadtree, in time proportional to
// their number.
//
// Moments upward (multipole_cells.h); then each cell takes from its parent the field of what is far
// and the list of what is not yet decided, adds what has become far, and hands both on, down to the
// leaves, which sum their neighbours one by one [Greengard, Rokhlin 1987; which cells are far from
// each other: Dehnen 2002]. Unsoftened: for softened fields use BarnesHut. Error: README, "Bodies".
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

#include "kernels/kernel_table.h"
#include "kernels/multipole_cells.h"

namespace quadrille {

class Parallel;

struct MultipoleOptions {
  int order = 4;  // 1 to 8: of moments and fields
  // Two cells act on each other as wholes where the sum of their radii is less than theta times the
  // distance of their centres. In (0, 1); smaller is more exact.
  float theta = 0.9f;
};

class Multipole {
 public:
  // Takes its memory from `arena`, once. kernels, parallel and arena must outlive this.
  static Result<Multipole> create(std::int64_t max_bodies, const KernelTable& kernels,
                                  Parallel& parallel, Arena& arena);

  // ax[i] = sum over j of mass[j] (x[j] - x[i]) / distance^2, ay alike, by BodyID; coincident
  // bodies do not act on each other. `mass` may be empty: all 1. `tree` holds the bodies' places.
  // Allocates nothing. The bytes of the result do not depend on threads or instruction set.
  // kInvalidArgument: options out of range.
  Status accelerate(const QuadtreeView& tree, std::span<const float> mass,
                    const MultipoleOptions& options, std::span<float> ax, std::span<float> ay);

  std::span<const MultipoleCell> cells() const { return cells_.cells(); }

 private:
  struct Walk;   // of one worker
  struct Task {  // a cell whose descendants are left to any worker
    LocalField field;
    std::int32_t cell, begin, end;  // its undecided sources: task_sources_[begin, end)
  };
  struct Target {
    std::int32_t cell;
    LocalField field;         // of what is far, so far
    std::int32_t begin, end;  // undecided for its parent: walk.sources[begin, end)
  };

  Multipole() = default;
  void load_bodies(const QuadtreeView& tree, std::span<const float> mass);
  void descend(Walk& walk, const Target& target);
  void consider(Walk& walk, Target& target, std::int32_t source);
  bool hand_over(const Walk& walk, const Target& child, std::int32_t begin, std::int32_t end);
  void run_task(const Task& task, Walk& walk);
  void add_far(Walk& walk, Target& target);
  void add_near(Walk& walk, const MultipoleCell& targets);
  void finish_leaf(const Target& target);
  bool are_apart(const MultipoleCell& a, const MultipoleCell& b) const;

  const KernelTable* kernels_ = nullptr;
  Parallel* parallel_ = nullptr;
  MultipoleCells cells_;
  std::span<float> x_, y_, mass_, pull_x_, pull_y_;  // by place
  std::span<Walk> walks_;
  std::span<Task> tasks_;
  std::span<std::int32_t> task_sources_;
  // Of the call that is going on.
  QuadtreeView tree_;
  MultipoleOptions options_;
  std::span<float> ax_, ay_;
  float softening2_ = 0;
  std::int64_t task_bodies_ = 0, num_tasks_ = 0, num_task_sources_ = 0;
};

}  // namespace quadrille
