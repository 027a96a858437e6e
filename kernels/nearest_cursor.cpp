/* Incremental nearest neighbors. [1] keeps a queue of all boxes and points that were met, which may
   become as long as there are points. Here memory is fixed: each walk of the tree finds the next
   few points beyond the last one found, twice as many as the walk before, as far as there is room.
   [1] Hjaltason, Samet. Distance browsing in spatial databases. TODS 24, 1999. */

#include <algorithm>
#include <array>
#include <cmath>

#include <quadrille/nearest_cursor.h>
#include <quadrille/point_walk.h>

namespace quadrille {
namespace {

constexpr std::int64_t kFirstWanted = 8;

bool is_nearer_point(const Neighbor& a, const Neighbor& b) {
  return a.squared_distance < b.squared_distance ||
         (a.squared_distance == b.squared_distance && a.id < b.id);
}

struct BoxRange {
  double nearest, farthest;  // squared distances between which those of all its points are
};
BoxRange range_of(const Box& box, double x, double y) {
  const double left = static_cast<double>(box.min_x) - x, right = x - box.max_x;
  const double below = static_cast<double>(box.min_y) - y, above = y - box.max_y;
  const double dx = std::max({left, right, 0.0}), dy = std::max({below, above, 0.0});
  const double far_x = std::max(-left, -right), far_y = std::max(-below, -above);
  return {dx * dx + dy * dy, far_x * far_x + far_y * far_y};
}

}  // namespace

NearestCursor::NearestCursor(const PointIndex& index, double x, double y,
                             std::span<Neighbor> scratch)
    : points_(index.columns()), x_(x), y_(y), scratch_(scratch),
      wanted_(std::min(kFirstWanted, std::ssize(scratch))), after_{-1, -1} {
  // Boxes cannot be sorted by distances that are no numbers.
  if (!std::isfinite(x) || !std::isfinite(y)) points_.nodes = nullptr;
}

bool NearestCursor::next(Neighbor& neighbor) {
  if (given_ == found_) find_ahead();
  if (given_ == found_) return false;
  neighbor = scratch_[static_cast<std::size_t>(given_++)];
  return true;
}

// The nearest ones beyond after_, in a heap with the farthest on top.
void NearestCursor::look_at(std::int32_t first, std::int32_t last, std::int64_t wanted) {
  for (std::int32_t place = first; place < last; ++place) {
    const PointAt point = point_at(points_, place);
    const double dx = point.x - x_, dy = point.y - y_;
    const Neighbor neighbor{dx * dx + dy * dy, points_.order[place]};
    if (!is_nearer_point(after_, neighbor)) continue;
    const auto heap = scratch_.begin();
    if (found_ == wanted) {
      if (!is_nearer_point(neighbor, scratch_[0])) continue;
      std::pop_heap(heap, heap + found_--, is_nearer_point);
    }
    scratch_[static_cast<std::size_t>(found_++)] = neighbor;
    std::push_heap(heap, heap + found_, is_nearer_point);
  }
}

void NearestCursor::find_ahead() {
  given_ = found_ = 0;
  if (points_.nodes == nullptr || wanted_ == 0) return;
  struct Waiting {
    double nearest;
    std::int32_t first, last, node;
  };
  std::array<Waiting, kMostWaitingNodes> waiting;
  std::size_t size = 0;
  waiting[size++] = {0, 0, 0, 0};
  while (size > 0) {
    const Waiting part = waiting[--size];
    if (found_ == wanted_ && part.nearest > scratch_[0].squared_distance) continue;
    if (part.node < 0) {
      look_at(part.first, part.last, wanted_);
      continue;
    }
    const std::size_t before = size;
    for (std::size_t child = 0; child < kNodeChildren; ++child) {
      const NodePart of = part_of(points_.nodes[part.node], child);
      const BoxRange range = range_of(of.box, x_, y_);
      if (of.first == of.last || range.farthest < after_.squared_distance) continue;
      waiting[size++] = {range.nearest, of.first, of.last, of.node};
    }
    std::sort(waiting.begin() + static_cast<std::ptrdiff_t>(before),
              waiting.begin() + static_cast<std::ptrdiff_t>(size),
              [](const Waiting& a, const Waiting& b) { return a.nearest > b.nearest; });
  }
  std::sort_heap(scratch_.begin(), scratch_.begin() + found_, is_nearer_point);
  if (found_ > 0) after_ = scratch_[static_cast<std::size_t>(found_) - 1];
  wanted_ = std::min(2 * wanted_, std::ssize(scratch_));
}

}  // namespace quadrille
