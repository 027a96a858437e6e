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

// A node on the way down to a query, with the children that are still to be looked at.
struct PathNode {
  float distances[kNodeChildren];  // of its children; infinite: of what was looked at
  std::int32_t node;
  std::uint32_t rest;
};
constexpr int kLongestPath = 130;  // half of a tree's levels

template <class Arch>
inline void step_to(const PointColumnsView& points, std::int32_t node, const QueryPoint& q,
                    PathNode& at) {
  const QueryNode& quadrant = points.nodes[node];
  prefetch_node(&quadrant);
  box_distances<Arch>(quadrant, q, __builtin_inff(), at.distances);
  at.node = node;
  at.rest = quadrant.child_mask;
}

// The nearest of the rest, which it leaves.
template <class Arch>
inline int take_nearest(PathNode& at) {
  using Floats = Batch<float, Arch>;
  Floats least = Floats::load_unaligned(at.distances);
  for (std::size_t c = Floats::size; c < kNodeChildren; c += Floats::size)
    least = min(least, Floats::load_unaligned(at.distances + c));
  const int child = lowest_bit(within_limit<Arch>(at.distances, least_lane(least)) & at.rest);
  at.distances[child] = __builtin_inff();
  at.rest &= ~(1u << child);
  return child;
}

QUADRILLE_PREFETCHING void prefetch_leaf(const PointColumnsView& points, std::int32_t first,
                                         std::int32_t last) {
  const std::int32_t end = last - first < 64 ? last : first + 64;
  for (std::int32_t at = first; at < end + 15; at += 16) {
    __builtin_prefetch(points.x + at);
    __builtin_prefetch(points.y + at);
    __builtin_prefetch(points.order + at);
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
    const int c = take_nearest<Arch>(at);
    if ((node.inner_mask >> c & 1) != 0) {
      step_to<Arch>(points, node_of_child(node, c), q, path[length++]);
      continue;
    }
    prefetch_leaf(points, node.first[c], node.first[c + 1]);
    set.scan(node.first[c], node.first[c + 1]);
    if (set.is_bounded()) break;
  }
  return length;
}

// Of a node's children that are near: leaves are read, nodes wait.
template <class Set>
inline int open_near(const PointColumnsView& points, const QueryNode& node, std::uint32_t near,
                     RangeQueue<Set>& ranges, std::int32_t* waiting, int num_waiting) {
  for (std::uint32_t inner = near & node.inner_mask; inner != 0; inner &= inner - 1) {
    const std::int32_t child = node_of_child(node, lowest_bit(inner));
    prefetch_node(points.nodes + child);
    waiting[num_waiting++] = child;
  }
  for (std::uint32_t leaves = near & ~node.inner_mask; leaves != 0; leaves &= leaves - 1) {
    const int c = lowest_bit(leaves);
    ranges.add(node.first[c], node.first[c + 1]);
  }
  return num_waiting;
}

// All that waits and is within the limit.
template <class Arch, class Set>
void find_rest(const PointColumnsView& points, const QueryPoint& q, const PathNode* path,
               int length, Set& set) {
  RangeQueue ranges(points, set);
  std::int32_t waiting[kMostWaitingNodes];
  int num_waiting = 0;
  for (int i = 0; i < length; ++i) {
    const std::uint32_t near = within_limit<Arch>(path[i].distances, set.limit()) & path[i].rest;
    num_waiting = open_near(points, points.nodes[path[i].node], near, ranges, waiting, num_waiting);
  }
  while (num_waiting > 0) {
    const QueryNode& node = points.nodes[waiting[--num_waiting]];
    float distances[kNodeChildren];
    const std::uint32_t near = box_distances<Arch>(node, q, set.limit(), distances);
    num_waiting = open_near(points, node, near & node.child_mask, ranges, waiting, num_waiting);
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
  PathNode path[kLongestPath];
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    const std::int64_t query = query_id(args.queries, i);
    const QueryPoint q(args.queries.x[query], args.queries.y[query], points.slack);
    float limit = set.start(q);
    int length = 0;
    step_to<Arch>(points, 0, q, path[length++]);
    while (length > 0) {
      PathNode& at = path[length - 1];
      at.rest &= within_limit<Arch>(at.distances, limit);
      if (at.rest == 0) {
        --length;
        continue;
      }
      const QueryNode& node = points.nodes[at.node];
      const int c = take_nearest<Arch>(at);
      if ((node.inner_mask >> c & 1) != 0) {
        step_to<Arch>(points, node_of_child(node, c), q, path[length++]);
        continue;
      }
      for (std::int64_t first = node.first[c]; first < node.first[c + 1]; first += width) {
        const std::uint64_t near = near_points<Arch>(points, first, q, limit) &
                                   lanes_below<Arch>(node.first[c + 1] - first);
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
