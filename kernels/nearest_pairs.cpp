/* The k closest pairs by a depth-first walk of the tree against itself [1]. Neighbors in the Morton
   order bound the k-th distance from the start, so that nearly all pairs of boxes are too far
   apart; the best so far stand in a heap with the worst on top.
   [1] Corral, Manolopoulos, Theodoridis, Vassilakopoulos. Closest pair queries in spatial
   databases. SIGMOD 2000. */

#include <algorithm>
#include <limits>

#include <quadrille/nearest_pairs.h>
#include <quadrille/point_index.h>
#include <quadrille/point_walk.h>

namespace quadrille {
namespace {

bool is_better(const PointPair& p, const PointPair& q) {
  if (p.squared_distance != q.squared_distance) return p.squared_distance < q.squared_distance;
  return p.a != q.a ? p.a < q.a : p.b < q.b;
}

// No two points of these are nearer to each other.
double box_distance(const Box& a, const Box& b) {
  const double left = static_cast<double>(a.min_x) - b.max_x;
  const double right = static_cast<double>(b.min_x) - a.max_x;
  const double below = static_cast<double>(a.min_y) - b.max_y;
  const double above = static_cast<double>(b.min_y) - a.max_y;
  const double dx = std::max({left, right, 0.0}), dy = std::max({below, above, 0.0});
  return dx * dx + dy * dy;
}

double point_distance(const PointAt& p, const Box& b) {
  const double dx = std::max({p.x - b.max_x, b.min_x - p.x, 0.0});
  const double dy = std::max({p.y - b.max_y, b.min_y - p.y, 0.0});
  return dx * dx + dy * dy;
}

class PairSearch {
 public:
  PairSearch(const PointColumnsView& points, const PointPair& after, std::span<PointPair> best)
      : points_(points), after_(after), best_(best) {}

  std::int64_t run() {
    bound();
    const NodePart root{{}, 0, static_cast<std::int32_t>(points_.size), 0};
    within(root);
    std::sort_heap(best_.begin(), best_.begin() + count_, is_better);
    return count_;
  }

 private:
  bool full() const { return count_ == std::ssize(best_); }

  // Of each point and the next in the order: the k-th distance of all pairs cannot be more. Places
  // stand for ids, so only distances say what is behind `after`.
  void bound() {
    for (std::int64_t place = 1; place < points_.size; ++place) {
      const PointAt p = point_at(points_, place - 1), q = point_at(points_, place);
      const double dx = p.x - q.x, dy = p.y - q.y;
      if (dx * dx + dy * dy > after_.squared_distance)
        add(p, q, static_cast<BodyID>(place - 1), static_cast<BodyID>(place));
    }
    if (full()) limit_ = best_[0].squared_distance;
    count_ = 0;
  }

  void add(const PointAt& p, const PointAt& q, BodyID a, BodyID b) {
    const double dx = p.x - q.x, dy = p.y - q.y;
    const double distance = dx * dx + dy * dy;
    if (!(distance <= limit_)) return;
    const PointPair pair{distance, std::min(a, b), std::max(a, b)};
    if (!is_better(after_, pair)) return;
    const auto heap = best_.begin();
    if (full()) {
      if (!is_better(pair, best_[0])) return;
      std::pop_heap(heap, best_.end(), is_better);
      --count_;
    }
    best_[static_cast<std::size_t>(count_++)] = pair;
    std::push_heap(heap, heap + count_, is_better);
    if (full()) limit_ = best_[0].squared_distance;
  }

  void within(const NodePart& part);
  void within_leaf(std::int32_t first, std::int32_t last);
  void between(const NodePart& a, const NodePart& b);
  void between_leaves(const NodePart& a, const NodePart& b);

  // Whether no pair (a, b) or one of later ids can be among the best: they all stand on one spot.
  bool is_over(BodyID a, BodyID b) const {
    return full() && limit_ == 0 && is_better(best_[0], {0, a, b});
  }

  bool is_spot(std::int32_t first, std::int32_t last) const {
    const PointAt p = point_at(points_, first);
    for (std::int32_t i = first + 1; i < last; ++i) {
      const PointAt q = point_at(points_, i);
      if (p.x != q.x || p.y != q.y) return false;
    }
    return true;
  }

  const PointColumnsView& points_;
  const PointPair after_;
  std::span<PointPair> best_;
  std::int64_t count_ = 0;
  double limit_ = std::numeric_limits<double>::infinity();
};

void PairSearch::within(const NodePart& part) {
  if (part.node < 0) return within_leaf(part.first, part.last);
  const QueryNode& node = points_.nodes[part.node];
  for (std::size_t child = 0; child < kNodeChildren; ++child) {
    const NodePart of = part_of(node, child);
    if (of.first != of.last) within(of);
  }
  for (std::size_t child = 0; child < kNodeChildren; ++child) {
    for (std::size_t other = child + 1; other < kNodeChildren; ++other)
      between(part_of(node, child), part_of(node, other));
  }
}

// A leaf may be a million points on one spot, which stand by their ids: no pair before `after` is
// looked at there.
void PairSearch::within_leaf(std::int32_t first, std::int32_t last) {
  const BodyID* const ids = points_.order;
  const bool ascend = std::is_sorted(ids + first, ids + last);
  const bool spot = ascend && after_.squared_distance >= 0 && is_spot(first, last);
  if (spot && after_.squared_distance > 0) return;
  std::int32_t i = first;
  if (spot) i = static_cast<std::int32_t>(std::lower_bound(ids + i, ids + last, after_.a) - ids);
  for (; i < last; ++i) {
    const PointAt p = point_at(points_, i);
    if (ascend && i + 1 < last && is_over(ids[i], ids[i + 1])) return;
    std::int32_t j = i + 1;
    if (spot && ids[i] == after_.a)
      j = static_cast<std::int32_t>(std::upper_bound(ids + j, ids + last, after_.b) - ids);
    for (; j < last; ++j) {
      if (ascend && is_over(ids[i], ids[j])) break;
      add(p, point_at(points_, j), ids[i], ids[j]);
    }
  }
}

void PairSearch::between(const NodePart& a, const NodePart& b) {
  if (a.first == a.last || b.first == b.last || box_distance(a.box, b.box) > limit_) return;
  if (a.node < 0 && b.node < 0) return between_leaves(a, b);
  const bool part_a = b.node < 0 || (a.node >= 0 && a.last - a.first >= b.last - b.first);
  const QueryNode& node = points_.nodes[part_a ? a.node : b.node];
  for (std::size_t child = 0; child < kNodeChildren; ++child)
    between(part_of(node, child), part_a ? b : a);
}

void PairSearch::between_leaves(const NodePart& a, const NodePart& b) {
  for (std::int32_t i = a.first; i < a.last; ++i) {
    const PointAt p = point_at(points_, i);
    if (point_distance(p, b.box) > limit_) continue;
    for (std::int32_t j = b.first; j < b.last; ++j)
      add(p, point_at(points_, j), points_.order[i], points_.order[j]);
  }
}

}  // namespace

Result<std::int64_t> nearest_pairs(const PointIndex& index, std::span<PointPair> pairs,
                                   const PointPair& after) {
  if (pairs.empty())
    return Status(StatusCode::kInvalidArgument, "there is no room for a nearest pair; at least 1");
  const std::int64_t size = index.size(), all = size * (size - 1) / 2;
  const auto count = static_cast<std::size_t>(std::min(all, std::ssize(pairs)));
  return count > 0 ? PairSearch(index.columns(), after, pairs.first(count)).run() : 0;
}

}  // namespace quadrille
