#include "scenes/disc_generators.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/random.h"

namespace quadrille {
namespace {

constexpr double kRowHeight = 0.8660254;  // of the spacing, in a hexagonal lattice
constexpr double kLatticeRadius = 0.45;   // of the spacing: room to jitter
constexpr double kJitter = 0.08;          // of the spacing, across
constexpr double kNeckRadii = 24;         // how wide the neck is, at least
constexpr double kLeastNeck = 0.02;
// Levels of cells of mixed discs: sides 64:1, and within a cell radii 1:0.64.
constexpr int kMixedLevels = 6;
constexpr double kLeastShare = 0.64;
constexpr double kMostSplit = 0.75;  // share of the cells of a level that are parted

// A lattice in rows between `low` and `high`, where side(y) says how far it may reach from the
// middle.
struct Lattice {
  double middle, low, high, spacing;
  double bottom() const { return low + 0.5 * spacing; }
  double top() const { return high - 0.5 * spacing; }

  template <class Side>
  std::int64_t row_size(double y, Side&& side) const {
    const double half = side(y) - kLatticeRadius * spacing - kJitter * spacing;
    return half < 0 ? 0 : static_cast<std::int64_t>(2 * half / spacing) + 1;
  }
  template <class Side>
  std::int64_t size(Side&& side) const {
    std::int64_t count = 0;
    for (double y = bottom(); y <= top(); y += kRowHeight * spacing) count += row_size(y, side);
    return count;
  }
};

// The widest lattice that has room for all, filled from below.
template <class Side>
void fill_lattice(PointSet& points, Lattice lattice, double least_share, std::uint64_t seed,
                  Side&& side) {
  while (lattice.size(side) < points.size()) lattice.spacing *= 0.995;
  const double spacing = lattice.spacing;
  Random random(seed);
  points.radius.resize(points.x.size());
  std::size_t i = 0;
  for (double y = lattice.bottom(); i < points.x.size(); y += kRowHeight * spacing) {
    const std::int64_t count = lattice.row_size(y, side);
    const double left = lattice.middle - 0.5 * static_cast<double>(count - 1) * spacing;
    for (std::int64_t k = 0; k < count && i < points.x.size(); ++k, ++i) {
      points.x[i] = left + static_cast<double>(k) * spacing +
                    kJitter * spacing * (2 * random.next_unit() - 1);
      points.y[i] = y;
      const double share = least_share + (1 - least_share) * random.next_unit();
      points.radius[i] = static_cast<float>(0.92 * kLatticeRadius * spacing * share);
    }
  }
  points.vx.assign(points.x.size(), 0.0f);
  points.vy.assign(points.x.size(), 0.0f);
}

double first_spacing(double area, std::int64_t count) {
  return std::sqrt(area / (kRowHeight * static_cast<double>(std::max<std::int64_t>(count, 1))));
}

// A square of the unit square, of side 2^-level.
struct Cell {
  double x, y;
  int level;
};

// Parts cells at random from the first level on, depth first, until all discs have one.
class CellParter {
 public:
  CellParter(PointSet& points, std::uint64_t seed, int first_level, double split)
      : points_(points), random_(seed), first_level_(first_level), split_(split) {}
  void part(const Cell& cell) {
    if (used_ == points_.x.size()) return;
    const bool first = cell.level < first_level_;
    const bool last = cell.level == first_level_ + kMixedLevels;
    const double drawn = random_.next_unit();
    const double side = std::ldexp(1.0, -cell.level);
    if (first || (!last && drawn < split_)) {
      for (int child = 0; child < 4; ++child)
        part({cell.x + (child & 1) * side / 2, cell.y + (child >> 1) * side / 2, cell.level + 1});
      return;
    }
    const double share = kLeastShare + (1 - kLeastShare) * random_.next_unit();
    points_.x[used_] = cell.x + side / 2;
    points_.y[used_] = cell.y + side / 2;
    points_.radius[used_++] = static_cast<float>(0.499 * side * share);
  }
  bool is_done() const { return used_ == points_.x.size(); }

 private:
  PointSet& points_;
  Random random_;
  int first_level_;
  double split_;
  std::size_t used_ = 0;
};

// That come of one of the first level, on average.
double cells_expected(double split) {
  double cells = 1;
  for (int level = 0; level < kMixedLevels; ++level) cells = (1 - split) + 4 * split * cells;
  return cells;
}

}  // namespace

void fill_hourglass(PointSet& points, std::uint64_t seed) {
  const double spacing = first_spacing(0.7, points.size());
  const double half_neck = 0.5 * std::max(kLeastNeck, kNeckRadii * kLatticeRadius * spacing);
  const double neck = std::min(half_neck, 0.25);
  // Half a width above the neck the glass is as wide as its box.
  const auto side = [neck](double y) { return std::min(0.5, neck + (0.5 - neck) * (y - 1) / 0.5); };
  fill_lattice(points, {0.5, 1, 2, spacing}, 1.0, seed,
               [&](double y) { return y < 1 ? 0.0 : side(y) - 0.2 * spacing; });
  points.box = {0, 0, 1, 2};
  const auto low = static_cast<float>(0.5 - neck), high = static_cast<float>(0.5 + neck);
  points.segments = {0, 1.5f, low, 1, low, 1, 0, 0.5f, 1, 1.5f, high, 1, high, 1, 1, 0.5f};
}

void fill_dam(PointSet& points, std::uint64_t seed) {
  const double spacing = first_spacing(1, points.size());
  fill_lattice(points, {0.5, 0, 1, spacing}, 0.8, seed, [](double) { return 0.5; });
  points.box = {0, 0, 4, 1.2};
}

void fill_mixed(PointSet& points, std::uint64_t seed) {
  points.radius.resize(points.x.size());
  // Some cells to spare, so that the square is full and there are nearly always enough.
  const double wanted = 1.02 * static_cast<double>(points.size()) + 16;
  int first_level = 0;
  while (std::ldexp(cells_expected(kMostSplit), 2 * first_level) < wanted) ++first_level;
  double split = 0;
  while (std::ldexp(cells_expected(split), 2 * first_level) < wanted) split += 0.001;
  for (;; split += 0.01) {
    CellParter cells(points, seed, first_level, split);
    cells.part({0, 0, 0});
    if (cells.is_done()) break;
  }
  points.vx.assign(points.x.size(), 0.0f);
  points.vy.assign(points.x.size(), 0.0f);
  points.box = {0, 0, 1, 1};
}

}  // namespace quadrille
