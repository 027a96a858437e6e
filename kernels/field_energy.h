// What a system of bodies keeps while it moves: energy, momentum, angular momentum. In double, for
// reports, not for state.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/multipole.h>
#include <quadrille/periodic_square.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

#include "kernels/barnes_hut_cells.h"

namespace quadrille {

class Parallel;

struct ConservedQuantities {
  double kinetic = 0, potential = 0;
  double momentum_x = 0, momentum_y = 0, angular_momentum = 0;
  // What the drifts of momenta are measured by: sums of absolute values.
  double mass_times_speed = 0, mass_times_swept = 0;
  double energy() const { return kinetic + potential; }
};

struct MovingBodies {  // by BodyID
  std::span<const float> x, y, vx, vy, mass;
};

class FieldEnergy {
 public:
  // Potential and kinetic energy are of all below twice as many bodies, else of as many to twice as
  // many evenly spread places of the tree, scaled up by their masses: then a body's own gain counts
  // as drift.
  static constexpr std::int64_t kMostBodies = 1 << 17;

  // Takes its memory from `arena`, once. parallel and arena must outlive this.
  static Result<FieldEnergy> create(std::int64_t max_bodies, Parallel& parallel, Arena& arena);

  // `tree` holds the bodies' places. Each pair counts once; coincident ones not at all where
  // nothing softens their law. The potential of 1/r is mass * log(distance^2 + softening^2) / 2, of
  // 1/r^2 minus mass over the root of the same sum; cells act by their moments up to the second
  // (within 1e-4, mostly). In a periodic square images and background are in the potential (up to a
  // constant), and lengths are in units of its side. Of `options`, law, softening and square count.
  // Allocates nothing.
  ConservedQuantities measure(const QuadtreeView& tree, const MovingBodies& bodies,
                              const MultipoleOptions& options);

 private:
  struct Part {  // of some neighbouring bodies
    double mass = 0, kinetic = 0, potential = 0;
  };

  FieldEnergy() = default;
  double potential_at(const QuadtreeView& tree, std::size_t place,
                      const MultipoleOptions& options) const;
  double potential_of_image(const QuadtreeView& tree, std::size_t place, double off_x, double off_y,
                            const MultipoleOptions& options) const;

  Parallel* parallel_ = nullptr;
  BarnesHutCells cells_;
  std::span<float> mass_;  // by place
  std::span<Part> parts_;
};

}  // namespace quadrille
