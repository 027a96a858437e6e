// What the scene collide is asked for and given, checked before pairs are looked for.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/quadtree.h>
#include <quadrille/scene.h>
#include <quadrille/status.h>

namespace quadrille {

inline constexpr std::int64_t kPairsPerDisc = 6;  // room; equal discs packed densely have 3

struct CollideOptions {
  float friction = 0.4f, restitution = 0.3f, rolling = 0;
  float gravity = -1;  // negative: one box height a second squared
  float dt = 0;        // 0: chosen from the box and the radii
  int sub_steps = 0;   // 0: the solver's own
};

// kInvalidArgument: a number is beyond its bounds, in one sentence. Negative ones are the scene's
// own. check_collide_options() of scenes.h is the check alone.
Result<CollideOptions> collide_options(const SceneOptions& options);

// As the points say, else what bounds them; a side without length is as long as the other, or 1, or
// what floats tell apart there.
Box collide_box(const PointSet& points);

// kInvalidArgument: beyond 1e-18 to 1e15, where floats do not hold what is over it.
Status check_collide_dt(float dt);

// How many pairs of discs stand on one spot. kInvalidInput: no pair can be computed of such a box,
// segment or radius. kBudgetExceeded: crowds stand on one spot, where there would be a pair for any
// two.
Result<std::int64_t> check_discs(const PointSet& points, const Box& box, std::span<const float> x,
                                 std::span<const float> y);

}  // namespace quadrille
