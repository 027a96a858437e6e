/* k nearest points by (distance, id), the nearest child box first [1], depth first, until as many
   points are found. Their distances bound what is left to be looked at, whose order does not matter
   any more: it is walked like a window, all that is near asked for ahead.
   More than kMostRanked neighbors are kept in a heap with the farthest on top, depth first to the
   end. Queries come in Morton order, so the k points that were nearest to the query before bound
   this one's from the start.
   [1] Roussopoulos, Kelley, Vincent. Nearest neighbor queries. SIGMOD 1995. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

// The k best so far in a heap once they are k.
template <bool kExact>
class HeapSet {
 public:
  explicit HeapSet(const NearestArgs& args) : points_(args.points), best_(args.best), k_(args.k) {}

  // All points of the query before lie within their distance plus the way between the two.
  float start(const QueryPoint& q) {
    float limit = __builtin_inff();
    if (count_ > 0) {
      const double dx = q.x - q_.x, dy = q.y - q_.y;
      const double bound = best_[k_ - 1].squared_distance;
      const double reach = __builtin_sqrt(bound) + __builtin_sqrt(dx * dx + dy * dy);
      limit = float_limit(reach * reach * (1 + 0x1p-40));
    }
    q_ = q;
    count_ = 0;
    return limit;
  }

  // Points first + i of all bits i.
  void add(std::int64_t first, std::uint64_t near, float& limit) {
    for (; near != 0; near &= near - 1) {
      const std::int64_t place = first + __builtin_ctzll(near);
      insert({squared_distance<kExact>(points_, place, q_), points_.order[place]});
    }
    if (count_ < k_) return;
    const float bound = float_limit(best_[0].squared_distance);
    limit = bound < limit ? bound : limit;
  }
  void finish() {
    for (std::int32_t rest = k_; rest-- > 1;) {
      const Neighbor last = best_[rest];
      best_[rest] = best_[0];
      sift_down(rest, 0, last);
    }
  }

 private:
  void insert(const Neighbor& neighbor) {
    if (count_ == k_) {
      if (farther(best_[0], neighbor)) sift_down(k_, 0, neighbor);
      return;
    }
    best_[count_++] = neighbor;
    if (count_ < k_) return;
    for (std::int32_t at = k_ / 2; at-- > 0;) sift_down(k_, at, best_[at]);
  }
  // best_[0 .. count) is a heap but for `hole`, where `neighbor` belongs, or below.
  void sift_down(std::int32_t count, std::int32_t hole, Neighbor neighbor) {
    for (std::int32_t child = 2 * hole + 1; child < count; child = 2 * hole + 1) {
      if (child + 1 < count && farther(best_[child + 1], best_[child])) ++child;
      if (!farther(best_[child], neighbor)) break;
      best_[hole] = best_[child];
      hole = child;
    }
    best_[hole] = neighbor;
  }

  const PointColumnsView& points_;
  QueryPoint q_{0, 0, 0};
  Neighbor* best_;
  std::int32_t k_, count_ = 0;
};

struct PendingChild {
  float distance;            // no point of it is nearer
  std::int32_t first, last;  // bodies of a leaf; last < 0: the node `first`
};

// Pushes the children within the limit, the nearest last. Distances are not negative, so their bits
// order like they do; the two lowest make room for the child's number, which only lowers the bound.
// Where one child is all there is near, as high up in a tree, it needs no order.
template <class Arch>
inline int push_children(const PointColumnsView& points, const QueryNode* at, const QueryPoint& q,
                         float limit, PendingChild* stack, int size) {
  float distances[4];
  std::uint32_t near = box_distances<Arch>(*at, q, limit, distances);
  while ((near & (near - 1)) == 0 && (near & at->inner_mask) != 0) {
    at = &points.nodes[at->first_inner + __builtin_popcount(at->inner_mask & (near - 1))];
    near = box_distances<Arch>(*at, q, limit, distances);
  }
  const QueryNode& node = *at;
  std::uint32_t keys[4];
  for (std::uint32_t c = 0; c < 4; ++c)
    keys[c] = (__builtin_bit_cast(std::uint32_t, distances[c]) & ~3u) | c;
  const auto order = [&keys](int a, int b) {  // the larger one first
    const std::uint32_t low = keys[a] < keys[b] ? keys[a] : keys[b];
    keys[a] = keys[a] < keys[b] ? keys[b] : keys[a];
    keys[b] = low;
  };
  order(0, 1);
  order(2, 3);
  order(0, 2);
  order(1, 3);
  order(1, 2);
  // Written in any case, kept or not: no branch is to guess.
  for (const std::uint32_t key : keys) {
    const std::uint32_t c = key & 3u;
    const float distance = __builtin_bit_cast(float, key & ~3u);
    const std::int32_t first = node.first[c], last = node.first[c + 1];
    const std::int32_t before = __builtin_popcount(node.inner_mask & ((1u << c) - 1));
    const std::int32_t inner = -static_cast<std::int32_t>(node.inner_mask >> c & 1);
    stack[size] = {distance, (first & ~inner) | ((node.first_inner + before) & inner),
                   last | inner};
    size += static_cast<int>(near >> c & 1) & static_cast<int>(first != last);
  }
  return size;
}

// What will be looked at soon: the child on top of the stack, but for the one that comes first.
QUADRILLE_PREFETCHING void prefetch_child(const PointColumnsView& points,
                                          const PendingChild& child) {
  if (child.last < 0) {
    __builtin_prefetch(&points.nodes[child.first]);
    __builtin_prefetch(reinterpret_cast<const char*>(&points.nodes[child.first]) + 64);
  } else {
    __builtin_prefetch(points.x + child.first);
    __builtin_prefetch(points.y + child.first);
    __builtin_prefetch(points.x + child.first + 16);
    __builtin_prefetch(points.y + child.first + 16);
  }
}

// A node on the way down to a query, with the children that are still to be looked at.
struct PathNode {
  float distances[4];  // of its children
  std::int32_t node;
  std::uint32_t rest;
};
constexpr int kLongestPath = 256;

template <class Arch>
inline void step_to(const PointColumnsView& points, std::int32_t node, const QueryPoint& q,
                    PathNode& at) {
  const QueryNode& quadrant = points.nodes[node];
  box_distances<Arch>(quadrant, q, __builtin_inff(), at.distances);
  at.node = node;
  at.rest = quadrant.child_mask;
}

// The nearest of the rest: distances are not negative, so their bits order like they do, and the
// two lowest make room for the child's number.
inline std::uint32_t nearest_child(const PathNode& at) {
  std::uint32_t keys[4];
  for (std::uint32_t c = 0; c < 4; ++c) {
    const std::uint32_t is_gone = (at.rest >> c & 1) - 1;
    keys[c] = ((__builtin_bit_cast(std::uint32_t, at.distances[c]) | is_gone) & ~3u) | c;
  }
  const std::uint32_t low = keys[0] < keys[1] ? keys[0] : keys[1];
  const std::uint32_t high = keys[2] < keys[3] ? keys[2] : keys[3];
  return (low < high ? low : high) & 3;
}

QUADRILLE_PREFETCHING void prefetch_leaves(const PointColumnsView& points, const QueryNode& node) {
  const std::int32_t end = node.first[4] - node.first[0] < 64 ? node.first[4] : node.first[0] + 64;
  for (std::int32_t at = node.first[0]; at < end + 15; at += 16) {
    __builtin_prefetch(points.x + at);
    __builtin_prefetch(points.y + at);
  }
}

// Down to the nearest leaf, and on until the set is bounded; returns how long the path is on which
// there may be more.
template <class Arch, class Set>
int find_first(const PointColumnsView& points, const QueryPoint& q, PathNode* path, Set& set) {
  int length = 0;
  step_to<Arch>(points, 0, q, path[length++]);
  while (length > 0) {
    PathNode& at = path[length - 1];
    if (at.rest == 0) {
      --length;
      continue;
    }
    const QueryNode& node = points.nodes[at.node];
    const std::uint32_t c = nearest_child(at);
    at.rest &= ~(1u << c);
    if ((node.inner_mask >> c & 1) != 0) {
      const std::int32_t before = __builtin_popcount(node.inner_mask & ((1u << c) - 1));
      step_to<Arch>(points, node.first_inner + before, q, path[length++]);
      continue;
    }
    prefetch_leaves(points, node);
    // A node has more points than a leaf, so it is sure to bound a small set.
    if (node.first[c + 1] - node.first[c] < set.wanted() &&
        node.first[4] - node.first[0] <= kMostScanned &&
        at.rest == (node.child_mask & ~(1u << c))) {
      set.scan(node.first[0], node.first[4]);
      at.rest = 0;
    } else {
      set.scan(node.first[c], node.first[c + 1]);
    }
    if (set.is_bounded()) break;
  }
  return length;
}

// All that waits and is within the limit.
template <class Arch, class Set>
void find_rest(const PointColumnsView& points, const QueryPoint& q, const PathNode* path,
               int length, Set& set) {
  RangeQueue ranges(points, set);
  WaitingWord waiting[kMaxStack];
  int num_waiting = 0;
  for (int i = 0; i < length; ++i) {
    const std::uint32_t near = within_limit<Arch>(path[i].distances, set.limit()) & path[i].rest;
    if (near != 0)
      num_waiting = push_touched(points, points.nodes[path[i].node], near, 0, waiting, num_waiting);
  }
  while (num_waiting > 0) {
    const WaitingWord next = waiting[--num_waiting];
    if (last_of(next) >= 0) {
      ranges.add(first_of(next), last_of(next));
      continue;
    }
    const QueryNode& node = points.nodes[first_of(next)];
    float distances[4];
    const std::uint32_t near = box_distances<Arch>(node, q, set.limit(), distances);
    if (node.inner_mask == 0 && node.first[4] - node.first[0] <= kMostScanned) {
      if (near == 0) continue;
      ranges.add(node.first[__builtin_ctz(near)], node.first[32 - __builtin_clz(near)]);
    } else {
      num_waiting = push_touched(points, node, near, 0, waiting, num_waiting);
    }
  }
  ranges.finish();
}

template <class Arch, bool kExact>
void nearest_ranked(const NearestArgs& args) {
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    const std::int64_t query = query_id(args.queries, i);
    prefetch_query(args.queries, i + kQueriesAhead);
    const QueryPoint q(args.queries.x[query], args.queries.y[query], args.points.slack);
    RankedSet<Arch, kExact> set(args, q);
    PathNode path[kLongestPath];
    const int length = find_first<Arch>(args.points, q, path, set);
    if (length > 0) {
      set.bound();
      find_rest<Arch>(args.points, q, path, length, set);
    }
    set.finish(args.best);
    for (std::int32_t j = 0; args.ids != nullptr && j < args.k; ++j)
      args.ids[query * args.k + j] = args.best[j].id;
  }
}

template <class Arch, bool kExact>
void nearest_in_heap(const NearestArgs& args) {
  constexpr auto width = static_cast<std::int64_t>(Batch<float, Arch>::size);
  const PointColumnsView& points = args.points;
  HeapSet<kExact> set(args);
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    const std::int64_t query = query_id(args.queries, i);
    const QueryPoint q(args.queries.x[query], args.queries.y[query], points.slack);
    float limit = set.start(q);
    PendingChild stack[kMaxStack];
    int size = push_children<Arch>(points, &points.nodes[0], q, limit, stack, 0);
    while (size > 0) {
      const PendingChild child = stack[--size];
      if (child.distance > limit) continue;
      if (child.last < 0) {
        const int before = size;
        size = push_children<Arch>(points, &points.nodes[child.first], q, limit, stack, size);
        for (int pushed = before; pushed < size; ++pushed) prefetch_child(points, stack[pushed]);
        continue;
      }
      for (std::int64_t first = child.first; first < child.last; first += width) {
        const std::uint64_t near =
            near_points<Arch>(points, first, q, limit) & lanes_below<Arch>(child.last - first);
        set.add(first, near, limit);
      }
    }
    set.finish();
    for (std::int32_t j = 0; args.ids != nullptr && j < args.k; ++j)
      args.ids[query * args.k + j] = args.best[j].id;
  }
}

template <class Arch, bool kExact>
void nearest_as(const NearestArgs& args) {
  if (args.k <= kMostRanked) {
    nearest_ranked<Arch, kExact>(args);
  } else {
    nearest_in_heap<Arch, kExact>(args);
  }
}

template <class Arch>
void nearest(const NearestArgs& args) {
  if (args.points.exact_x == nullptr) {
    nearest_as<Arch, true>(args);
  } else {
    nearest_as<Arch, false>(args);
  }
}

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
