/* The shapes of windows, and the test of children or points against them, many at once. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

// Which children, or points, a window may hold, a bit each, and which of these it is sure to hold.
struct WindowMasks {
  std::uint64_t touched, held;
};

struct Sides {
  double min_x, min_y, max_x, max_y;
};

// A closed box. Where the points' floats are exact, a point is inside if and only if its floats lie
// between the innermost floats; else rounding is monotone: a point inside has floats between the
// nearest ones, one whose floats lie strictly between these is inside, the others are judged in
// double.
template <bool kExact>
struct BoxWindow {
  double min_x, min_y, max_x, max_y;
  float inner_low_x, inner_low_y, inner_high_x, inner_high_y;
  float low_x, low_y, high_x, high_y;

  BoxWindow(double x, double y, double half, double)
      : BoxWindow(Sides{x - half, y - half, x + half, y + half}) {}
  explicit BoxWindow(const Sides& sides)
      : min_x(sides.min_x), min_y(sides.min_y), max_x(sides.max_x), max_y(sides.max_y),
        inner_low_x(float_above(min_x)), inner_low_y(float_above(min_y)),
        inner_high_x(float_below(max_x)), inner_high_y(float_below(max_y)),
        low_x(kExact ? inner_low_x : static_cast<float>(min_x)),
        low_y(kExact ? inner_low_y : static_cast<float>(min_y)),
        high_x(kExact ? inner_high_x : static_cast<float>(max_x)),
        high_y(kExact ? inner_high_y : static_cast<float>(max_y)) {}

  template <class Arch>
  WindowMasks children(const QueryNode& node) const {
    using Floats = Batch<float, Arch>;
    WindowMasks masks{0, 0};
    for (std::size_t c = 0; c < kNodeChildren; c += Floats::size) {
      const Floats left = Floats::load_unaligned(node.min_x + c);
      const Floats right = Floats::load_unaligned(node.max_x + c);
      const Floats below = Floats::load_unaligned(node.min_y + c);
      const Floats above = Floats::load_unaligned(node.max_y + c);
      masks.touched |= (mask_bits(left <= Floats(high_x)) & mask_bits(Floats(low_x) <= right) &
                        mask_bits(below <= Floats(high_y)) & mask_bits(Floats(low_y) <= above))
                       << c;
      masks.held |=
          (mask_bits(Floats(inner_low_x) <= left) & mask_bits(right <= Floats(inner_high_x)) &
           mask_bits(Floats(inner_low_y) <= below) & mask_bits(above <= Floats(inner_high_y)))
          << c;
    }
    return masks;
  }
  template <class Arch>
  WindowMasks points(const PointColumnsView& points, std::int64_t first) const {
    using Floats = Batch<float, Arch>;
    const Floats x = Floats::load_unaligned(points.x + first);
    const Floats y = Floats::load_unaligned(points.y + first);
    const std::uint64_t touched = mask_bits(both(both(Floats(low_x) <= x, x <= Floats(high_x)),
                                                 both(Floats(low_y) <= y, y <= Floats(high_y))));
    if constexpr (kExact) return {touched, touched};
    return {touched, mask_bits(Floats(low_x) < x) & mask_bits(x < Floats(high_x)) &
                         mask_bits(Floats(low_y) < y) & mask_bits(y < Floats(high_y))};
  }
  bool contains(const PointColumnsView& points, std::int64_t place) const {
    if constexpr (kExact) return true;  // what floats touch they hold
    return min_x <= points.exact_x[place] && points.exact_x[place] <= max_x &&
           min_y <= points.exact_y[place] && points.exact_y[place] <= max_y;
  }
};

template <bool kExact>
struct DiscWindow {
  QueryPoint q;
  double bound;  // squared radius
  float limit;
  float sure;  // a float distance to the farther edge of q up to this is one of at most `bound`

  DiscWindow(double x, double y, double radius, double slack)
      : q(x, y, slack), bound(radius * radius), limit(float_limit(bound)),
        sure(float_below(bound * (1 - 0x1p-20) - 0x1p-147)) {}

  template <class Arch>
  WindowMasks children(const QueryNode& node) const {
    using Floats = Batch<float, Arch>;
    float distances[kNodeChildren];
    WindowMasks masks{box_distances<Arch>(node, q, limit, distances), 0};
    for (std::size_t c = 0; c < kNodeChildren; c += Floats::size) {
      const Floats left = Floats(q.high_x) - Floats::load_unaligned(node.min_x + c);
      const Floats right = Floats::load_unaligned(node.max_x + c) - Floats(q.low_x);
      const Floats below = Floats(q.high_y) - Floats::load_unaligned(node.min_y + c);
      const Floats above = Floats::load_unaligned(node.max_y + c) - Floats(q.low_y);
      const Floats dx = max(left, right), dy = max(below, above);
      masks.held |= mask_bits(dx * dx + dy * dy <= Floats(sure)) << c;
    }
    masks.held &= masks.touched;  // an absent child's box is inside out
    return masks;
  }
  template <class Arch>
  WindowMasks points(const PointColumnsView& points, std::int64_t first) const {
    using Floats = Batch<float, Arch>;
    const Floats x = Floats::load_unaligned(points.x + first);
    const Floats y = Floats::load_unaligned(points.y + first);
    const Floats dx = max(Floats(q.high_x) - x, x - Floats(q.low_x));
    const Floats dy = max(Floats(q.high_y) - y, y - Floats(q.low_y));
    return {near_points<Arch>(points, first, q, limit),
            mask_bits(dx * dx + dy * dy <= Floats(sure))};
  }
  bool contains(const PointColumnsView& points, std::int64_t place) const {
    return squared_distance<kExact>(points, place, q) <= bound;
  }
};

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
