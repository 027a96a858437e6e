/* k nearest points by (distance, id), the nearest child box first [1], depth first, until as many
   points are found. Their distances bound what is left to be looked at, whose order does not matter
   any more: it is walked like a window, all that is near asked for ahead.
   More than kMostRanked neighbors are kept in a heap, depth first to the end.
   [1] Roussopoulos, Kelley, Vincent. Nearest neighbor queries. SIGMOD 1995. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

// A node on the way down to a query, with the children that are still to be looked at.
struct PathNode {
  float distances[kNodeChildren];  // of its children; infinite: of what was looked at
  std::int32_t node;
  std::uint32_t rest;
};

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

// The points of a leaf that may be among the k nearest: on one spot the first k, as they stand by
// their ids.
inline std::int32_t last_wanted(const QueryNode& leaf, int c, std::int32_t k) {
  const std::int32_t first = leaf.first[c], last = leaf.first[c + 1];
  return (leaf.spot_mask >> c & 1) != 0 && k < last - first ? first + k : last;
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

// One step to the nearest of what is left at the end of the path: back where nothing is, or down.
// The child that is a leaf, of the node at the end; -1: it is none.
template <class Arch>
inline int next_leaf(const PointColumnsView& points, const QueryPoint& q, PathNode* path,
                     int& length) {
  PathNode& at = path[length - 1];
  if (at.rest == 0) {
    --length;
    return -1;
  }
  const QueryNode& node = points.nodes[at.node];
  const int c = take_nearest<Arch>(at);
  if ((node.inner_mask >> c & 1) == 0) return c;
  step_to<Arch>(points, node_of_child(node, c), q, path[length++]);
  return -1;
}

// Down to the nearest leaf, and on until the set is bounded; returns how long the path is on which
// there may be more.
template <class Arch, class Set>
int find_first(const PointColumnsView& points, const QueryPoint& q, PathNode* path, Set& set) {
  int length = 0;
  step_to<Arch>(points, 0, q, path[length++]);
  while (length > 0) {
    const QueryNode& node = points.nodes[path[length - 1].node];
    const int c = next_leaf<Arch>(points, q, path, length);
    if (c < 0) continue;
    const std::int32_t first = node.first[c], last = last_wanted(node, c, set.wanted());
    prefetch_leaf(points, first, last);
    set.scan(first, last);
    if (set.is_bounded()) break;
  }
  return length;
}

// Of a node's children that are near: leaves are read, nodes wait.
template <class Set>
inline int open_near(const PointColumnsView& points, const QueryNode& node, std::uint32_t near,
                     std::int32_t k, RangeQueue<Set>& ranges, std::int32_t* waiting,
                     int num_waiting) {
  for (std::uint32_t inner = near & node.inner_mask; inner != 0; inner &= inner - 1) {
    const std::int32_t child = node_of_child(node, lowest_bit(inner));
    prefetch_node(points.nodes + child);
    waiting[num_waiting++] = child;
  }
  for (std::uint32_t leaves = near & ~node.inner_mask; leaves != 0; leaves &= leaves - 1) {
    const int c = lowest_bit(leaves);
    ranges.add(node.first[c], last_wanted(node, c, k));
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
    num_waiting = open_near(points, points.nodes[path[i].node], near, set.wanted(), ranges, waiting,
                            num_waiting);
  }
  while (num_waiting > 0) {
    const QueryNode& node = points.nodes[waiting[--num_waiting]];
    float distances[kNodeChildren];
    const std::uint32_t near = box_distances<Arch>(node, q, set.limit(), distances);
    num_waiting =
        open_near(points, node, near & node.child_mask, set.wanted(), ranges, waiting, num_waiting);
  }
  ranges.finish();
}

inline void write_ids(const NearestArgs& args, std::int64_t query) {
  for (std::int32_t j = 0; args.ids != nullptr && j < args.k; ++j)
    args.ids[query * args.k + j] = args.best[j].id;
}

// One query, for small k. `bound`: a squared distance within which there are k points.
template <class Arch, bool kExact>
void nearest_one(const NearestArgs& args, std::int64_t query, double bound = __builtin_inf()) {
  const QueryPoint q(args.queries.x[query], args.queries.y[query], args.points.slack);
  RankedSet<Arch, kExact> set(args, q);
  PathNode path[kLongestPath];
  int length = 0;
  if (bound < __builtin_inf()) {
    step_to<Arch>(args.points, 0, q, path[length++]);
    set.bound(bound);
  } else {
    length = find_first<Arch>(args.points, q, path, set);
    if (length > 0) set.bound();
  }
  if (length > 0) find_rest<Arch>(args.points, q, path, length, set);
  set.finish(args.best);
  write_ids(args, query);
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
      const QueryNode& node = points.nodes[at.node];
      const int c = next_leaf<Arch>(points, q, path, length);
      if (c < 0) continue;
      const std::int32_t last = last_wanted(node, c, args.k);
      for (std::int64_t first = node.first[c]; first < last; first += width) {
        const std::uint64_t near =
            near_points<Arch>(points, first, q, limit) & lanes_below<Arch>(last - first);
        set.add(first, near, limit);
      }
    }
    set.finish();
    write_ids(args, query);
  }
}

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
