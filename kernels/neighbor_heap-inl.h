/* The k nearest of the points that a query meets, for large k: a heap with the farthest on top.
   Queries come in Hilbert order, so the k points that were nearest to the query before bound this
   one's from the start. */

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

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
