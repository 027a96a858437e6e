/* k nearest points by (distance, id), depth first, the nearest child box first [1].
   Queries come in Morton order, so the k points that were nearest to the query before bound this
   one's from the start: all of them lie within their distance plus the way between the two queries.
   Up to kInsertion neighbors are kept sorted; more in a heap with the farthest on top.
   [1] Roussopoulos, Kelley, Vincent. Nearest neighbor queries. SIGMOD 1995. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

constexpr std::int32_t kInsertion = 48;

inline bool farther(const Neighbor& a, const Neighbor& b) {
  return a.squared_distance > b.squared_distance ||
         (a.squared_distance == b.squared_distance && a.id > b.id);
}

// best[0 .. count) is a heap but for `hole`, where `neighbor` belongs, or below.
inline void sift_down(Neighbor* best, std::int32_t count, std::int32_t hole, Neighbor neighbor) {
  for (std::int32_t child = 2 * hole + 1; child < count; child = 2 * hole + 1) {
    if (child + 1 < count && farther(best[child + 1], best[child])) ++child;
    if (!farther(best[child], neighbor)) break;
    best[hole] = best[child];
    hole = child;
  }
  best[hole] = neighbor;
}

// The k best so far; `count` of them, sorted, or while there are more than kInsertion a heap once
// they are k.
struct NearestSet {
  Neighbor* best;
  std::int32_t k, count;

  bool full() const { return count == k; }
  double bound() const { return best[k <= kInsertion ? k - 1 : 0].squared_distance; }

  void insert(const Neighbor& neighbor) {
    if (k <= kInsertion) {
      if (full() && !farther(best[k - 1], neighbor)) return;
      std::int32_t place = full() ? k - 1 : count++;
      for (; place > 0 && farther(best[place - 1], neighbor); --place)
        best[place] = best[place - 1];
      best[place] = neighbor;
    } else if (full()) {
      if (farther(best[0], neighbor)) sift_down(best, k, 0, neighbor);
    } else {
      best[count++] = neighbor;
      if (full())
        for (std::int32_t at = k / 2; at-- > 0;) sift_down(best, k, at, best[at]);
    }
  }

  void sort() {  // when full
    if (k <= kInsertion) return;
    for (std::int32_t rest = k; rest-- > 1;) {
      const Neighbor last = best[rest];
      best[rest] = best[0];
      sift_down(best, rest, 0, last);
    }
  }
};

struct PendingChild {
  float distance;            // no point of it is nearer
  std::int32_t first, last;  // bodies of a leaf; last < 0: the node `first`
};

// Pushes the children within the limit, the nearest last. Distances are not negative, so their bits
// order like they do; the two lowest make room for the child's number, which only lowers the bound.
inline int push_children(const QueryNode& node, const QueryPoint& q, float limit,
                         PendingChild* stack, int size) {
  float distances[4];
  box_distances(node, q, distances);
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
  for (const std::uint32_t key : keys) {
    const std::uint32_t c = key & 3u;
    const float distance = __builtin_bit_cast(float, key & ~3u);
    if (!(distance <= limit) || node.first[c] == node.first[c + 1]) continue;
    if ((node.inner_mask >> c & 1) != 0) {
      const int before = __builtin_popcount(node.inner_mask & ((1u << c) - 1));
      stack[size++] = {distance, node.first_inner + before, -1};
    } else {
      stack[size++] = {distance, node.first[c], node.first[c + 1]};
    }
  }
  return size;
}

template <class Arch, bool kExact>
void scan_leaf(const PointColumnsView& points, std::int64_t first, std::int64_t last,
               const QueryPoint& q, NearestSet& set, float& limit) {
  constexpr auto width = static_cast<std::int64_t>(Batch<float, Arch>::size);
  for (; first < last; first += width) {
    std::uint64_t near =
        near_points<Arch>(points, first, q, limit) & lanes_below<Arch>(last - first);
    for (; near != 0; near &= near - 1) {
      const std::int64_t place = first + __builtin_ctzll(near);
      const double distance = squared_distance<kExact>(points, place, q);
      set.insert({distance, points.order[place]});
      if (set.full()) {
        const float bound = float_limit(set.bound());
        limit = bound < limit ? bound : limit;
      }
    }
  }
}

template <class Arch, bool kExact>
void find_nearest(const PointColumnsView& points, const QueryPoint& q, float limit,
                  NearestSet& set) {
  PendingChild stack[kMaxStack];
  int size = push_children(points.nodes[0], q, limit, stack, 0);
  while (size > 0) {
    const PendingChild child = stack[--size];
    if (child.distance > limit) continue;
    if (child.last < 0) {
      size = push_children(points.nodes[child.first], q, limit, stack, size);
    } else {
      scan_leaf<Arch, kExact>(points, child.first, child.last, q, set, limit);
    }
  }
  set.sort();
}

// How far from q the k-th point can be, when k points lie within `bound` (squared) of `before`.
inline float first_limit(const QueryPoint& q, const QueryPoint& before, double bound) {
  const double dx = q.x - before.x, dy = q.y - before.y;
  const double reach = __builtin_sqrt(bound) + __builtin_sqrt(dx * dx + dy * dy);
  return float_limit(reach * reach * (1 + 0x1p-40));
}

template <class Arch, bool kExact>
void nearest_of(const NearestArgs& args) {
  QueryPoint before(0, 0, 0);
  double bound = __builtin_inf();
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    const std::int64_t query = query_id(args.queries, i);
    const QueryPoint q(args.queries.x[query], args.queries.y[query], args.points.slack);
    NearestSet set{args.best, args.k, 0};
    const float limit = bound < __builtin_inf() ? first_limit(q, before, bound)
                                                : static_cast<float>(__builtin_inf());
    find_nearest<Arch, kExact>(args.points, q, limit, set);
    for (std::int32_t j = 0; j < args.k; ++j) {
      args.ids[query * args.k + j] = set.best[j].id;
    }
    bound = set.best[args.k - 1].squared_distance;
    before = q;
  }
}

template <class Arch>
void nearest(const NearestArgs& args) {
  if (args.points.exact_x == nullptr) {
    nearest_of<Arch, true>(args);
  } else {
    nearest_of<Arch, false>(args);
  }
}

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
