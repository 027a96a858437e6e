#include "kernels/manifold.h"

#include <algorithm>
#include <cmath>

namespace quadrille {
namespace {

constexpr int kMaxAdvances = 32;
// Of the shorter capsule's half length: how far apart two points of contact are at least.
constexpr float kLeastSpan = 0.1f;
constexpr float kNoWay = 1e-4f;    // of the radii: shorter ways between cores are rounding
constexpr float kParallel = 0.1f;  // sine of the largest angle at which two sides touch in a line

struct Vector {
  float x, y;
};

float clamp_unit(float s) { return std::min(std::max(s, -1.0f), 1.0f); }

// Parameters in [-1, 1] of the nearest points of two segments, by their middles and half axes.
struct Nearest {
  float s, t;    // on a, on b
  Vector way;    // from a's point to b's
  float square;  // of its length
};

Vector way_between(const ContactShape& a, const ContactShape& b, float s, float t) {
  return {(b.x - a.x) + (t * b.ax - s * a.ax), (b.y - a.y) + (t * b.ay - s * a.ay)};
}

Nearest nearest_points(const ContactShape& a, const ContactShape& b) {
  const float dx = b.x - a.x, dy = b.y - a.y;
  const float aa = a.ax * a.ax + a.ay * a.ay, bb = b.ax * b.ax + b.ay * b.ay;
  const float ab = a.ax * b.ax + a.ay * b.ay;
  const float ad = a.ax * dx + a.ay * dy, bd = b.ax * dx + b.ay * dy;
  const float denominator = aa * bb - ab * ab;
  float s = 0, t = 0;
  if (aa > 0 && denominator > 1e-6f * aa * bb) s = clamp_unit((ad * bb - bd * ab) / denominator);
  if (bb > 0) t = clamp_unit((ab * s - bd) / bb);
  if (aa > 0) s = clamp_unit((ab * t + ad) / aa);
  const Vector way = way_between(a, b, s, t);
  return {s, t, way, way.x * way.x + way.y * way.y};
}

Vector direction_of(std::uint32_t turn) {
  constexpr float kHalf = 0.70710678f;
  constexpr Vector kWays[8] = {{1, 0},  {kHalf, kHalf},   {0, 1},  {-kHalf, kHalf},
                               {-1, 0}, {-kHalf, -kHalf}, {0, -1}, {kHalf, -kHalf}};
  return kWays[turn & 7];
}

// Where cores touch or cross there is no way between them: across the longer one; of two discs any.
Vector normal_of(const ContactShape& a, const ContactShape& b, const Nearest& nearest,
                 std::uint32_t turn, float& distance) {
  distance = std::sqrt(nearest.square);
  if (distance > kNoWay * (a.radius + b.radius))
    return {nearest.way.x / distance, nearest.way.y / distance};
  const bool of_a = a.ax * a.ax + a.ay * a.ay >= b.ax * b.ax + b.ay * b.ay;
  const Vector axis = of_a ? Vector{a.ax, a.ay} : Vector{b.ax, b.ay};
  const float length = std::sqrt(axis.x * axis.x + axis.y * axis.y);
  if (!(length > 0) && distance > 0) return {nearest.way.x / distance, nearest.way.y / distance};
  if (!(length > 0)) return direction_of(turn);
  const Vector normal = {-axis.y / length, axis.x / length};
  const float side = normal.x * (b.x - a.x) + normal.y * (b.y - a.y);
  return side < 0 ? Vector{-normal.x, -normal.y} : normal;
}

// Of points s on a and t on b, seen along n.
ManifoldPoint point_at(const ContactShape& a, const ContactShape& b, float s, float t, Vector n,
                       int feature) {
  const Vector way = way_between(a, b, s, t);
  const float gap = way.x * n.x + way.y * n.y - a.radius - b.radius;
  const float out = a.radius + 0.5f * gap;
  return {a.x + s * a.ax + out * n.x, a.y + s * a.ay + out * n.y, n.x, n.y, gap, feature};
}

void keep(Manifold& manifold, const ManifoldPoint& point, float reach) {
  if (point.gap < reach) manifold.point[manifold.count++] = point;
}

}  // namespace

Manifold collide_shapes(const ContactShape& a, const ContactShape& b, float reach,
                        std::uint32_t turn) {
  Manifold manifold;
  const Nearest nearest = nearest_points(a, b);
  const float far = reach + a.radius + b.radius;
  if (!(nearest.square < far * far)) return manifold;
  float distance = 0;
  const Vector n = normal_of(a, b, nearest, turn, distance);
  const float aa = a.ax * a.ax + a.ay * a.ay, bb = b.ax * b.ax + b.ay * b.ay;
  const float cross = a.ax * b.ay - a.ay * b.ax;
  const bool beside = aa > 0 && bb > 0 && cross * cross < kParallel * kParallel * aa * bb;
  if (beside) {
    // The part of a that b runs along, in a's parameter.
    const float middle = ((b.x - a.x) * a.ax + (b.y - a.y) * a.ay) / aa;
    const float half = (b.ax * a.ax + b.ay * a.ay) / aa;
    const float low = clamp_unit(std::min(middle - half, middle + half));
    const float high = clamp_unit(std::max(middle - half, middle + half));
    const float shorter = bb < aa ? std::sqrt(bb / aa) : 1.0f;
    if (high - low > kLeastSpan * shorter) {
      keep(manifold, point_at(a, b, low, clamp_unit((low - middle) / half), n, 0), reach);
      keep(manifold, point_at(a, b, high, clamp_unit((high - middle) / half), n, 1), reach);
      return manifold;
    }
  }
  keep(manifold, point_at(a, b, nearest.s, nearest.t, n, 0), reach);
  return manifold;
}

Manifold collide_wall(const Wall& wall, const ContactShape& b, float reach) {
  Manifold manifold;
  const int ends = b.ax != 0 || b.ay != 0 ? 2 : 1;
  for (int end = 0; end < ends; ++end) {
    const float t = ends == 1 ? 0.0f : end == 0 ? -1.0f : 1.0f;
    const float x = b.x + t * b.ax, y = b.y + t * b.ay;
    const float gap = wall.nx * x + wall.ny * y - wall.offset - b.radius;
    const float in = b.radius + 0.5f * gap;
    keep(manifold, {x - in * wall.nx, y - in * wall.ny, wall.nx, wall.ny, gap, end}, reach);
  }
  return manifold;
}

float shape_distance(const ContactShape& a, const ContactShape& b) {
  return std::sqrt(nearest_points(a, b).square) - a.radius - b.radius;
}

bool cores_cross(const ContactShape& a, const ContactShape& b) {
  const float dx = b.x - a.x, dy = b.y - a.y;
  const float along = a.ax * b.ay - a.ay * b.ax;
  const float of_a = a.ax * dy - a.ay * dx, of_b = b.ax * dy - b.ay * dx;
  return std::abs(of_a) < std::abs(along) && std::abs(of_b) < std::abs(along);
}

bool sweep_shapes(const ContactShape& a, const ContactShape& b, float wx, float wy, float reach,
                  float& share) {
  const float speed = std::sqrt(wx * wx + wy * wy);
  const float goal = reach + a.radius + b.radius;
  ContactShape moved = b;
  share = 0;
  for (int i = 0; i < kMaxAdvances; ++i) {
    const float left = std::sqrt(nearest_points(a, moved).square) - goal;
    if (left <= kSweepNear * goal) return true;
    if (!(speed > 0)) return false;
    share += left / speed;
    if (!(share <= 1.0f)) return false;
    moved.x = b.x + share * wx;
    moved.y = b.y + share * wy;
  }
  return true;
}

}  // namespace quadrille
