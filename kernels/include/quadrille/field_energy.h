// FieldEnergy: what a system of bodies keeps while it moves: energy, momentum, angular momentum. In
// double, for reports, not for state.
//
// Units are those of places, velocities and masses, with the constant of gravity 1; momenta turn
// about the origin of the places. A body's potential is what Multipole::potentials() gives, but for
// what cells as wholes lose; here a periodic square has one, too.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/multipole.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;

struct ConservedQuantities {
  double kinetic = 0, potential = 0;
  double momentum_x = 0, momentum_y = 0, angular_momentum = 0;
  // What the drifts of momenta are measured by: sums of absolute values.
  double mass_times_speed = 0, mass_times_swept = 0;
  double energy() const { return kinetic + potential; }
};

// Columns by BodyID, one element a body of the tree. `mass` may be empty: all 1.
struct MovingBodies {
  std::span<const float> x, y, vx, vy, mass;
};

class FieldEnergy {
 public:
  // Potential and kinetic energy are of all below twice as many bodies, else of as many to twice as
  // many evenly spread places of the tree, scaled up by their masses: then a body's own gain counts
  // as drift.
  static constexpr std::int64_t kMostBodies = 1 << 17;

  // Takes its memory from `arena`, once: 20 bytes a body and 70 kB. parallel and arena must outlive
  // this. kOutOfMemory.
  static Result<FieldEnergy> create(std::int64_t max_bodies, Parallel& parallel, Arena& arena);
  FieldEnergy(FieldEnergy&&) noexcept;
  FieldEnergy& operator=(FieldEnergy&&) noexcept;
  ~FieldEnergy();

  // `tree` holds the bodies' places. Each pair counts once; coincident ones not at all where
  // nothing softens their law. The potential of 1/r is mass * log(distance^2 + softening^2) / 2, of
  // 1/r^2 minus mass over the root of the same sum; cells act by their moments up to the second
  // (within 1e-4, mostly; 5e-3 on lattices or where scales lie far apart). In a periodic square
  // images and background are in the potential (up to a constant), and lengths are in units of its
  // side. Of `options`, law, softening and square count. Places, velocities and masses are finite:
  // where one is not, no sum is. One call at a time; it allocates nothing, and its bytes do not
  // depend on threads.
  // kInvalidArgument: softening or square out of range, a column that is not as long as the tree,
  // more bodies than max_bodies. kUnsupported: a periodic square with another law than 1/r.
  Result<ConservedQuantities> measure(const QuadtreeView& tree, const MovingBodies& bodies,
                                      const MultipoleOptions& options);

 private:
  struct State;
  explicit FieldEnergy(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quadrille
