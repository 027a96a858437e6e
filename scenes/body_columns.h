// What the scenes of bodies (nbody, collide) share: a position and a velocity column, two planes
// each, rewritten.
#pragma once

#include <string>

#include <quadrille/scene.h>

#include "engine/time_stepper.h"

namespace quadrille {

inline constexpr ColumnID kPosition = 0, kVelocity = 1;

FrameSchema body_schema(std::int64_t num_bodies);

// Writes positions and velocities (zero where the input has none). kInvalidInput, with the body
// named: a coordinate or velocity that is not finite as a float, or a mass or radius that is
// negative or not finite.
Status load_bodies(const PointSet& points, const std::string& scene, FrameWriter& frame);

// Root of the mean squared distance from the mean.
double rms_radius(const PointSet& points);

Status verify_finite(const std::string& scene, const Frame& frame);

}  // namespace quadrille
