/* Box and disc queries: children whose box lies inside whole are taken without looking at their
   points, those that only touch are opened, leaves are tested many points at once. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

struct HitCounter {
  static constexpr bool kReadsIds = false;
  std::int64_t count = 0;

  void add_range(std::int32_t first, std::int32_t last) { count += last - first; }
  template <class Arch>
  void add_lanes(std::int32_t, std::uint64_t lanes) {
    count += __builtin_popcountll(lanes);
  }
};

// Hits of one query: ids, or places where `ids` is null. What there is no room for is only counted.
struct HitWriter {
  static constexpr bool kReadsIds = true;
  const BodyID* ids;
  BodyID* out;
  std::int64_t room;
  std::int64_t count = 0;

  void add_range(std::int32_t first, std::int32_t last) {
    const std::int64_t end = count + last - first;
    if (end <= room) {
      BodyID* const to = out + count;
      const std::int32_t length = last - first;
      if (ids != nullptr) {
        __builtin_memcpy(to, ids + first, sizeof(BodyID) * static_cast<std::size_t>(length));
      } else {
        for (std::int32_t i = 0; i < length; ++i) to[i] = first + i;
      }
    }
    count = end;
  }
  // A whole register is written where it fits, and of it counts what was chosen.
  template <class Arch>
  void add_lanes(std::int32_t first, std::uint64_t lanes) {
    constexpr auto width = static_cast<std::int64_t>(Batch<float, Arch>::size);
    if (count + width <= room) {
      store<Arch>(out + count, first, lanes);
    } else {
      BodyID last[static_cast<std::size_t>(width)];
      store<Arch>(last, first, lanes);
      for (std::int64_t i = 0; i < __builtin_popcountll(lanes) && count + i < room; ++i)
        out[count + i] = last[i];
    }
    count += __builtin_popcountll(lanes);
  }

 private:
  template <class Arch>
  void store(BodyID* to, std::int32_t first, std::uint64_t lanes) const {
    if (ids != nullptr) {
      store_chosen<Arch>(to, ids + first, lanes);
    } else {
      store_hits<Arch>(to, first, lanes);
    }
  }
};

// Which children, or points, a window may hold, a bit each, and which of these it is sure to hold.
struct WindowMasks {
  std::uint64_t touched, held;
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
      : min_x(x - half), min_y(y - half), max_x(x + half), max_y(y + half),
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
    const std::uint64_t touched = mask_bits(Floats(low_x) <= x) & mask_bits(x <= Floats(high_x)) &
                                  mask_bits(Floats(low_y) <= y) & mask_bits(y <= Floats(high_y));
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

// Tests points for a RangeQueue.
template <class Arch, class Window, class Hits>
struct WindowScan {
  static constexpr bool kReadsIds = Hits::kReadsIds;
  const PointColumnsView& points;
  const Window& window;
  Hits& hits;

  void take(std::int32_t first, std::int32_t last) { hits.add_range(first, last); }
  void scan(std::int32_t first, std::int32_t last) {
    constexpr auto width = static_cast<std::int32_t>(Batch<float, Arch>::size);
    for (; first < last; first += width) {
      const WindowMasks masks = window.template points<Arch>(points, first);
      std::uint64_t lanes = masks.touched & lanes_below<Arch>(last - first);
      for (std::uint64_t open = lanes & ~masks.held; open != 0; open &= open - 1) {
        if (!window.contains(points, first + __builtin_ctzll(open))) lanes &= ~(open & -open);
      }
      hits.template add_lanes<Arch>(first, lanes);
    }
  }
};

// Pushes touched children, the last one first: the places of leaves and of what is held, the nodes
// of others.
inline int push_touched(const PointColumnsView& points, const QueryNode& node,
                        std::uint32_t touched, std::uint32_t held, WaitingWord* stack, int size) {
  for (; touched != 0; ++size) {
    const int c = highest_bit(touched);
    touched ^= 1u << c;
    if ((node.inner_mask & ~held) >> c & 1) {
      const std::int32_t child = node_of_child(node, c);
      prefetch_node(points.nodes + child);
      stack[size] = waiting_of(child, -1);
    } else {
      const std::int32_t is_held = -static_cast<std::int32_t>(held >> c & 1);
      stack[size] = waiting_of(node.first[c] ^ is_held, node.first[c + 1]);
    }
  }
  return size;
}

// In the order of the tree, so that hits ascend by place. Of leaves all points are tested, also of
// those that are known to be inside: that costs less than to tell them apart.
template <class Arch, class Window, class Hits>
void find_window(const PointColumnsView& points, const Window& window, Hits& hits) {
  WindowScan<Arch, Window, Hits> scan{points, window, hits};
  RangeQueue ranges(points, scan);
  WaitingWord stack[kMostWaitingNodes];
  int size = 0;
  stack[size++] = waiting_of(0, -1);
  while (size > 0) {
    const WaitingWord next = stack[--size];
    if (last_of(next) >= 0) {
      ranges.add(first_of(next), last_of(next));
      continue;
    }
    const QueryNode& node = points.nodes[first_of(next)];
    const WindowMasks masks = window.template children<Arch>(node);
    auto touched = static_cast<std::uint32_t>(masks.touched);
    const auto held = static_cast<std::uint32_t>(masks.held) & node.inner_mask;
    if ((touched & node.inner_mask) != 0) {
      size = push_touched(points, node, touched, held, stack, size);
      continue;
    }
    for (; touched != 0; touched &= touched - 1) {
      const int c = lowest_bit(touched);
      ranges.add(node.first[c], node.first[c + 1]);
    }
  }
  ranges.finish();
}

template <class Arch, class Window>
std::int64_t list_window(const WindowArgs& args, const Window& window, BodyID* to,
                         std::int64_t room) {
  HitWriter hits{args.as_places ? nullptr : args.points.order, to, room};
  find_window<Arch>(args.points, window, hits);
  return hits.count;
}

template <class Arch, class Window>
void windows_of(const WindowArgs& args) {
  std::int64_t used = 0;
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    const std::int64_t query = query_id(args.queries, i);
    prefetch_query(args.queries, i + kQueriesAhead);
    const Window window(args.queries.x[query], args.queries.y[query], args.extent,
                        args.points.slack);
    std::int64_t count = 0;
    if (args.begin != nullptr) {
      const std::int64_t begin = args.begin[query];
      count = list_window<Arch>(args, window, args.hits + begin, args.begin[query + 1] - begin);
    } else if (args.staged_at != nullptr) {
      count = list_window<Arch>(args, window, args.hits + used, args.room - used);
      const bool fits = count <= args.room - used;
      args.staged_at[query] = fits ? args.staged_first + used : -1;
      used += fits ? count : 0;
    } else {
      HitCounter hits;
      find_window<Arch>(args.points, window, hits);
      count = hits.count;
    }
    if (args.counts != nullptr) args.counts[query] = count;
  }
  if (args.used != nullptr) *args.used = used;
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
