/* A batch of windows. Neighbors in the order of a batch overlap: as far as it pays, one walk of the
   tree gathers the points of the box around several, and each window looks at those. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

template <class Arch, bool kExact>
class WindowGroup {
 public:
  explicit WindowGroup(const WindowArgs& args) : args_(args), found_(args.points) {}

  // Gathers for as many queries from the i-th on as it pays to look at together, and returns how
  // many these are; 1: nothing is gathered. `hits`: how many the query before had.
  std::int64_t gather(std::int64_t i, std::int64_t hits) {
    if (hits < kFewestHits || hits > kMostHits) return 1;
    const QueryBatch& queries = args_.queries;
    const double extent = args_.extent, most_area = kMostArea * 4 * extent * extent;
    const std::int64_t most =
        queries.end - i < kMostQueries ? queries.end - i : std::int64_t{kMostQueries};
    QueryBox box;
    std::int64_t size = 0;
    for (; size < most; ++size) {
      const std::int64_t query = query_id(queries, i + size);
      if (!box.add(queries.x[query], queries.y[query], extent, most_area)) break;
    }
    if (size < kFewestQueries) return 1;
    // Wider than windows are by more than rounding of a disc's distances may reach; also where
    // their squares vanish, below the root of the least double.
    const double margin = extent * (1 + 0x1p-40) + box.largest() * 0x1p-50 + 0x1p-530;
    found_.clear();
    find_window<Arch>(args_.points, BoxWindow<kExact>(box.with_margin(margin)), found_);
    if (found_.is_full()) return 1;
    take_columns();
    return size;
  }

  const PointColumnsView& points() const { return view_; }  // those gathered
  std::int32_t count() const { return found_.count(); }

 private:
  static constexpr std::int32_t kMostPoints = 1024;
  static constexpr std::int64_t kFewestHits = 8, kMostHits = 256;
  static constexpr int kMostQueries = 8, kFewestQueries = 3;
  static constexpr double kMostArea = 4.5;  // windows

  void take_columns() {
    const PointColumnsView& from = args_.points;
    for (std::int32_t i = 0; i < found_.count(); ++i) {
      const std::int32_t place = found_.places()[i];
      ids_[i] = args_.as_places ? place : from.order[place];
      if constexpr (!kExact) {
        exact_x_[i] = from.exact_x[place];
        exact_y_[i] = from.exact_y[place];
      }
    }
    view_ = from;
    view_.x = found_.x();
    view_.y = found_.y();
    view_.exact_x = kExact ? nullptr : exact_x_;
    view_.exact_y = kExact ? nullptr : exact_y_;
    view_.order = ids_;
  }

  static constexpr std::size_t kNumExact = kExact ? 1 : kMostPoints;
  const WindowArgs& args_;
  PointGatherer<kMostPoints> found_;
  PointColumnsView view_{};
  BodyID ids_[kMostPoints + kQueryPadding];
  double exact_x_[kNumExact], exact_y_[kNumExact];
};

// Hits among gathered points, for which there is room in any case.
struct HitAppender {
  const BodyID* ids;
  BodyID* to;

  bool is_full() const { return false; }
  template <class Arch>
  void add_lanes(std::int32_t first, std::uint64_t lanes) {
    store_chosen<Arch>(to, ids + first, lanes);
    to += __builtin_popcountll(lanes);
  }
  static constexpr bool kReadsIds = true;
};

// What the window around a query holds: of a group's points, or, where it is none, of the tree's.
template <class Arch, bool kExact, class Window>
class WindowSearch {
 public:
  WindowSearch(const WindowArgs& args, const WindowGroup<Arch, kExact>* group, std::int64_t query)
      : args_(args), group_(group),
        window_(args.queries.x[query], args.queries.y[query], args.extent, args.points.slack) {}

  std::int64_t count() const {
    HitCounter hits;
    find(hits);
    return hits.count;
  }
  std::int64_t list(BodyID* to, std::int64_t room) const {
    if (group_ != nullptr && group_->count() + kQueryPadding <= room) {
      HitAppender hits{group_->points().order, to};
      find_in_group(hits);
      return hits.to - to;
    }
    const BodyID* const ids = args_.as_places ? nullptr : args_.points.order;
    HitWriter hits{group_ != nullptr ? group_->points().order : ids, to, room};
    find(hits);
    return hits.count;
  }

 private:
  template <class Hits>
  void find(Hits& hits) const {
    if (group_ == nullptr) return find_window<Arch>(args_.points, window_, hits);
    find_in_group(hits);
  }
  template <class Hits>
  void find_in_group(Hits& hits) const {
    WindowScan<Arch, Window, Hits>{group_->points(), window_, hits}.scan(0, group_->count());
  }

  const WindowArgs& args_;
  const WindowGroup<Arch, kExact>* group_;
  Window window_;
};

template <class Arch, bool kExact, class Window>
void windows_of(const WindowArgs& args) {
  WindowGroup<Arch, kExact> group(args);
  std::int64_t used = 0, count = 0, group_end = args.queries.begin;
  bool is_grouped = false;
  for (std::int64_t i = args.queries.begin; i < args.queries.end; ++i) {
    if (i == group_end) {
      const std::int64_t size = group.gather(i, count);
      is_grouped = size > 1;
      group_end = i + size;
    }
    const std::int64_t query = query_id(args.queries, i);
    prefetch_query(args.queries, i + kQueriesAhead);
    const WindowSearch<Arch, kExact, Window> search(args, is_grouped ? &group : nullptr, query);
    if (args.begin != nullptr) {
      const std::int64_t begin = args.begin[query];
      count = search.list(args.hits + begin, args.begin[query + 1] - begin);
    } else if (args.staged_at != nullptr) {
      count = search.list(args.hits + used, args.room - used);
      const bool fits = count <= args.room - used;
      args.staged_at[query] = fits ? args.staged_first + used : -1;
      used += fits ? count : 0;
    } else {
      count = search.count();
    }
    if (args.counts != nullptr) args.counts[query] = count;
  }
  if (args.used != nullptr) *args.used = used;
}

template <class Arch>
void boxes(const WindowArgs& args) {
  if (args.points.exact_x == nullptr) {
    windows_of<Arch, true, BoxWindow<true>>(args);
  } else {
    windows_of<Arch, false, BoxWindow<false>>(args);
  }
}

template <class Arch>
void discs(const WindowArgs& args) {
  if (args.points.exact_x == nullptr) {
    windows_of<Arch, true, DiscWindow<true>>(args);
  } else {
    windows_of<Arch, false, DiscWindow<false>>(args);
  }
}

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
