// BarnesHut: the softened 1/r field of all bodies at all bodies, from a quadtree, in n log n.
//
// Two steps: every quadrant's moments upward (barnes_hut_cells.h), then, group by group of
// neighbouring targets, one walk of the tree that lists what acts on the group, and one sweep over
// the list. Law and error: README, "Bodies".
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

#include "kernels/barnes_hut_body.h"
#include "kernels/barnes_hut_cells.h"
#include "kernels/kernel_table.h"

namespace quadrille {

class Parallel;

struct BarnesHutOptions {
  // A cell is taken as a whole where sqrt(2) times its radius is less than theta times its distance
  // from the group: for a square with its mass in the middle, side / distance < theta. In (0, 1.2];
  // smaller is more exact.
  float theta = 0.9f;
  float softening = 0.0f;  // length; 0: none (coincident bodies then do not act on each other)
};

class BarnesHut {
 public:
  // Takes its memory from `arena`, once. kernels, parallel and arena must outlive this.
  static Result<BarnesHut> create(std::int64_t max_bodies, const KernelTable& kernels,
                                  Parallel& parallel, Arena& arena);

  // ax[i] = sum over j of mass[j] (x[j] - x[i]) / (distance^2 + softening^2), ay alike, by BodyID.
  // `mass` may be empty: all 1. `tree` holds the bodies' places. Allocates nothing.
  void accelerate(const QuadtreeView& tree, std::span<const float> mass,
                  const BarnesHutOptions& options, std::span<float> ax, std::span<float> ay);

  std::span<const BarnesHutCell> cells() const {
    return cells_.cells();
  }  // cells()[q] is quadrant q

 private:
  // What one worker has gathered for the group it is at. A full list is swept and begun anew, so
  // nothing is lost, and where that happens depends on the group alone.
  struct InteractionList;
  static constexpr std::int64_t kMaxFar = 2048, kMaxNear = 512;

  BarnesHut() = default;
  void choose_groups(const QuadtreeView& tree);
  void load_bodies(const QuadtreeView& tree, std::span<const float> mass);
  void accelerate_group(std::int32_t group, const QuadtreeView& tree, int worker);
  void sweep(InteractionList& list, const BodyRange& targets);

  const KernelTable* kernels_ = nullptr;
  Parallel* parallel_ = nullptr;
  BarnesHutOptions options_;
  BarnesHutArgs sweep_{};  // what all groups share
  BarnesHutCells cells_;
  std::span<float> x_, y_, mass_, ax_, ay_;  // by place
  std::span<std::int32_t> groups_;           // quadrants
  std::int64_t num_groups_ = 0;
  std::span<InteractionList> lists_;  // one a worker
};

}  // namespace quadrille
