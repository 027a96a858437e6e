#include "kernels/contact_finder.h"

#include <algorithm>
#include <cmath>

#include "engine/integers.h"
#include "kernels/body_motion.h"
#include "kernels/float_range.h"

namespace quadrille {
namespace {

constexpr int kMostTurnAdvances = 64;
constexpr float kMostGain = 1e18f;                 // a length; so that floats hold its square
constexpr float kSweepFound = 1.25f * kSweepNear;  // so that roundings lose nothing
constexpr float kFarReaches = 64;  // beyond, squares of floats do not tell a hit from a miss

// How b moves relative to a within the step.
struct Way {
  float x, y;
};

// What gravity and forces add to the way of body p.
Way gained_way(const ContactScene& scene, std::int32_t p) {
  const RigidBodies& bodies = *scene.bodies;
  const float inverse_mass = bodies.row(p)[kInverseMass];
  if (!(inverse_mass > 0) || !bodies.is(p, kAwake)) return {0, 0};
  float x = scene.gravity_x, y = scene.gravity_y;
  if (bodies.have_own_motion()) {
    const BodyTraits& traits = bodies.traits_of(p);
    x = x * traits.gravity_scale + traits.force_x * inverse_mass;
    y = y * traits.gravity_scale + traits.force_y * inverse_mass;
  }
  return {std::clamp(scene.gain * x, -kMostGain, kMostGain),
          std::clamp(scene.gain * y, -kMostGain, kMostGain)};
}

Way relative_way(const ContactScene& scene, std::int32_t a, std::int32_t b) {
  const RigidBodies& bodies = *scene.bodies;
  constexpr float kResting[kBodyRow] = {};
  const float* const of_a = bodies.row(a);
  const float* const of_b = b < 0 ? kResting : bodies.row(b);
  Way way{scene.dt * (of_b[kVx] - of_a[kVx]), scene.dt * (of_b[kVy] - of_a[kVy])};
  // What falls alike keeps its distance. Walls and segments stop what falls whatever is found here.
  const bool alike = b < 0 || (of_a[kInverseMass] > 0) == (of_b[kInverseMass] > 0);
  if (alike && !bodies.have_own_motion()) return way;
  const Way more_a = gained_way(scene, a), more_b = b < 0 ? Way{0, 0} : gained_way(scene, b);
  way.x += more_b.x - more_a.x;
  way.y += more_b.y - more_a.y;
  return way;
}

float length_of(float x, float y) { return std::sqrt(x * x + y * y); }

// discs_meet() by how far they pass each other by, in doubles: from afar the difference of squares
// that it takes is all rounding.
bool far_discs_meet(double dx, double dy, double wx, double wy, double reach, float& share) {
  const double square = wx * wx + wy * wy, along = dx * wx + dy * wy, cross = dx * wy - dy * wx;
  const double root = square * (reach * reach) - cross * cross;
  if (!(along < 0 && root > 0)) return false;
  const double of_way = (dx * dx + dy * dy - reach * reach) / (std::sqrt(root) - along);
  if (!(of_way < 1)) return false;
  share = static_cast<float>(of_way);
  return true;
}

// Of discs whose middles are (dx, dy) apart and move by (wx, wy): whether they come as near as
// `reach`, and after which share of the way. The smaller root of |d + share w| = reach.
bool discs_meet(float dx, float dy, float wx, float wy, float reach, float& share) {
  const float square = wx * wx + wy * wy, along = dx * wx + dy * wy;
  const float outside = dx * dx + dy * dy - reach * reach;
  if (!(outside <= kFarReaches * kFarReaches * reach * reach))
    return far_discs_meet(dx, dy, wx, wy, reach, share);
  const float root = along * along - square * outside;
  if (!(along < 0 && root > 0)) return false;
  share = outside / (std::sqrt(root) - along);
  return share < 1.0f;
}

std::uint32_t turn_of(const RigidBodies& bodies, std::int32_t a, std::int32_t b) {
  return static_cast<std::uint32_t>(bodies.id[at(a)]) * 5u +
         (b < 0 ? 0u : static_cast<std::uint32_t>(bodies.id[at(b)]) * 3u);
}

ContactPoint disc_point(float nx, float ny, float gap, float ra, float rb) {
  // Between the surfaces where they overlap; across a gap each has its own point, so that friction
  // turns neither by an arm longer than its radius.
  const float half = 0.5f * std::min(gap, 0.0f);
  return {nx, ny, gap, 0.0f, 0.0f, ra + half, -(rb + half), 0};
}

ContactPoints disc_points(const ContactScene& scene, std::int32_t a, std::int32_t b) {
  const RigidBodies& bodies = *scene.bodies;
  const std::size_t i = at(a), j = at(b);
  const float ra = bodies.radius[i], rb = bodies.radius[j], radii = ra + rb;
  const float dx = bodies.x[j] - bodies.x[i], dy = bodies.y[j] - bodies.y[i];
  const float square = dx * dx + dy * dy;
  const float near = radii + kContactMargin * std::min(ra, rb);
  ContactPoints points;
  if (square < near * near) {
    const float distance = std::sqrt(square);
    if (distance > 0) {
      points.point[0] = disc_point(dx / distance, dy / distance, distance - radii, ra, rb);
    } else {  // no direction: take the general way to one
      const ContactShape first = bodies.shape(a), second = bodies.shape(b);
      const ManifoldPoint any =
          collide_shapes(first, second, radii, turn_of(bodies, a, b)).point[0];
      points.point[0] = disc_point(any.nx, any.ny, any.gap, ra, rb);
    }
    points.count = 1;
    return points;
  }
  const Way way = relative_way(scene, a, b);
  const float far = near + std::abs(way.x) + std::abs(way.y);
  float share = 0;
  if (!(square < far * far) || !discs_meet(dx, dy, way.x, way.y, radii, share)) return points;
  const float nx = (dx + share * way.x) / radii, ny = (dy + share * way.y) / radii;
  points.point[0] = disc_point(nx, ny, nx * dx + ny * dy - radii, ra, rb);
  points.count = 1;
  return points;
}

// Points of `manifold`, found with b moved by (mx, my); gaps are of where it is now. Where there is
// a gap, arms go to each one's own surface.
ContactPoints with_arms(const Manifold& manifold, const ContactShape& a, const ContactShape& b,
                        float mx, float my) {
  ContactPoints points;
  points.count = manifold.count;
  for (int k = 0; k < manifold.count; ++k) {
    const ManifoldPoint& m = manifold.point[k];
    const float ax = m.x - a.x, ay = m.y - a.y, bx = m.x - (b.x + mx), by = m.y - (b.y + my);
    const float apart = 0.5f * std::max(m.gap, 0.0f);
    points.point[k] = {m.nx,
                       m.ny,
                       m.gap - (m.nx * mx + m.ny * my),
                       ax * m.ny - ay * m.nx,
                       bx * m.ny - by * m.nx,
                       ax * m.nx + ay * m.ny - apart,
                       bx * m.nx + by * m.ny + apart,
                       m.feature};
  }
  return points;
}

// The body is the first shape of a contact, the wall or segment the second.
ContactPoints seen_from_body(ContactPoints points) {
  for (int k = 0; k < points.count; ++k) {
    ContactPoint& p = points.point[k];
    p = {-p.nx, -p.ny, p.gap, -p.normal_b, 0, -p.tangent_b, 0, p.feature};
  }
  return points;
}

ContactPoints wall_points(const ContactScene& scene, std::int32_t a, std::int32_t wall) {
  const ContactShape body = scene.bodies->shape(a);
  const Way way = relative_way(scene, a, -1);
  const Wall w = scene.shapes->wall(wall);
  const float approach = std::max(0.0f, way.x * w.nx + way.y * w.ny);
  // What turns moves its ends too.
  const float swing =
      scene.dt * std::abs(scene.bodies->row(a)[kSpin]) * scene.bodies->half_length[at(a)];
  const float reach = kContactMargin * body.radius + approach + swing + scene.falling;
  return seen_from_body(with_arms(collide_wall(w, body, reach), body, body, 0, 0));
}

// How far body p turns within the step, and how far that carries its ends.
float turn_within(const ContactScene& scene, std::int32_t p) {
  return scene.dt * scene.bodies->row(p)[kSpin];
}
float swing_within(const ContactScene& scene, std::int32_t p) {
  return std::abs(turn_within(scene, p)) * scene.bodies->half_length[at(p)];
}

ContactShape turned_shape(const RigidBodies& bodies, std::int32_t p, float turn) {
  ContactShape shape = bodies.shape(p);
  float cosine = 1, sine = 0;
  direction_after(bodies, p, turn, cosine, sine);
  shape.ax = bodies.half_length[at(p)] * cosine;
  shape.ay = bodies.half_length[at(p)] * sine;
  return shape;
}

// Of two bodies whose ends go farther by turning than what is near anyway: where they first meet on
// the way, by conservative advancement [Mirtich 1996]. No point of either moves faster than the two
// go by each other and their ends about their middles. Gaps are of where they are now, as the
// solver sees them: by the arms at the meeting.
ContactPoints turning_points(const ContactScene& scene, std::int32_t a, std::int32_t b, Way way,
                             float near) {
  const RigidBodies& bodies = *scene.bodies;
  const float farthest = length_of(way.x, way.y) + swing_within(scene, a) + swing_within(scene, b);
  float share = 0;
  for (int i = 0; i < kMostTurnAdvances; ++i) {
    const float turn_a = share * turn_within(scene, a), turn_b = share * turn_within(scene, b);
    const ContactShape first = turned_shape(bodies, a, turn_a);
    const ContactShape second = turned_shape(bodies, b, turn_b);
    ContactShape moved = second;
    moved.x += share * way.x;
    moved.y += share * way.y;
    const float left = shape_distance(first, moved);
    if (left < near) {
      ContactPoints points = with_arms(collide_shapes(first, moved, near, turn_of(bodies, a, b)),
                                       first, second, share * way.x, share * way.y);
      for (ContactPoint& p : points.point) p.gap -= p.normal_b * turn_b - p.normal_a * turn_a;
      return points;
    }
    share += left / farthest;
    if (!(share <= 1.0f)) return {};
  }
  return {};
}

ContactPoints shape_points(const ContactScene& scene, std::int32_t a, std::int32_t b) {
  const RigidBodies& bodies = *scene.bodies;
  const ContactShape first = bodies.shape(a);
  const ContactShape second = b < 0 ? scene.shapes->segment(~b - kNumWalls) : bodies.shape(b);
  const float reach = kContactMargin * contact_length(bodies, a, b);
  const std::uint32_t turn = turn_of(bodies, a, b);
  const Manifold now = collide_shapes(first, second, reach, turn);
  if (now.count > 0) return with_arms(now, first, second, 0, 0);
  Way way = relative_way(scene, a, b);
  float share = 0;
  const float gap = shape_distance(first, second);
  const float swing = b < 0 ? 0 : swing_within(scene, a) + swing_within(scene, b);
  if (!(gap < length_of(way.x, way.y) + swing + scene.falling)) return {};
  // Beside a large radius a small one's margin is less than what the sweep counts as near.
  const float near = std::max(reach, kSweepFound * (first.radius + second.radius));
  if (swing > reach) return turning_points(scene, a, b, way, near);
  if (!sweep_shapes(first, second, way.x, way.y, 0.0f, share)) return {};
  way = {share * way.x, share * way.y};
  ContactShape moved = second;
  moved.x += way.x;
  moved.y += way.y;
  return with_arms(collide_shapes(first, moved, near, turn), first, second, way.x, way.y);
}

}  // namespace

bool will_meet(const ContactScene& scene, std::int32_t a, std::int32_t b,
               const ContactPoint& point) {
  const Way way = relative_way(scene, a, b);
  return point.gap + (point.nx * way.x + point.ny * way.y) <= 0;
}

float approach_speed(const ContactScene& scene, std::int32_t a, std::int32_t b) {
  constexpr float kResting[kBodyRow] = {};
  const float* const of_a = scene.bodies->row(a);
  const float* const of_b = b < 0 ? kResting : scene.bodies->row(b);
  const ContactPoints points = contact_points(scene, a, b);
  float fastest = 0;
  for (int i = 0; i < points.count; ++i) {
    const ContactPoint& p = points.point[i];
    const float parting = p.nx * (of_b[kVx] - of_a[kVx]) + p.ny * (of_b[kVy] - of_a[kVy]) +
                          (p.normal_b * of_b[kSpin] - p.normal_a * of_a[kSpin]);
    fastest = std::max(fastest, -parting);
  }
  return fastest;
}

ManifoldPoint meeting_point(const RigidBodies& bodies, const StaticShapes& shapes, std::int32_t a,
                            std::int32_t b) {
  const ContactShape first = bodies.shape(a);
  Manifold manifold{};
  if (b < 0 && ~b < kNumWalls) {
    manifold = collide_wall(shapes.wall(~b), first, kFloatInfinity);
    for (ManifoldPoint& p : manifold.point) p.nx = -p.nx, p.ny = -p.ny;
  } else {
    const ContactShape second = b < 0 ? shapes.segment(~b - kNumWalls) : bodies.shape(b);
    manifold = collide_shapes(first, second, kFloatInfinity, turn_of(bodies, a, b));
  }
  ManifoldPoint point = manifold.point[0];
  // An end of a capsule that stands on a wall by the other one is far from it.
  const float near = kContactMargin * contact_length(bodies, a, b);
  const bool beside = manifold.count == 2 && std::abs(manifold.point[1].gap - point.gap) < near;
  if (manifold.count == 2 && !beside && manifold.point[1].gap < point.gap) return manifold.point[1];
  if (beside) {
    point.x = 0.5f * point.x + 0.5f * manifold.point[1].x;
    point.y = 0.5f * point.y + 0.5f * manifold.point[1].y;
  }
  return point;
}

float contact_length(const RigidBodies& bodies, std::int32_t a, std::int32_t b) {
  const float of_a = bodies.radius[at(a)];
  if (b < 0) return of_a;
  const float of_b = bodies.radius[at(b)];
  const float least = std::min(of_a, of_b);
  return least > 0 ? least : std::max(of_a, of_b);
}

ContactPoints contact_points(const ContactScene& scene, std::int32_t a, std::int32_t b) {
  if (b < 0) {
    const std::int32_t shape = ~b;
    if (shape < kNumWalls) return wall_points(scene, a, shape);
    ContactPoints points = shape_points(scene, a, b);
    for (int k = 0; k < points.count; ++k)  // a segment has no middle that turns
      points.point[k].normal_b = points.point[k].tangent_b = 0;
    return points;
  }
  const bool discs = scene.bodies->half_length[at(a)] == 0 && scene.bodies->half_length[at(b)] == 0;
  return discs ? disc_points(scene, a, b) : shape_points(scene, a, b);
}

}  // namespace quadrille
