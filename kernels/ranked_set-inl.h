/* The k nearest of the points that a query meets, for small k. What is within the limit is
   collected without order, as places and float distances; k of them give a limit. What is left in
   the end is ranked by these distances, and where exact ones do not prove that right, by exact
   distances.
   Which of some numbers is the k-th, and how they rank, is not to be guessed by a branch: each is
   ranked by counting how many are less, a register of them at once. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

constexpr std::int32_t kMostRanked = 20;

inline bool farther(const Neighbor& a, const Neighbor& b) {
  return a.squared_distance > b.squared_distance ||
         (a.squared_distance == b.squared_distance && a.id > b.id);
}

// sorted[0 .. count) ascend, and do so with one more. A call of it, which GCC 12 makes or does not
// as it likes, costs a quarter of the rate of single queries.
inline __attribute__((always_inline)) void insert_sorted(const Neighbor& neighbor, Neighbor* sorted,
                                                         std::int32_t count) {
  std::int32_t at = count;
  for (; at > 0 && farther(sorted[at - 1], neighbor); --at) sorted[at] = sorted[at - 1];
  sorted[at] = neighbor;
}

template <class Arch, bool kExact>
class RankedSet {
  using Floats = Batch<float, Arch>;
  static constexpr auto kWidth = static_cast<std::int32_t>(Floats::size);

 public:
  static constexpr bool kReadsIds = false;

  RankedSet(const NearestArgs& args, const QueryPoint& q)
      : points_(args.points), q_(q), k_(args.k), limit_(__builtin_inff()) {}

  float limit() const { return limit_; }
  std::int32_t wanted() const { return k_; }
  bool is_bounded() const { return count_ >= k_; }

  void scan(std::int32_t first, std::int32_t last) {
    for (; first < last; first += kWidth) {
      const Floats distances = point_distances<Arch>(points_, first, q_);
      const std::uint64_t near =
          mask_bits(distances <= Floats(limit_)) & lanes_below<Arch>(last - first);
      float all[static_cast<std::size_t>(kWidth)];
      distances.store_unaligned(all);
      store_chosen<Arch>(distances_ + count_, all, near);
      store_hits<Arch>(places_ + count_, first, near);
      count_ += __builtin_popcountll(near);
      if (count_ > kMostCollected) make_room();
    }
  }
  void take(std::int32_t first, std::int32_t last) { scan(first, last); }

  // The limit becomes that of the k nearest so far, of which there are as many at least.
  void bound() {
    pad();
    Floats kth(0.0f);
    for (std::int32_t block = 0; block < count_; block += kWidth) {
      const Floats distances = Floats::load_unaligned(distances_ + block);
      const Floats nearer = count_less(distances_, distances);
      kth = max(kth, select(nearer < Floats(static_cast<float>(k_)), distances, Floats(0.0f)));
    }
    lower_limit(upper_bound(greatest_lane(kth)));
    keep_within_limit();
  }

  // There are k points or more up to this squared distance.
  void bound(double squared_distance) { lower_limit(squared_distance); }

  void finish(Neighbor* best) {
    if (finish_by_floats(best)) return;
    if (count_ > k_) bound();
    rank();
    for (std::int32_t i = 0; i < k_; ++i) {
      const std::int32_t at = ranked_[i];
      best[i] = {exact_[at], points_.order[places_[at]]};
    }
  }

 private:
  static constexpr std::int32_t kMostCollected = 64;
  static constexpr std::int32_t kWidest = 16;  // lanes
  static constexpr std::int32_t kPadding = kWidth < 8 ? 8 : kWidth;
  static constexpr std::size_t kSlots = kMostCollected + 2 * kWidest + kPadding;

  // What a point's squared distance may be at most whose float distance to the widened query is
  // this: farther by the widening along each axis.
  double upper_bound(float distance) const {
    const float wide_x = q_.high_x - q_.low_x, wide_y = q_.high_y - q_.low_y;
    const double bound = static_cast<double>(distance) * (1 + 0x1p-20) + 0x1p-147;
    if (wide_x == 0 && wide_y == 0) return bound;
    const double root =
        __builtin_sqrt(bound) + 1.5 * static_cast<double>(wide_x > wide_y ? wide_x : wide_y);
    return root * root * (1 + 0x1p-40);
  }
  void lower_limit(double bound) {
    const float limit = float_limit(bound);
    limit_ = limit < limit_ ? limit : limit_;
  }

  void pad() {
    for (std::int32_t i = count_; i < count_ + kPadding; ++i) distances_[i] = __builtin_inff();
  }
  // How many of the collected are less than each lane. They are padded: eight at a time, as how
  // many there are is not to be guessed.
  Floats count_less(const float* numbers, Floats than) const {
    Floats less(0.0f);
    for (std::int32_t i = 0; i < count_; i += 8) {
      for (std::int32_t j = i; j < i + 8; ++j)
        less = less + select(Floats(numbers[j]) < than, Floats(1.0f), Floats(0.0f));
    }
    return less;
  }

  bool is_collected(std::int32_t at) const { return 0 <= at && at < count_; }

  // The k of the least float distances are the nearest, if the next one is farther than all of them
  // by more than rounding. False: that is not sure, or equal ones left a rank to none, or padding.
  bool finish_by_floats(Neighbor* best) {
    pad();
    std::int32_t of_rank[kSlots];
    for (std::int32_t i = 0; i <= k_; ++i) of_rank[i] = -1;
    for (std::int32_t block = 0; block < count_; block += kWidth) {
      float ranks[static_cast<std::size_t>(kWidth)];
      count_less(distances_, Floats::load_unaligned(distances_ + block)).store_unaligned(ranks);
      for (std::int32_t i = 0; i < kWidth; ++i)
        of_rank[static_cast<std::int32_t>(ranks[i])] = block + i;
    }
    for (std::int32_t i = 0; i < k_; ++i) {
      if (!is_collected(of_rank[i])) return false;
      const std::int32_t place = places_[of_rank[i]];
      insert_sorted({squared_distance<kExact>(points_, place, q_), points_.order[place]}, best, i);
    }
    if (count_ == k_) return true;
    return is_collected(of_rank[k_]) &&
           float_limit(best[k_ - 1].squared_distance) < distances_[of_rank[k_]];
  }

  void keep_within_limit() {
    std::int32_t kept = 0;
    for (std::int32_t block = 0; block < count_; block += kWidth) {
      const Floats distances = Floats::load_unaligned(distances_ + block);
      const std::uint64_t near =
          mask_bits(distances <= Floats(limit_)) & lanes_below<Arch>(count_ - block);
      store_chosen<Arch>(distances_ + kept, distances_ + block, near);
      store_chosen<Arch>(places_ + kept, places_ + block, near);
      kept += __builtin_popcountll(near);
    }
    count_ = kept;
  }

  // Where many are as near as the k-th, it takes exact distances and ids to drop some.
  void make_room() {
    bound();
    if (count_ <= kMostCollected / 2) return;
    rank();
    float distances[kMostRanked];
    std::int32_t places[kMostRanked];
    for (std::int32_t i = 0; i < k_; ++i) {
      distances[i] = distances_[ranked_[i]];
      places[i] = places_[ranked_[i]];
    }
    lower_limit(exact_[ranked_[k_ - 1]]);
    for (std::int32_t i = 0; i < k_; ++i) {
      distances_[i] = distances[i];
      places_[i] = places[i];
    }
    count_ = k_;
  }

  // By their distances as floats, which order like those: where two of them are the same, exactly.
  void rank() {
    float rounded[kSlots];
    for (std::int32_t i = 0; i < count_; ++i) {
      exact_[i] = squared_distance<kExact>(points_, places_[i], q_);
      rounded[i] = static_cast<float>(exact_[i]);
    }
    for (std::int32_t i = count_; i < count_ + kPadding; ++i) rounded[i] = __builtin_inff();
    std::uint64_t taken[2] = {0, 0};
    for (std::int32_t block = 0; block < count_; block += kWidth) {
      float ranks[static_cast<std::size_t>(kWidth)];
      count_less(rounded, Floats::load_unaligned(rounded + block)).store_unaligned(ranks);
      const std::int32_t end = count_ - block < kWidth ? count_ - block : kWidth;
      for (std::int32_t i = 0; i < end; ++i) {
        const auto rank = static_cast<std::int32_t>(ranks[i]);
        taken[rank / 64] |= std::uint64_t{1} << (rank & 63);
        ranked_[rank] = block + i;
      }
    }
    if (__builtin_popcountll(taken[0]) + __builtin_popcountll(taken[1]) != count_) sort();
  }

  void sort() {  // where distances are equal: by insertion
    for (std::int32_t i = 0; i < count_; ++i) {
      std::int32_t at = i;
      for (; at > 0 && farther(neighbor(ranked_[at - 1]), neighbor(i)); --at)
        ranked_[at] = ranked_[at - 1];
      ranked_[at] = i;
    }
  }
  Neighbor neighbor(std::int32_t at) const { return {exact_[at], points_.order[places_[at]]}; }

  const PointColumnsView& points_;
  const QueryPoint& q_;
  std::int32_t k_, count_ = 0;
  float limit_;
  float distances_[kSlots];  // as floats see them, never too large by more than rounding
  std::int32_t places_[kSlots];
  double exact_[kSlots];         // as ranked last
  std::int32_t ranked_[kSlots];  // the nearest first
};

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
