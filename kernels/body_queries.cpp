#include "kernels/body_queries.h"

#include <algorithm>
#include <cmath>

#include "engine/integers.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

void keep_nearer(RayMeeting& first, float share, float nx, float ny) {
  if (!(share < first.share)) return;
  first.share = share;
  first.nx = nx;
  first.ny = ny;
}

// The end of a capsule, or a disc: the smaller root of |o + share d| = radius, by how far the ray
// passes its middle by, in doubles: from afar a difference of squares of floats is all rounding.
void meet_disc(float cx, float cy, float radius, float x, float y, float dx, float dy,
               RayMeeting& first) {
  const double ox = double{x} - cx, oy = double{y} - cy, wx = dx, wy = dy, r = radius;
  const double square = wx * wx + wy * wy, along = ox * wx + oy * wy, cross = ox * wy - oy * wx;
  const double root = square * (r * r) - cross * cross, outside = ox * ox + oy * oy - r * r;
  if (!(along < 0 && root >= 0 && outside > 0)) return;
  const double share = outside / (std::sqrt(root) - along);
  const double nx = ox + share * wx, ny = oy + share * wy;
  const double length = std::sqrt(nx * nx + ny * ny);
  if (length > 0)
    keep_nearer(first, static_cast<float>(share), static_cast<float>(nx / length),
                static_cast<float>(ny / length));
}

// The long side of a capsule that the ray comes from, or a segment.
void meet_side(const ContactShape& shape, float x, float y, float dx, float dy, RayMeeting& first) {
  const float length = std::sqrt(shape.ax * shape.ax + shape.ay * shape.ay);
  if (!(length > 0)) return;
  float nx = -shape.ay / length, ny = shape.ax / length;
  float height = nx * (x - shape.x) + ny * (y - shape.y);
  if (height < 0) nx = -nx, ny = -ny, height = -height;
  const float approach = -(nx * dx + ny * dy);
  if (!(approach > 0) || height < shape.radius) return;
  const float share = (height - shape.radius) / approach;
  const float px = x + share * dx - shape.x, py = y + share * dy - shape.y;
  const float along = px * shape.ax + py * shape.ay;
  if (std::abs(along) <= length * length) keep_nearer(first, share, nx, ny);
}

}  // namespace

bool meets_box(const ContactShape& shape, const Box& whole) {
  // Of a large box the part around the shape is enough, and is as exact as the shape.
  const float around_x = 2 * (std::abs(shape.ax) + shape.radius);
  const float around_y = 2 * (std::abs(shape.ay) + shape.radius);
  const Box box = {
      std::max(whole.min_x, shape.x - around_x), std::max(whole.min_y, shape.y - around_y),
      std::min(whole.max_x, shape.x + around_x), std::min(whole.max_y, shape.y + around_y)};
  if (!(box.min_x <= box.max_x) || !(box.min_y <= box.max_y)) return false;
  const float x = 0.5f * box.min_x + 0.5f * box.max_x, y = 0.5f * box.min_y + 0.5f * box.max_y;
  const float w = 0.5f * box.max_x - 0.5f * box.min_x, h = 0.5f * box.max_y - 0.5f * box.min_y;
  const float cx = std::clamp(shape.x, box.min_x, box.max_x);
  const float cy = std::clamp(shape.y, box.min_y, box.max_y);
  const float dx = shape.x - cx, dy = shape.y - cy;
  if (dx * dx + dy * dy <= shape.radius * shape.radius) return true;
  if (shape.ax == 0 && shape.ay == 0) return false;
  // A segment that does not begin or end inside comes as near as to one of the four edges.
  for (const ContactShape& edge :
       {ContactShape{x, y - h, w, 0, 0}, ContactShape{x, y + h, w, 0, 0},
        ContactShape{x - w, y, 0, h, 0}, ContactShape{x + w, y, 0, h, 0}})
    if (shape_distance(shape, edge) <= 0) return true;
  return false;
}

