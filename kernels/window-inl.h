/* Box and disc queries: children whose box lies inside whole are taken without looking at their
   points, those that only touch are opened, leaves are tested many points at once. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

// Collects hits of one query; places go out only when asked for, and as long as there is room.
struct HitWriter {
  std::int64_t count;
  BodyID* out;
  std::int64_t room;  // 0: only count

  void add_range(std::int32_t first, std::int32_t last) {
    const std::int64_t end = count + last - first;
    if (end <= room)
      for (std::int32_t place = first; place < last; ++place) out[count + place - first] = place;
    count = end;
  }
  void add_lanes(std::int64_t first, std::uint64_t lanes) {
    const std::int64_t end = count + __builtin_popcountll(lanes);
    if (end <= room) {
      BodyID* to = out + count;
      for (; lanes != 0; lanes &= lanes - 1)
        *to++ = static_cast<BodyID>(first + __builtin_ctzll(lanes));
    }
    count = end;
  }
};

// A closed box. Where the points' floats are exact, a point is inside if and only if its floats lie
// between the innermost floats; else rounding is monotone, so a point inside has floats between the
// nearest ones, and is judged in double.
template <bool kExact>
struct BoxWindow {
  double min_x, min_y, max_x, max_y;
  float low_x, low_y, high_x, high_y;

  BoxWindow(double x, double y, double half, double)
      : min_x(x - half), min_y(y - half), max_x(x + half), max_y(y + half),
        low_x(kExact ? float_above(min_x) : static_cast<float>(min_x)),
        low_y(kExact ? float_above(min_y) : static_cast<float>(min_y)),
        high_x(kExact ? float_below(max_x) : static_cast<float>(max_x)),
        high_y(kExact ? float_below(max_y) : static_cast<float>(max_y)) {}

  template <class Arch>
  std::uint32_t touched(const QueryNode& node) const {
    using Floats = FloatsOfFour<Arch>;
    std::uint64_t mask = 0;
    for (std::size_t c = 0; c < 4; c += Floats::size) {
      const auto in_x = mask_bits(Floats::load_unaligned(node.min_x + c) <= Floats(high_x)) &
                        mask_bits(Floats(low_x) <= Floats::load_unaligned(node.max_x + c));
      const auto in_y = mask_bits(Floats::load_unaligned(node.min_y + c) <= Floats(high_y)) &
                        mask_bits(Floats(low_y) <= Floats::load_unaligned(node.max_y + c));
      mask |= (in_x & in_y) << c;
    }
    return static_cast<std::uint32_t>(mask);
  }
  bool holds(const QueryNode& node, std::uint32_t c) const {
    return min_x <= static_cast<double>(node.min_x[c]) &&
           static_cast<double>(node.max_x[c]) <= max_x &&
           min_y <= static_cast<double>(node.min_y[c]) &&
           static_cast<double>(node.max_y[c]) <= max_y;
  }
  template <class Arch>
  std::uint64_t candidates(const PointColumnsView& points, std::int64_t first) const {
    using Floats = Batch<float, Arch>;
    const Floats x = Floats::load_unaligned(points.x + first);
    const Floats y = Floats::load_unaligned(points.y + first);
    return mask_bits(Floats(low_x) <= x) & mask_bits(x <= Floats(high_x)) &
           mask_bits(Floats(low_y) <= y) & mask_bits(y <= Floats(high_y));
  }
  static constexpr bool kCandidatesAreHits = kExact;
  bool contains(const PointColumnsView& points, std::int64_t place) const {
    return min_x <= points.exact_x[place] && points.exact_x[place] <= max_x &&
           min_y <= points.exact_y[place] && points.exact_y[place] <= max_y;
  }
};

template <bool kExact>
struct DiscWindow {
  QueryPoint q;
  double bound;  // squared radius
  float limit;

  DiscWindow(double x, double y, double radius, double slack)
      : q(x, y, slack), bound(radius * radius), limit(float_limit(bound)) {}

  template <class Arch>
  std::uint32_t touched(const QueryNode& node) const {
    float distances[4];
    return box_distances<Arch>(node, q, limit, distances);
  }
  // The farthest corner, with the operations that judge a point: they are monotone, so no point of
  // the box fares worse.
  bool holds(const QueryNode& node, std::uint32_t c) const {
    const double left = q.x - static_cast<double>(node.min_x[c]);
    const double right = static_cast<double>(node.max_x[c]) - q.x;
    const double below = q.y - static_cast<double>(node.min_y[c]);
    const double above = static_cast<double>(node.max_y[c]) - q.y;
    const double dx = left > right ? left : right, dy = below > above ? below : above;
    return dx * dx + dy * dy <= bound;
  }
  template <class Arch>
  std::uint64_t candidates(const PointColumnsView& points, std::int64_t first) const {
    return near_points<Arch>(points, first, q, limit);
  }
  static constexpr bool kCandidatesAreHits = false;
  bool contains(const PointColumnsView& points, std::int64_t place) const {
    return squared_distance<kExact>(points, place, q) <= bound;
  }
};

template <class Arch, class Window>
void scan_window(const PointColumnsView& points, std::int64_t first, std::int64_t last,
                 const Window& window, HitWriter& hits) {
  constexpr auto width = static_cast<std::int64_t>(Batch<float, Arch>::size);
  for (; first < last; first += width) {
    std::uint64_t lanes =
        window.template candidates<Arch>(points, first) & lanes_below<Arch>(last - first);
    if constexpr (!Window::kCandidatesAreHits) {
      for (std::uint64_t rest = lanes; rest != 0; rest &= rest - 1) {
        if (!window.contains(points, first + __builtin_ctzll(rest))) lanes &= ~(rest & (~rest + 1));
      }
    }
    hits.add_lanes(first, lanes);
  }
}

template <class Arch, class Window>
void find_window(const PointColumnsView& points, const Window& window, HitWriter& hits) {
  std::int32_t stack[kMaxStack];
  int size = 0;
  stack[size++] = 0;
  while (size > 0) {
    const QueryNode& node = points.nodes[stack[--size]];
    for (std::uint32_t rest = window.template touched<Arch>(node); rest != 0; rest &= rest - 1) {
      const auto c = static_cast<std::uint32_t>(__builtin_ctz(rest));
      if (window.holds(node, c)) {
        hits.add_range(node.first[c], node.first[c + 1]);
      } else if ((node.inner_mask >> c & 1) != 0) {
        stack[size++] = node.first_inner + __builtin_popcount(node.inner_mask & ((1u << c) - 1));
      } else {
        scan_window<Arch>(points, node.first[c], node.first[c + 1], window, hits);
      }
    }
  }
}

template <class Arch, class Window>
void windows_of(const WindowArgs& args) {
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    const std::int64_t query = query_id(args.queries, i);
    const Window window(args.queries.x[query], args.queries.y[query], args.extent,
                        args.points.slack);
    HitWriter hits{0, nullptr, 0};
    if (args.begin != nullptr) hits = {0, args.hits + args.begin[query], args.room};
    find_window<Arch>(args.points, window, hits);
    if (args.counts != nullptr) args.counts[query] = hits.count;
  }
}

template <class Arch>
void boxes(const WindowArgs& args) {
  if (args.points.exact_x == nullptr) {
    windows_of<Arch, BoxWindow<true>>(args);
  } else {
    windows_of<Arch, BoxWindow<false>>(args);
  }
}

template <class Arch>
void discs(const WindowArgs& args) {
  if (args.points.exact_x == nullptr) {
    windows_of<Arch, DiscWindow<true>>(args);
  } else {
    windows_of<Arch, DiscWindow<false>>(args);
  }
}

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
