/* k nearest points by (distance, id), depth first, the nearest child box first [1].
   Queries come in Morton order, so the k points that were nearest to the query before bound this
   one's from the start.
   Which points of a leaf are near, and which of the found are nearest, is not to be guessed by a
   branch: up to kMostRanked neighbors are kept by collecting whatever is within the limit, without
   order, and ranking the collected now and then by counting, for each, how many are nearer. More
   are kept in a heap with the farthest on top.
   [1] Roussopoulos, Kelley, Vincent. Nearest neighbor queries. SIGMOD 1995. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

constexpr std::int32_t kMostRanked = 20;

inline bool farther(const Neighbor& a, const Neighbor& b) {
  return a.squared_distance > b.squared_distance ||
         (a.squared_distance == b.squared_distance && a.id > b.id);
}

// The numbers of the bits of a byte, one a byte, the lowest first.
struct BitNumbers {
  std::uint8_t of[256][8];
  constexpr BitNumbers() : of() {
    for (int byte = 0; byte < 256; ++byte) {
      int count = 0;
      for (int bit = 0; bit < 8; ++bit) {
        if ((byte >> bit & 1) != 0) of[byte][count++] = static_cast<std::uint8_t>(bit);
      }
    }
  }
};
constexpr BitNumbers kBitNumbers;

// Points within the limit, as places; the first `ranked` of them are the best so far, in order.
template <bool kExact>
class RankedSet {
 public:
  explicit RankedSet(const NearestArgs& args) : points_(args.points), k_(args.k) {}

  // Of the next query. Returns the first limit: where the points of the query before are.
  float start(const QueryPoint& q) {
    q_ = q;
    double farthest = ranked_ == 0 ? __builtin_inf() : 0.0;
    for (std::int32_t i = 0; i < ranked_; ++i) {
      const double distance = squared_distance<kExact>(points_, places_[i], q);
      farthest = distance > farthest ? distance : farthest;
    }
    count_ = ranked_ = 0;
    return float_limit(farthest);
  }

  // Points first + i of all bits i.
  template <std::int64_t kWidth>
  void add(std::int64_t first, std::uint64_t near, float& limit) {
    for (std::int64_t byte = 0; byte < kWidth; byte += 8, near >>= 8) {
      const std::uint8_t* const lanes = kBitNumbers.of[near & 255];
      const auto base = static_cast<std::int32_t>(first + byte);
      for (int i = 0; i < 8; ++i) places_[count_ + i] = base + lanes[i];
      count_ += __builtin_popcountll(near & 255);
    }
    if (count_ >= 2 * k_ + kSpare) rank(limit);
  }
  // After each leaf: a first limit is worth ranking for.
  void end_leaf(float& limit) {
    if (ranked_ == 0 && count_ >= k_) rank(limit);
  }
  void finish(Neighbor* best) {
    float limit = 0;
    rank(limit);
    for (std::int32_t i = 0; i < k_; ++i) best[i] = {distances_[i], points_.order[places_[i]]};
  }

 private:
  static constexpr std::int32_t kSpare = 8;    // what may come before it is ranked
  static constexpr std::int32_t kWidest = 16;  // lanes
  static constexpr std::int32_t kSlots = 2 * kMostRanked + kSpare + kWidest;
  static_assert(kSlots <= 64, "a rank is a bit of a word");

  // By their distances as floats, which order like those: where two of them are the same, exactly.
  void rank(float& limit) {
    for (std::int32_t i = ranked_; i < count_; ++i) {
      distances_[i] = squared_distance<kExact>(points_, places_[i], q_);
      rounded_[i] = static_cast<float>(distances_[i]);
    }
    for (std::int32_t i = count_; i < count_ + 7; ++i) rounded_[i] = __builtin_inff();
    double distances[kSlots];
    std::int32_t places[kSlots];
    std::uint64_t taken = 0;
    for (std::int32_t i = 0; i < count_; ++i) {
      const std::int32_t rank = count_nearer(rounded_[i]);
      taken |= std::uint64_t{1} << rank;
      distances[rank] = distances_[i];
      places[rank] = places_[i];
    }
    const bool all_differ = __builtin_popcountll(taken) == count_;
    if (!all_differ) sort();
    const std::int32_t kept = count_ < k_ ? count_ : k_;
    for (std::int32_t i = 0; all_differ && i < kept; ++i) {
      distances_[i] = distances[i];
      places_[i] = places[i];
    }
    for (std::int32_t i = 0; i < kept; ++i) rounded_[i] = static_cast<float>(distances_[i]);
    ranked_ = count_ = kept;
    if (count_ < k_) return;
    const float bound = float_limit(distances_[k_ - 1]);
    limit = bound < limit ? bound : limit;
  }

  std::int32_t count_nearer(float distance) const {
    std::int32_t nearer = 0;
    for (std::int32_t block = 0; block < count_; block += 8) {
      for (std::int32_t i = block; i < block + 8; ++i)
        nearer += static_cast<std::int32_t>(rounded_[i] < distance);
    }
    return nearer;
  }

  void sort() {  // where distances are equal: by insertion
    for (std::int32_t i = 1; i < count_; ++i) {
      const double distance = distances_[i];
      const std::int32_t place = places_[i];
      std::int32_t at = i;
      for (; at > 0 && farther({distances_[at - 1], points_.order[places_[at - 1]]},
                               {distance, points_.order[place]});
           --at) {
        distances_[at] = distances_[at - 1];
        places_[at] = places_[at - 1];
      }
      distances_[at] = distance;
      places_[at] = place;
    }
  }

  const PointColumnsView& points_;
  QueryPoint q_{0, 0, 0};
  std::int32_t k_, count_ = 0, ranked_ = 0;
  double distances_[kSlots];
  float rounded_[kSlots + 8];
  std::int32_t places_[kSlots + 8];
};

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

  template <std::int64_t kWidth>
  void add(std::int64_t first, std::uint64_t near, float& limit) {
    for (; near != 0; near &= near - 1) {
      const std::int64_t place = first + __builtin_ctzll(near);
      insert({squared_distance<kExact>(points_, place, q_), points_.order[place]});
    }
    if (count_ < k_) return;
    const float bound = float_limit(best_[0].squared_distance);
    limit = bound < limit ? bound : limit;
  }
  void end_leaf(float&) {}
  void finish(Neighbor*) {
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

template <class Arch, class Set>
void find_nearest(const PointColumnsView& points, const QueryPoint& q, float limit, Set& set) {
  constexpr auto width = static_cast<std::int64_t>(Batch<float, Arch>::size);
  PendingChild stack[kMaxStack];
  int size = push_children<Arch>(points, &points.nodes[0], q, limit, stack, 0);
  while (size > 0) {
    const PendingChild child = stack[--size];
    if (child.distance > limit) continue;
    if (child.last < 0) {
      const int before = size;
      size = push_children<Arch>(points, &points.nodes[child.first], q, limit, stack, size);
      for (int i = before; i < size; ++i) prefetch_child(points, stack[i]);
    } else {
      for (std::int64_t first = child.first; first < child.last; first += width) {
        const std::uint64_t near =
            near_points<Arch>(points, first, q, limit) & lanes_below<Arch>(child.last - first);
        set.template add<width>(first, near, limit);
      }
      set.end_leaf(limit);
    }
  }
}

template <class Arch, class Set>
void nearest_of(const NearestArgs& args) {
  Set set(args);
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    const std::int64_t query = query_id(args.queries, i);
    const QueryPoint q(args.queries.x[query], args.queries.y[query], args.points.slack);
    const float limit = set.start(q);
    find_nearest<Arch>(args.points, q, limit, set);
    set.finish(args.best);
    for (std::int32_t j = 0; args.ids != nullptr && j < args.k; ++j)
      args.ids[query * args.k + j] = args.best[j].id;
  }
}

template <class Arch, bool kExact>
void nearest_as(const NearestArgs& args) {
  if (args.k <= kMostRanked) {
    nearest_of<Arch, RankedSet<kExact>>(args);
  } else {
    nearest_of<Arch, HeapSet<kExact>>(args);
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