bool meets_ray(const ContactShape& shape, float x, float y, float dx, float dy, RayMeeting& first) {
  const float before = first.share;
  if (shape.radius > 0 && shape_distance(shape, {x, y, 0, 0, 0}) <= 0) {  // it begins inside
    first.share = first.nx = first.ny = 0;
    return before > 0;
  }
  meet_side(shape, x, y, dx, dy, first);
  meet_disc(shape.x - shape.ax, shape.y - shape.ay, shape.radius, x, y, dx, dy, first);
  if (shape.ax != 0 || shape.ay != 0)
    meet_disc(shape.x + shape.ax, shape.y + shape.ay, shape.radius, x, y, dx, dy, first);
  return first.share < before;
}

Result<BodyQueries> BodyQueries::create(std::int64_t max_bodies, BroadPhase& cells, Arena& arena) {
  BodyQueries queries;
  queries.cells_ = &cells;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, max_bodies, {"queries: reach"}, queries.reach_));
  return queries;
}

void BodyQueries::update(const RigidBodies& bodies) {
  const std::size_t n = at(bodies.count);
  for (std::size_t p = 0; p < n; ++p) reach_[p] = bodies.radius[p] + bodies.half_length[p];
  cells_->sort({bodies.x.first(n), bodies.y.first(n), reach_.first(n)});
}

// Walls stop all that begins in the box; what is left out of a long ray, floats need not resolve.
RayMeeting BodyQueries::ray(const RigidBodies& bodies, const StaticShapes& shapes,
                            const QueryMask& mask, float x, float y, float dx, float dy) const {
  const Box& box = shapes.box;
  const double width = double{box.max_x} - box.min_x, height = double{box.max_y} - box.min_y;
  const double length = std::sqrt(double{dx} * dx + double{dy} * dy);
  const double enough = 2 * (width + height);
  const bool starts_inside = x >= box.min_x && x <= box.max_x && y >= box.min_y && y <= box.max_y;
  if (!starts_inside || !(length > enough)) return near_ray(bodies, shapes, mask, x, y, dx, dy);
  const double part = enough / length;
  RayMeeting met = near_ray(bodies, shapes, mask, x, y, static_cast<float>(part * dx),
                            static_cast<float>(part * dy));
  met.share = static_cast<float>(part * met.share);
  return met;
}

RayMeeting BodyQueries::near_ray(const RigidBodies& bodies, const StaticShapes& shapes,
                                 const QueryMask& mask, float x, float y, float dx,
                                 float dy) const {
  RayMeeting first;
  for (std::int32_t i = 0; i < shapes.num_segments(); ++i)
    if (mask.sees_segment(shapes, i) && meets_ray(shapes.segment(i), x, y, dx, dy, first))
      first.what = ~(kNumWalls + i);
  for (std::int32_t i = 0; i < kNumWalls; ++i) {
    const Wall wall = shapes.wall(i);
    const float height = wall.nx * x + wall.ny * y - wall.offset;
    const float approach = -(wall.nx * dx + wall.ny * dy);
    const float before = first.share;
    if (height >= 0 && approach > 0) keep_nearer(first, height / approach, wall.nx, wall.ny);
    if (first.share < before) first.what = ~i;
  }
  const ContactShape way = {x + 0.5f * dx, y + 0.5f * dy, 0.5f * dx, 0.5f * dy, 0};
  scan_segment(*cells_, way, [&](std::int32_t i) {
    const std::int32_t place = cells_->order()[at(i)];
    if (bodies.is(place, kSensor) || !mask.sees(bodies, place)) return;
    RayMeeting met = first;
    met.share = 1;
    if (!meets_ray(bodies.shape(place), x, y, dx, dy, met)) return;
    const bool same =
        met.share == first.share && first.what >= 0 && first.what != RayMeeting::kNothing;
    const bool sooner =
        met.share < first.share || (same && bodies.id[at(place)] < bodies.id[at(first.what)]);
    if (!sooner) return;
    first = met;
    first.what = place;
  });
  return first;
}

}  // namespace quadrille
