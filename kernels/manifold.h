// Contact points of discs, capsules, segments and walls: where two shapes are nearest, and when
// two that move meet. Everything is a segment with a radius; see Ericson, Real-Time Collision
// Detection, 2005, 5.1.9 (closest points of segments), 5.5 (meeting of moving discs).
#pragma once

#include <cstdint>

namespace quadrille {

// All points within `radius` of the segment from (x - ax, y - ay) to (x + ax, y + ay).
struct ContactShape {
  float x = 0, y = 0, ax = 0, ay = 0, radius = 0;
};

struct Wall {  // all points with nx x + ny y < offset, n of length 1
  float nx = 0, ny = 0, offset = 0;
};

struct ManifoldPoint {
  float x, y;    // half way between the two surfaces
  float nx, ny;  // of length 1, from the first shape to the second
  float gap;     // < 0: they overlap
  int feature;   // 0 or 1; the same in the next step
};

struct Manifold {
  ManifoldPoint point[2];
  int count = 0;  // those with gap < reach
};

// `turn` chooses the direction in which shapes whose middles coincide part.
Manifold collide_shapes(const ContactShape& a, const ContactShape& b, float reach,
                        std::uint32_t turn);
// Points from the wall (the first shape) to the ends of `b`.
Manifold collide_wall(const Wall& wall, const ContactShape& b, float reach);

// Between the surfaces; < 0: they overlap.
float shape_distance(const ContactShape& a, const ContactShape& b);

// Whether the cores cross: the ends of each lie on different sides of the other.
bool cores_cross(const ContactShape& a, const ContactShape& b);

// Whether `b`, moving by (wx, wy) relative to `a`, comes as near as `reach`, and after which share
// of the way: up to kSweepNear of the reach and the radii farther away. Turning is not looked at.
inline constexpr float kSweepNear = 0.01f;
bool sweep_shapes(const ContactShape& a, const ContactShape& b, float wx, float wy, float reach,
                  float& share);

}  // namespace quadrille
