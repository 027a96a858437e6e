/* The points near several queries that stand near each other, as those of a batch do in Morton
   order: one walk of the tree finds them for all, and side by side they fill registers though
   leaves do not. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace query {

// Hits of a window, in the tree's order, up to kMost.
template <std::int32_t kMost>
class PointGatherer {
 public:
  static constexpr bool kReadsIds = true;
  explicit PointGatherer(const PointColumnsView& points) : points_(points) {}

  void clear() { count_ = 0; }
  std::int32_t count() const { return count_; }
  bool is_full() const { return count_ > kMost; }  // there are more than were gathered
  const float* x() const { return x_; }            // readable for kQueryPadding more than there are
  const float* y() const { return y_; }
  const std::int32_t* places() const { return places_; }

  template <class Arch>
  void add_range(std::int32_t first, std::int32_t last) {
    constexpr auto width = static_cast<std::int32_t>(Batch<float, Arch>::size);
    constexpr std::uint64_t all = (std::uint64_t{1} << width) - 1;
    for (; first < last && !is_full(); first += width)
      add_lanes<Arch>(first, lanes_below<Arch>(last - first) & all);
  }
  template <class Arch>
  void add_lanes(std::int32_t first, std::uint64_t lanes) {
    if (is_full()) return;
    store_chosen<Arch>(x_ + count_, points_.x + first, lanes);
    store_chosen<Arch>(y_ + count_, points_.y + first, lanes);
    store_hits<Arch>(places_ + count_, first, lanes);
    const std::int32_t end = count_ + __builtin_popcountll(lanes);
    count_ = end > kMost ? kMost + 1 : end;
  }

 private:
  static constexpr std::size_t kRoom = kMost + kQueryPadding;
  const PointColumnsView& points_;
  std::int32_t count_ = 0;
  float x_[kRoom], y_[kRoom];
  std::int32_t places_[kRoom];
};

// The box around the places of some queries.
class QueryBox {
 public:
  // Makes room for (x, y), unless the box with a margin at each side grows beyond an area so.
  bool add(double x, double y, double margin, double most_area) {
    const Sides wider{x < sides_.min_x ? x : sides_.min_x, y < sides_.min_y ? y : sides_.min_y,
                      x > sides_.max_x ? x : sides_.max_x, y > sides_.max_y ? y : sides_.max_y};
    const double width = wider.max_x - wider.min_x + 2 * margin;
    const double height = wider.max_y - wider.min_y + 2 * margin;
    if (!(width * height <= most_area)) return false;
    sides_ = wider;
    return true;
  }
  Sides with_margin(double margin) const {
    return {sides_.min_x - margin, sides_.min_y - margin, sides_.max_x + margin,
            sides_.max_y + margin};
  }
  double largest() const {  // of the coordinates, by size, or a little more
    const double x = sides_.max_x > -sides_.min_x ? sides_.max_x : -sides_.min_x;
    const double y = sides_.max_y > -sides_.min_y ? sides_.max_y : -sides_.min_y;
    return x + y;
  }

 private:
  Sides sides_{__builtin_inf(), __builtin_inf(), -__builtin_inf(), -__builtin_inf()};
};

}  // namespace query
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
