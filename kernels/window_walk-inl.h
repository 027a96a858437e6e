/* Box and disc queries: children whose box lies inside whole are taken without looking at their
   points, those that only touch are opened, leaves are tested many points at once. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

struct HitCounter {
  static constexpr bool kReadsIds = false;
  std::int64_t count = 0;

  bool is_full() const { return false; }
  template <class Arch>
  void add_range(std::int32_t first, std::int32_t last) {
    count += last - first;
  }
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

  bool is_full() const { return false; }
  template <class Arch>
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

// Tests points for a RangeQueue.
template <class Arch, class Window, class Hits>
struct WindowScan {
  static constexpr bool kReadsIds = Hits::kReadsIds;
  const PointColumnsView& points;
  const Window& window;
  Hits& hits;

  void take(std::int32_t first, std::int32_t last) { hits.template add_range<Arch>(first, last); }
  void scan(std::int32_t first, std::int32_t last) {
    constexpr auto width = static_cast<std::int32_t>(Batch<float, Arch>::size);
    for (; first < last && !hits.is_full(); first += width) {
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

// In the order of the tree, so that hits ascend by place, until these are full. Of leaves all
// points are tested, also of those that are known to be inside: that costs less than to tell them
// apart.
template <class Arch, class Window, class Hits>
void find_window(const PointColumnsView& points, const Window& window, Hits& hits) {
  WindowScan<Arch, Window, Hits> scan{points, window, hits};
  RangeQueue ranges(points, scan);
  WaitingWord stack[kMostWaitingNodes];
  int size = 0;
  stack[size++] = waiting_of(0, -1);
  while (size > 0 && !hits.is_full()) {
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

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
