/* The k closest pairs by a depth-first walk of the tree against itself [1], of all points or of
   those in a window. Neighbors in the Morton order bound the k-th distance from the start, so that
   nearly all pairs of boxes are too far apart; the best so far stand in a heap with the worst on
   top.
   [1] Corral, Manolopoulos, Theodoridis, Vassilakopoulos. Closest pair queries in spatial
   databases. SIGMOD 2000. */
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <span>

#include <quadrille/nearest_pairs.h>
#include <quadrille/point_columns.h>
#include <quadrille/point_walk.h>

namespace quadrille::pair_search {

inline bool is_better(const PointPair& p, const PointPair& q) {
  if (p.squared_distance != q.squared_distance) return p.squared_distance < q.squared_distance;
  return p.a != q.a ? p.a < q.a : p.b < q.b;
}

inline double squared_distance(const PointAt& p, const PointAt& q) {
  const double dx = p.x - q.x, dy = p.y - q.y;
  return dx * dx + dy * dy;
}

// The best pairs behind `after` that were met, in a heap.
class BestPairs {
 public:
  BestPairs(const PointPair& after, std::span<PointPair> best) : after_(after), best_(best) {}

  bool is_full() const { return count_ == std::ssize(best_); }
  const PointPair& after() const { return after_; }
  const PointPair& worst() const { return best_[0]; }
  double limit() const { return limit_; }  // beyond it no pair is wanted
  std::int64_t wanted() const { return std::ssize(best_); }

  void add(const PointAt& p, const PointAt& q, BodyID a, BodyID b) {
    const double distance = squared_distance(p, q);
    if (distance <= limit_) take({distance, std::min(a, b), std::max(a, b)});
  }
  // Of pairs of points and the next ones in some order: the k-th distance of all cannot be more.
  // Only distances say what is behind `after` there.
  void add_bound(const PointAt& p, const PointAt& q) {
    const double distance = squared_distance(p, q);
    if (distance > after_.squared_distance && distance <= limit_) take({distance, 0, 0});
  }
  // All that were added bound what is added from now on, and are no pairs themselves.
  void begin() { count_ = 0; }
  std::int64_t finish() {
    std::sort_heap(best_.begin(), best_.begin() + count_, is_better);
    return count_;
  }

 private:
  void take(const PointPair& pair) {
    if (!is_better(after_, pair)) return;
    const auto heap = best_.begin();
    if (is_full()) {
      if (!is_better(pair, best_[0])) return;
      std::pop_heap(heap, best_.end(), is_better);
      --count_;
    }
    best_[static_cast<std::size_t>(count_++)] = pair;
    std::push_heap(heap, heap + count_, is_better);
    if (is_full()) limit_ = best_[0].squared_distance;
  }

  const PointPair after_;
  std::span<PointPair> best_;
  std::int64_t count_ = 0;
  double limit_ = std::numeric_limits<double>::infinity();
};

struct Everywhere {
  bool touches(const Box&) const { return true; }
  bool holds(const PointAt&) const { return true; }
};

// Of the points that `Where` holds.
template <class Where>
class PairSearch {
 public:
  PairSearch(const PointColumnsView& points, const Where& where, const PointPair& after,
             std::span<PointPair> best)
      : points_(points), where_(where), best_(after, best) {}

  std::int64_t run() {
    bound();
    within({{}, 0, static_cast<std::int32_t>(points_.size), 0});
    return best_.finish();
  }

 private:
  void bound() {
    bool is_first = true;
    PointAt before{};
    visit_places(points_, where_, [&](std::int32_t place) {
      const PointAt point = point_at(points_, place);
      if (!is_first) best_.add_bound(before, point);
      is_first = false;
      before = point;
      return true;
    });
    best_.begin();
  }

  void within(const NodePart& part);
  void within_leaf(std::int32_t first, std::int32_t last);
  void between(const NodePart& a, const NodePart& b);
  void between_leaves(const NodePart& a, const NodePart& b);

  std::uint32_t touched_children(const QueryNode& node) const {  // a bit each
    std::uint32_t touched = 0;
    for (std::uint32_t rest = node.child_mask; rest != 0; rest &= rest - 1) {
      const auto child = static_cast<std::size_t>(std::countr_zero(rest));
      if (where_.touches(child_box(node, child))) touched |= 1u << child;
    }
    return touched;
  }
  static NodePart lowest_part(const QueryNode& node, std::uint32_t children) {
    return part_of(node, static_cast<std::size_t>(std::countr_zero(children)));
  }

