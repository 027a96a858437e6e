// What the scene nbody is asked for, checked and completed from the bodies.
#pragma once

#include <optional>

#include <quadrille/block_time_steps.h>
#include <quadrille/field_accuracy.h>
#include <quadrille/multipole.h>
#include <quadrille/scene.h>
#include <quadrille/status.h>

namespace quadrille {

struct NbodyOptions {
  MultipoleOptions field;
  std::optional<FieldAccuracy> accuracy;   // where an error is asked for
  std::optional<BlockStepOptions> blocks;  // where each body has a time step of its own
  double extent = 0;                       // rms radius of the bodies
  double most_force_error = 0;             // that a verified run may have
  float dt = 0;                            // 0: chosen from the extent
};

// kInvalidArgument or kUnsupported: what is asked for is not to be had, in one sentence.
// check_nbody_options() of scenes.h says what is not to be had of any bodies.
Result<NbodyOptions> nbody_options(const PointSet& points, const SceneOptions& options);

// kInvalidArgument: more than 1e18, either way.
Status check_nbody_dt(float dt);

// `value` brought into [low, low + side) by whole sides; what is not finite stays.
float wrapped(float value, float low, float side);

}  // namespace quadrille
