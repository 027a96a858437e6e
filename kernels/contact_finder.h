// Narrow phase: which listed pairs touch, or will within the step, and where.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>

#include "engine/integers.h"
#include "kernels/contact_pairs.h"
#include "kernels/manifold.h"
#include "kernels/rigid_bodies.h"
#include "kernels/static_shapes.h"

namespace quadrille {

inline constexpr std::int64_t kFinderChunk = kPairChunk;  // places a task
// Of the smaller radius: overlap that is left alone, so that what rests keeps touching; and from
// which gap on a pair is watched.
inline constexpr float kContactSlop = 0.01f, kContactMargin = 0.04f;

// What a contact needs to know of the world around it.
struct ContactScene {
  const RigidBodies* bodies;
  const StaticShapes* shapes;
  float dt;       // of the whole step
  float falling;  // what gravity adds to a way in it, at most
  float gravity_x = 0, gravity_y = 0;
  float gain = 0;  // way that a steady acceleration of 1 adds in it
};

// One point between a (a place) and b (a later place, or ~ a static shape).
struct ContactEntry {
  std::int32_t a, b;
  std::int32_t point;  // pair + feature * max_pairs
  std::int32_t lane;   // of the solver's blocks; before that the color
};

// Lever arms as in ContactBlock.
struct ContactPoint {
  float nx, ny, gap;
  float normal_a, normal_b, tangent_a, tangent_b;
  int feature;
};

struct ContactPoints {
  ContactPoint point[2];
  int count = 0;
};

// Points that touch, that are nearer than kContactMargin, or that will meet within the step as the
// two move now; these as they will be then.
ContactPoints contact_points(const ContactScene& scene, std::int32_t a, std::int32_t b);

// Whether the two, moving as now, overlap at the point within the step.
bool will_meet(const ContactScene& scene, std::int32_t a, std::int32_t b,
               const ContactPoint& point);

// How fast the two come near to each other where they are nearest; 0: they do not.
float approach_speed(const ContactScene& scene, std::int32_t a, std::int32_t b);

// Where a touches b, or is nearest to it: in the middle of the points, if there are two, and with a
// normal from a to b.
ManifoldPoint meeting_point(const RigidBodies& bodies, const StaticShapes& shapes, std::int32_t a,
                            std::int32_t b);

// The smaller radius: what is small between the two.
float contact_length(const RigidBodies& bodies, std::int32_t a, std::int32_t b);

struct FoundContacts {
  std::int64_t count = 0;
  float largest_overlap = 0;  // over the sum of the radii
};

enum class PairChange : std::uint8_t { kBegan, kEnded, kWoke };

// Impulses of points that are no more.
inline void forget_impulses(PairList& list, std::int64_t pair, std::int64_t max_pairs,
                            const ContactPoints& points) {
  for (std::int64_t feature = 0; pair + feature * max_pairs < std::ssize(list.normal_impulse);
       ++feature) {
    bool stands = false;
    for (int i = 0; i < points.count; ++i) stands = stands || points.point[i].feature == feature;
    if (stands) continue;
    list.normal_impulse[at(pair + feature * max_pairs)] = 0;
    list.tangent_impulse[at(pair + feature * max_pairs)] = 0;
    if (!list.rolling_impulse.empty()) list.rolling_impulse[at(pair + feature * max_pairs)] = 0;
  }
}

// Entries of the pairs of places [begin, end), in order. Pairs of which nobody is awake stay as
// they are. changed(pair, a, b, PairChange) for each pair that begins or ends to touch, and where
// what is awake meets what sleeps. Who overlaps touches, who was pressed in the last step and is
// still near, and a sensor all that it will meet.
template <class Changed>
FoundContacts find_contacts(const ContactScene& scene, PairList& list, std::int64_t max_pairs,
                            std::int64_t begin, std::int64_t end, ContactEntry* entries,
                            Changed&& changed) {
  FoundContacts found;
  const RigidBodies& bodies = *scene.bodies;
  for (std::int64_t p = begin; p < end; ++p) {
    const auto a = static_cast<std::int32_t>(p);
    const std::uint8_t of_a = bodies.flags[at(p)];
    for (std::int64_t e = list.first[at(p)]; e < list.first[at(p) + 1]; ++e) {
      const std::int32_t b = list.other[at(e)];
      const std::uint8_t of_b = b < 0 ? std::uint8_t{0} : bodies.flags[at(b)];
      if (((of_a | of_b) & kAwake) == 0) continue;
      const ContactPoints points = contact_points(scene, a, b);
      const bool solid = ((of_a | of_b) & kSensor) == 0;
      const std::uint8_t before = list.state[at(e)];
      bool touches = false;
      for (int i = 0; i < points.count; ++i) {
        const ContactPoint& point = points.point[i];
        touches = touches || point.gap <= 0 || (!solid && will_meet(scene, a, b, point));
        if (!solid) continue;
        const float radii = bodies.radius[at(p)] + (b < 0 ? 0 : bodies.radius[at(b)]);
        if (-point.gap > found.largest_overlap * radii) found.largest_overlap = -point.gap / radii;
        const std::int64_t at_point = e + point.feature * max_pairs;
        entries[found.count++] = {a, b, static_cast<std::int32_t>(at_point), 0};
        touches = touches || ((before & kPressed) != 0 && list.normal_impulse[at(at_point)] > 0);
      }
      if ((before & kPressed) != 0) forget_impulses(list, e, max_pairs, points);
      if (solid && points.count > 0 && b >= 0 && (of_a & of_b & kAwake) == 0)
        changed(e, a, b, PairChange::kWoke);
      if (touches != ((before & kTouched) != 0))
        changed(e, a, b, touches ? PairChange::kBegan : PairChange::kEnded);
      list.state[at(e)] = static_cast<std::uint8_t>((touches ? kTouched : 0) |
                                                    (solid && points.count > 0 ? kPressed : 0));
    }
  }
  return found;
}

}  // namespace quadrille
