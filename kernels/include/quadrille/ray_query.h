// Points near a segment, in the order in which it passes them: what a ray of some width meets.
//
// A point is hit where its distance from the segment is at most the radius, in doubles as they
// round; it counts as passed where the segment is nearest to it. Which part to use: visit_ray() to
// see hits in no particular order; ray() for the first few of one segment; rays() for many
// segments, answered in Hilbert order of their middles. The first two allocate nothing.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/point_index.h>
#include <quadrille/point_walk.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;

struct RaySegment {
  double from_x, from_y, to_x, to_y;  // may be one point: then a disc
};

struct PointHit {
  double along;  // distance from the segment's begin to where it is nearest to the point
  BodyID id;
};
inline bool is_passed_before(const PointHit& a, const PointHit& b) {
  return a.along < b.along || (a.along == b.along && a.id < b.id);
}

// A segment with what every test of a point needs, in units that are powers of two: distances from
// its line and along it in one about as large as the segment, those from its ends in one about as
// large as the radius. So no square vanishes, or overflows, that decides, however different the two
// are; a radius may be infinite.
class Ray {
 public:
  Ray(const RaySegment& segment, double radius)
      : from_(segment), radius_(radius),
        scale_(scale_of(std::max(std::fabs(segment.to_x - segment.from_x),
                                 std::fabs(segment.to_y - segment.from_y)))),
        end_scale_(scale_of(radius)), dx_((segment.to_x - segment.from_x) * scale_),
        dy_((segment.to_y - segment.from_y) * scale_), squared_length_(dx_ * dx_ + dy_ * dy_),
        length_(std::sqrt(squared_length_)), reach_(radius * scale_ * length_),
        square_(radius * end_scale_ * (radius * end_scale_)) {
    if (std::isinf(radius)) reach_ = radius;  // also where the segment has no length
  }

  bool hits(double x, double y, double& along) const {
    const double px = (x - from_.from_x) * scale_, py = (y - from_.from_y) * scale_;
    const double dot = px * dx_ + py * dy_;
    if (!(dot > 0)) {
      along = 0;
      return is_near(x - from_.from_x, y - from_.from_y);
    }
    if (dot >= squared_length_) {
      along = length_ / scale_;
      return is_near(x - from_.to_x, y - from_.to_y);
    }
    const double cross = px * dy_ - py * dx_;
    along = dot / length_ / scale_;
    return std::fabs(cross) <= reach_;
  }

  // False only if no point of the box is hit: its sides, or the line through the segment, lie
  // farther apart than the radius by more than rounding could hide.
  bool touches(const Box& box) const {
    const double min_x = box.min_x, min_y = box.min_y, max_x = box.max_x, max_y = box.max_y;
    const double reach_x = radius_ + slack(from_.from_x, from_.to_x, min_x, max_x);
    const double reach_y = radius_ + slack(from_.from_y, from_.to_y, min_y, max_y);
    if (std::max(from_.from_x, from_.to_x) + reach_x < min_x ||
        std::max(from_.from_y, from_.to_y) + reach_y < min_y ||
        std::min(from_.from_x, from_.to_x) - reach_x > max_x ||
        std::min(from_.from_y, from_.to_y) - reach_y > max_y)
      return false;
    const double half_x = (max_x - min_x) / 2, half_y = (max_y - min_y) / 2;
    const double px = min_x + half_x - from_.from_x, py = min_y + half_y - from_.from_y;
    const double from_line = std::fabs(px * dy_ - py * dx_);
    const double reach = half_x * std::fabs(dy_) + half_y * std::fabs(dx_) + radius_ * length_;
    const double terms = std::fabs(px * dy_) + std::fabs(py * dx_);
    const double corners =
        (reach_x - radius_) * std::fabs(dy_) + (reach_y - radius_) * std::fabs(dx_);
    // So that what is no number, as boxes that end in infinity make it, is looked at.
    return !(from_line > reach * (1 + kRounding) + terms * kRounding + corners);
  }

 private:
  static constexpr double kRounding = 0x1p-40;    // far more than a few operations lose
  static constexpr double kVanishing = 0x1p-900;  // and more than what is 0 in a ray's units
  static double scale_of(double size) {
    if (!(size > 0)) return std::ldexp(1.0, kMostScale);
    return std::ldexp(1.0, std::clamp(-std::ilogb(size), -kMostScale, kMostScale));
  }
  bool is_near(double dx, double dy) const {  // of an end
    const double x = dx * end_scale_, y = dy * end_scale_;
    return x * x + y * y <= square_;
  }
  static constexpr int kMostScale = 1000;
  static double slack(double a, double b, double c, double d) {
    return kRounding * std::max(std::max(std::fabs(a), std::fabs(b)),
                                std::max(std::fabs(c), std::fabs(d))) +
           kVanishing;
  }

  RaySegment from_;
  double radius_, scale_, end_scale_;
  double dx_, dy_, squared_length_, length_;  // all times the scale, or its square
  double reach_;   // the radius times the length, likewise: what a point of the line has at most
  double square_;  // of the radius times the scale of ends
};

// Calls visit(hit) for each point hit, in the index's own order, until it returns false; says
// whether it never did. Coordinates as for queries; the radius not negative, infinite: all points.
template <class Visit>
bool visit_ray(const PointColumnsView& points, const RaySegment& segment, double radius,
               const Visit& visit) {
  const Ray ray(segment, radius);
  return walk_points(
      points, [&ray](const Box& box) { return ray.touches(box); },
      [&](std::int32_t first, std::int32_t last) {
        for (std::int32_t place = first; place < last; ++place) {
          const PointAt point = point_at(points, place);
          double along = 0;
          if (ray.hits(point.x, point.y, along) && !visit(PointHit{along, points.order[place]}))
            return false;
        }
        return true;
      });
}

// The first hits by (along, id), as many as `hits` takes; how many there are in all is returned.
// kInvalidArgument: a coordinate is not finite or beyond a float, the radius negative or not
// finite.
Result<std::int64_t> ray(const PointIndex& index, const RaySegment& segment, double radius,
                         std::span<PointHit> hits);

// The hits of segment s are hits[begin[s] .. begin[s + 1]), by (along, id).
struct RayHits {
  std::optional<Arena> arena;  // holds the rest
  std::span<std::int64_t> begin;
  std::span<PointHit> hits;
  std::int64_t num_segments() const { return static_cast<std::int64_t>(begin.size()) - 1; }
  std::span<PointHit> of(std::size_t segment) const {
    return hits.subspan(static_cast<std::size_t>(begin[segment]),
                        static_cast<std::size_t>(begin[segment + 1] - begin[segment]));
  }
};

// Of as many of the first segments as have `max_hits` hits together, but of one at least, as
// PointIndex::list. Takes 16 bytes a hit, and as many again while they are found, if the index's
// budget has them. Errors as above, and kOutOfMemory.
Result<RayHits> rays(const PointIndex& index, std::span<const RaySegment> segments, double radius,
                     std::int64_t max_hits, Parallel& parallel);

}  // namespace quadrille