  // Whether no pair (a, b) or one of later ids can be among the best: they all stand on one spot.
  bool is_over(BodyID a, BodyID b) const {
    return best_.is_full() && best_.limit() == 0 && is_better(best_.worst(), {0, a, b});
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
  const Where where_;
  BestPairs best_;
};

// No two points of these are nearer to each other.
inline double box_distance(const Box& a, const Box& b) {
  const double left = static_cast<double>(a.min_x) - b.max_x;
  const double right = static_cast<double>(b.min_x) - a.max_x;
  const double below = static_cast<double>(a.min_y) - b.max_y;
  const double above = static_cast<double>(b.min_y) - a.max_y;
  const double dx = std::max({left, right, 0.0}), dy = std::max({below, above, 0.0});
  return dx * dx + dy * dy;
}

inline double point_distance(const PointAt& p, const Box& b) {
  const double dx = std::max({p.x - b.max_x, b.min_x - p.x, 0.0});
  const double dy = std::max({p.y - b.max_y, b.min_y - p.y, 0.0});
  return dx * dx + dy * dy;
}

template <class Where>
void PairSearch<Where>::within(const NodePart& part) {
  if (part.node < 0) return within_leaf(part.first, part.last);
  const QueryNode& node = points_.nodes[part.node];
  const std::uint32_t touched = touched_children(node);
  for (std::uint32_t rest = touched; rest != 0; rest &= rest - 1) within(lowest_part(node, rest));
  for (std::uint32_t rest = touched; rest != 0; rest &= rest - 1) {
    const NodePart of = lowest_part(node, rest);
    for (std::uint32_t others = rest & (rest - 1); others != 0; others &= others - 1)
      between(of, lowest_part(node, others));
  }
}

// A leaf may be a million points on one spot, which stand by their ids: no pair before `after` is
// looked at there.
template <class Where>
void PairSearch<Where>::within_leaf(std::int32_t first, std::int32_t last) {
  const BodyID* const ids = points_.order;
  const PointPair& after = best_.after();
  const bool ascend = std::is_sorted(ids + first, ids + last);
  const bool spot = ascend && after.squared_distance >= 0 && is_spot(first, last);
  if (spot && after.squared_distance > 0) return;
  std::int32_t i = first;
  if (spot) i = static_cast<std::int32_t>(std::lower_bound(ids + i, ids + last, after.a) - ids);
  for (; i < last; ++i) {
    const PointAt p = point_at(points_, i);
    if (ascend && i + 1 < last && is_over(ids[i], ids[i + 1])) return;
    if (!where_.holds(p)) continue;
    std::int32_t j = i + 1;
    if (spot && ids[i] == after.a)
      j = static_cast<std::int32_t>(std::upper_bound(ids + j, ids + last, after.b) - ids);
    for (; j < last; ++j) {
      if (ascend && is_over(ids[i], ids[j])) break;
      const PointAt q = point_at(points_, j);
      if (where_.holds(q)) best_.add(p, q, ids[i], ids[j]);
    }
  }
}

template <class Where>
void PairSearch<Where>::between(const NodePart& a, const NodePart& b) {
  if (box_distance(a.box, b.box) > best_.limit()) return;
  if (a.node < 0 && b.node < 0) return between_leaves(a, b);
  const bool parts_a = b.node < 0 || (a.node >= 0 && a.last - a.first >= b.last - b.first);
  const QueryNode& node = points_.nodes[parts_a ? a.node : b.node];
  for (std::uint32_t rest = touched_children(node); rest != 0; rest &= rest - 1)
    between(lowest_part(node, rest), parts_a ? b : a);
}

template <class Where>
void PairSearch<Where>::between_leaves(const NodePart& a, const NodePart& b) {
  for (std::int32_t i = a.first; i < a.last; ++i) {
    const PointAt p = point_at(points_, i);
    if (point_distance(p, b.box) > best_.limit() || !where_.holds(p)) continue;
    for (std::int32_t j = b.first; j < b.last; ++j) {
      const PointAt q = point_at(points_, j);
      if (where_.holds(q)) best_.add(p, q, points_.order[i], points_.order[j]);
    }
  }
}

}  // namespace quadrille::pair_search
