// PhysicsPeer: one engine's world of discs in a box, as `quadrille_physics_peers` runs them side by
// side. One file a peer, its library's only door.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <quadrille/status.h>

namespace quadrille {
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

// Metres, seconds, kilograms; density 1, at rest. The box is [0, width] x [0, height].
struct PhysicsScene {
  float width = 0, height = 0;
  float gravity = 10;  // downward
  float friction = 0.4f, restitution = 0;
  int sub_steps = 4;  // of an engine that has them
  std::vector<float> x, y, radius;
  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
};

// By the scene's order.
struct PhysicsState {
  std::vector<float> x, y, vx, vy;
};

class PhysicsPeer {
 public:
  virtual ~PhysicsPeer() = default;
  virtual std::string name() const = 0;  // with its version, and how it is set
  // In place of the world before. Nothing sleeps.
  virtual Status create(const PhysicsScene& scene) = 0;
  virtual Status step(float dt) = 0;
  virtual Status read(PhysicsState& state) const = 0;
  // All pairs of discs of the scene that overlap, by the engine's broad-phase with its data in
  // place: the nanoseconds that it took.
  virtual Result<double> find_pairs(const PhysicsScene& scene, std::int64_t& pairs) = 0;
};

std::unique_ptr<PhysicsPeer> quadrille_physics(Parallel& parallel);  // physics_quadrille.cpp
std::unique_ptr<PhysicsPeer> box2d_physics();                        // physics_box2d.cpp

}  // namespace quadrille::program
