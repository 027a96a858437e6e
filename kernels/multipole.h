// Multipole: the 1/r field of all bodies at all bodies, from a quadtree, in time proportional to
// their number.
//
// Moments upward (multipole_cells.h); then each cell takes from its parent the field of what is far
// and the list of what is not yet decided, adds what has become far, and hands both on, down to the
// leaves, which sum their neighbours one by one [Greengard, Rokhlin 1987; which cells are far from
// each other: Dehnen 2002]. Unsoftened: for softened fields use BarnesHut. Error, limits and cost:
// README, "Multipole".
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

// How much the lists of one walk hold, and what the upper part of the tree leaves to all workers.
// Whatever they are, nothing is lost; longer ones cost memory, shorter ones time.
struct MultipoleLists {
  std::int32_t sources = 1 << 15, far = 512, near = 256;
  std::int32_t tasks = 4096, task_sources = 1 << 20;
};

class Multipole {
 public:
  // Takes its memory from `arena`, once: 44 bytes a body at most, and with lists of that length
  // 5 MB and 135 kB a worker. kernels, parallel and arena must outlive this.
  // kInvalidArgument: a list of no length; kOutOfMemory.
  static Result<Multipole> create(std::int64_t max_bodies, const KernelTable& kernels,
                                  Parallel& parallel, Arena& arena,
                                  const MultipoleLists& lists = {});

  // ax[i] = sum over j of mass[j] (x[j] - x[i]) / distance^2, ay alike, by BodyID; coincident
  // bodies do not act on each other. `mass` may be empty: all 1. `tree` holds the bodies' places.
  // Masses are not negative; places and masses are finite; a pull that no float holds is not.
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
  void choose_units(const QuadtreeView& tree, std::span<const float> mass);
  void load_bodies(const QuadtreeView& tree, std::span<const float> mass);
  void lump_coincident();
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
  MultipoleLists lists_;
  MultipoleCells cells_;
  std::span<float> x_, y_, mass_, pull_x_, pull_y_;  // by place
  std::span<Walk> walks_;
  std::span<Task> tasks_;
  std::span<std::int32_t> task_sources_;
  // Of the call that is going on.
  QuadtreeView tree_;
  MultipoleOptions options_;
  std::span<float> ax_, ay_;
  // Powers of two, by which places and masses are multiplied: then the extent of all bodies and the
  // sum of their masses are about 1, and no square leaves the range of a float.
  float per_length_ = 1, per_mass_ = 1;
  std::int64_t task_bodies_ = 0, num_tasks_ = 0, num_task_sources_ = 0;
};

}  // namespace quadrille
