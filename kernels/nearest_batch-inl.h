/* A batch of k nearest. For small k neighbors in its order are answered together, a query a lane:
   one walk of the tree gathers the points of the box around them, widened by a little more than the
   last such queries had to look; each of these points is held against all queries at once and sinks
   into the sorted columns of their nearest. There is no branch to guess in that.
   Columns hold float distances whose lowest bits are the point's number. What they say is proved
   afterwards by exact distances: that the k are nearer than the next one, and than what was not
   gathered. A query of which that is not proved is answered alone. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

constexpr std::int32_t kMostInColumns = 8;  // neighbors

template <class Arch, bool kExact>
class NearestGroups {
  using Floats = Batch<float, Arch>;
  using Ints = Batch<std::int32_t, Arch>;
  static constexpr auto kLanes = static_cast<std::int64_t>(Floats::size);
  static constexpr std::int32_t kMostPoints = 512, kNumber = kMostPoints - 1;  // bits of a number
  using Gathered = PointGatherer<kMostPoints>;

 public:
  static constexpr std::int64_t kFewest = kLanes < 4 ? 4 : 3 + kLanes / 8;  // queries, to pay

  explicit NearestGroups(const NearestArgs& args) : args_(args) {}

  void run() {
    for (std::int64_t i = args_.queries.begin; i < args_.queries.end;) {
      const std::int64_t size = group_size(i);
      farthest_ = 0;
      const std::int64_t alone = size >= kFewest ? answer(i, size) : 1;
      if (alone == 0) {
        i += size;
        reach_ = kWider * __builtin_sqrt(farthest_);
      }
      for (const std::int64_t end = i + alone; i < end; ++i) {
        farthest_ = 0;
        answer_alone(query_id(args_.queries, i), __builtin_inf());
        reach_ = kWiderAlone * __builtin_sqrt(farthest_);
      }
    }
  }

 private:
  // How much farther than the farthest of the last group, or the last query, had to look.
  static constexpr double kWider = 1.25, kWiderAlone = 1.5;
  static constexpr double kMostExpected = 400;  // points

  // How many queries from the i-th on stand near each other: the box around them is not likely to
  // hold too many points, if k are within a disc of the last reach, but for what it was widened by.
  std::int64_t group_size(std::int64_t i) {
    const QueryBatch& queries = args_.queries;
    const std::int64_t most = queries.end - i < kLanes ? queries.end - i : kLanes;
    if (!(reach_ > 0) || most < kFewest) return 0;
    const double most_area = kMostExpected * 1.4 / args_.k * reach_ * reach_;
    box_ = {};
    std::int64_t size = 0;
    for (; size < most; ++size) {
      const std::int64_t query = query_id(queries, i + size);
      if (!box_.add(queries.x[query], queries.y[query], reach_, most_area)) break;
      prefetch_ids(query);
      prefetch_query(queries, i + size + kLanes);
      x_[size] = static_cast<float>(queries.x[query]);
      y_[size] = static_cast<float>(queries.y[query]);
    }
    for (std::int64_t lane = size; lane < kLanes; ++lane) {
      x_[lane] = x_[0];
      y_[lane] = y_[0];
    }
    return size;
  }
  QUADRILLE_PREFETCHING void prefetch_ids(std::int64_t query) const {
    __builtin_prefetch(args_.ids + query * args_.k, 1);
  }

  // How many of the group are to be answered alone instead: all where there are too many points, as
  // gathering costs most then and would fail again; one where there are too few, which tells how
  // far to look.
  std::int64_t answer(std::int64_t i, std::int64_t size) {
    Gathered found(args_.points);
    find_window<Arch>(args_.points, BoxWindow<kExact>(box_.with_margin(reach_)), found);
    if (found.is_full()) return size;
    if (found.count() < args_.k) return 1;
    sink(found);
    const double sure = reach_ * (1 - 0x1p-20) - box_.largest() * 0x1p-50;
    const double limit = sure > 0 ? sure * sure : 0;
    for (std::int64_t lane = 0; lane < size; ++lane) {
      const std::int64_t query = query_id(args_.queries, i + lane);
      rank(found, lane, query);
      const double kth = args_.best[args_.k - 1].squared_distance;
      if (kth < limit && is_proved(lane, query, kth)) {
        farthest_ = kth > farthest_ ? kth : farthest_;
        write_ids(args_, query);
      } else {
        answer_alone(query, kth);
      }
    }
    return 0;
  }

  // The numbers of each lane's nearest, ascending, and of the next one.
  void sink(const Gathered& found) {
    Ints rows[kMostInColumns + 1];
    for (Ints& row : rows) row = Ints(kNone);
    const Floats x = Floats::load_unaligned(x_), y = Floats::load_unaligned(y_);
    const Ints distance_bits(~kNumber), one(1);
    Ints number(0);
    for (std::int32_t c = 0; c < found.count(); ++c) {
      const Floats dx = Floats(found.x()[c]) - x, dy = Floats(found.y()[c]) - y;
      Ints key = (bits_of(dx * dx + dy * dy) & distance_bits) | number;
      number = number + one;
      for (std::int32_t row = 0; row < kMostInColumns; ++row) {
        const Ints lower = min(rows[row], key);
        key = max(rows[row], key);
        rows[row] = lower;
      }
      rows[kMostInColumns] = min(rows[kMostInColumns], key);
    }
    for (std::int32_t row = 0; row <= kMostInColumns; ++row)
      rows[row].store_unaligned(columns_[row]);
  }

  void rank(const Gathered& found, std::int64_t lane, std::int64_t query) {
    const QueryPoint q(args_.queries.x[query], args_.queries.y[query], 0);
    for (std::int32_t j = 0; j < args_.k; ++j) {
      const std::int32_t place = found.places()[columns_[j][lane] & kNumber];
      insert_sorted({squared_distance<kExact>(args_.points, place, q), args_.points.order[place]},
                    args_.best, j);
    }
  }

  // Whether the next of a lane is farther than its k-th, though floats round: the query, the points
  // and three times the distance, of which the lowest bits are missing.
  bool is_proved(std::int64_t lane, std::int64_t query, double kth) const {
    const std::int32_t next = columns_[args_.k][lane] & ~kNumber;
    if (next >= kInfinityBits) return columns_[args_.k][lane] == kNone;
    const auto distance = static_cast<double>(__builtin_bit_cast(float, next));
    const double bound = distance * (1 - 0x1p-20) - 0x1p-146;
    const double error = 2 * args_.points.slack +
                         __builtin_fabs(args_.queries.x[query] - static_cast<double>(x_[lane])) +
                         __builtin_fabs(args_.queries.y[query] - static_cast<double>(y_[lane]));
    if (error == 0) return kth < bound;
    const double root = __builtin_sqrt(bound > 0 ? bound : 0) - error;
    return root > 0 && kth < root * root * (1 - 0x1p-40);
  }

  void answer_alone(std::int64_t query, double bound) {
    nearest_one<Arch, kExact>(args_, query, bound);
    const double kth = args_.best[args_.k - 1].squared_distance;
    farthest_ = kth > farthest_ ? kth : farthest_;
  }

  static constexpr std::int32_t kNone = 0x7fffffff, kInfinityBits = 0x7f800000;

  const NearestArgs& args_;
  QueryBox box_;         // of a group
  double reach_ = 0;     // so far beyond it is gathered
  double farthest_ = 0;  // squared, of the k-th nearest
  float x_[static_cast<std::size_t>(kLanes)], y_[static_cast<std::size_t>(kLanes)];
  std::int32_t columns_[kMostInColumns + 1][static_cast<std::size_t>(kLanes)];
};

template <class Arch, bool kExact>
void nearest_as(const NearestArgs& args) {
  using Groups = NearestGroups<Arch, kExact>;
  if (args.k > kMostRanked) return nearest_in_heap<Arch, kExact>(args);
  const std::int64_t count = args.queries.end - args.queries.begin;
  if (args.k <= kMostInColumns && args.ids != nullptr && count > Groups::kFewest)
    return Groups(args).run();
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    prefetch_query(args.queries, i + kQueriesAhead);
    nearest_one<Arch, kExact>(args, query_id(args.queries, i));
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
