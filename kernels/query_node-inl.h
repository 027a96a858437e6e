/* What nearest and window queries share: rounding that never loses a point, and the tests of a
   node's children, or of a register of points, at once. A float test may let too many points
   through, never too few; who passes is judged in double. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

// The largest float that is not above a double, and the least that is not below it.
inline float float_below(double value) {
  const auto nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) <= value) return nearest;
  const auto bits =
      __builtin_bit_cast(std::int32_t, nearest);  // also of infinity: down to the largest
  if (nearest == 0.0f) return -0x1p-149f;
  return __builtin_bit_cast(float, nearest > 0.0f ? bits - 1 : bits + 1);
}
inline float float_above(double value) { return -float_below(-value); }

// A float squared distance above this cannot belong to a squared distance of at most `bound`: three
// roundings lose less than 2^-20 of it, underflow less than four of the least floats.
inline float float_limit(double bound) {
  return static_cast<float>(bound * (1 + 0x1p-20) + 0x1p-147);
}

struct QueryPoint {
  double x, y;
  float low_x, high_x, low_y,
      high_y;  // the query as floats see it, wide enough for the points' own rounding
  QueryPoint(double at_x, double at_y, double slack)
      : x(at_x), y(at_y), low_x(float_below(at_x - slack)), high_x(float_above(at_x + slack)),
        low_y(float_below(at_y - slack)), high_y(float_above(at_y + slack)) {}
};

// Lower bounds of the squared distances to the child boxes. Bit c of what is returned: child c
// is within the limit.
template <class Arch>
inline std::uint32_t box_distances(const QueryNode& node, const QueryPoint& q, float limit,
                                   float* distances) {
  using Floats = Batch<float, Arch>;
  const Floats zero(0.0f);
  std::uint64_t near = 0;
  for (std::size_t c = 0; c < kNodeChildren; c += Floats::size) {
    const Floats left = Floats::load_unaligned(node.min_x + c) - Floats(q.high_x);
    const Floats right = Floats(q.low_x) - Floats::load_unaligned(node.max_x + c);
    const Floats below = Floats::load_unaligned(node.min_y + c) - Floats(q.high_y);
    const Floats above = Floats(q.low_y) - Floats::load_unaligned(node.max_y + c);
    const Floats dx = max(max(left, right), zero), dy = max(max(below, above), zero);
    const Floats distance = dx * dx + dy * dy;
    distance.store_unaligned(distances + c);
    near |= mask_bits(distance <= Floats(limit)) << c;
  }
  return static_cast<std::uint32_t>(near);
}

// Bit c: distances[c] is within the limit.
template <class Arch>
inline std::uint32_t within_limit(const float* distances, float limit) {
  using Floats = Batch<float, Arch>;
  std::uint64_t near = 0;
  for (std::size_t c = 0; c < kNodeChildren; c += Floats::size)
    near |= mask_bits(Floats::load_unaligned(distances + c) <= Floats(limit)) << c;
  return static_cast<std::uint32_t>(near);
}

// Lower bounds of the squared distances to the points from place `first` on.
template <class Arch>
inline Batch<float, Arch> point_distances(const PointColumnsView& points, std::int64_t first,
                                          const QueryPoint& q) {
  using Floats = Batch<float, Arch>;
  const Floats x = Floats::load_unaligned(points.x + first);
  const Floats y = Floats::load_unaligned(points.y + first);
  const Floats zero(0.0f);
  const Floats dx = max(max(x - Floats(q.high_x), Floats(q.low_x) - x), zero);
  const Floats dy = max(max(y - Floats(q.high_y), Floats(q.low_y) - y), zero);
  return dx * dx + dy * dy;
}

// Bit i: point first + i may be within the limit.
template <class Arch>
inline std::uint64_t near_points(const PointColumnsView& points, std::int64_t first,
                                 const QueryPoint& q, float limit) {
  return mask_bits(point_distances<Arch>(points, first, q) <= Batch<float, Arch>(limit));
}

// The lanes of [first, last) among those that begin at `first`.
template <class Arch>
inline std::uint64_t lanes_below(std::int64_t count) {
  constexpr auto width = static_cast<std::int64_t>(Batch<float, Arch>::size);
  return count >= width ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

template <bool kExact>
inline double squared_distance(const PointColumnsView& points, std::int64_t place,
                               const QueryPoint& q) {
  const double dx = (kExact ? static_cast<double>(points.x[place]) : points.exact_x[place]) - q.x;
  const double dy = (kExact ? static_cast<double>(points.y[place]) : points.exact_y[place]) - q.y;
  return dx * dx + dy * dy;
}

inline std::int64_t query_id(const QueryBatch& queries, std::int64_t i) {
  return queries.which == nullptr ? i : queries.which[i];
}

constexpr std::int64_t kQueriesAhead = 8;

// Queries in another order stand at random places.
QUADRILLE_PREFETCHING void prefetch_query(const QueryBatch& queries, std::int64_t i) {
  if (queries.which == nullptr || i >= queries.end) return;
  __builtin_prefetch(queries.x + queries.which[i]);
  __builtin_prefetch(queries.y + queries.which[i]);
}

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
