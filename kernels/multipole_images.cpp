// What a periodic square adds to a multipole field: images beyond the nearest, and the background.

#include <algorithm>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/fixed_math.h"
#include "kernels/multipole_walk.h"

namespace quadrille {
namespace {

// The series of far images ends fast between cells that are small beside the square.
constexpr double kCoarseScale = 1.0 / 9;  // of the side
constexpr std::int64_t kFewestByCells = 256;

}  // namespace

void Multipole::open_square(const MultipoleOptions& options) {
  background_ = 0;
  num_coarse_ = 0;
  if (is_open_) return;
  const std::span<const FieldCell> cells = cells_.cells();
  const double side = double{options.square.side} * per_length_;
  for (std::size_t i = 0; i < kNumNearImages; ++i) {
    image_x_[i] = static_cast<float>(kNearImages[i].x * side);
    image_y_[i] = static_cast<float>(kNearImages[i].y * side);
  }
  background_ = fixed_math::kPi * cells[0].mass / (side * side);
  center_x_ = cells[0].center_x;
  center_y_ = cells[0].center_y;
  if (std::ssize(tree_.order) < kFewestByCells) return add_far_images_by_bodies(side);
  choose_coarse_cells(kCoarseScale * side);
  const bool is_harmonic = options.law == PullLaw::kInverse && options.softening == 0;
  const FarImages far{is_harmonic ? FieldSeries::kHarmonic : FieldSeries::kRadial, options.order,
                      side};
  parallel_->for_range(
      std::ssize(coarse_.first(num_coarse_)), 1, [&](std::int64_t begin, std::int64_t, int) {
        if (!is_active(coarse_[at(begin)])) return;
        LocalField field = {};
        const FieldCell& target = cells[at(coarse_[at(begin)])];
        for (const std::int64_t c : coarse_.first(num_coarse_)) {
          far.add(cells[at(c)], cells_.moments() + c * operators_.num_moments, target, field);
        }
        of_images_[at(begin)] = field;
      });
}

// Breadth first, as cells stand, so that they ascend; what is too wide is replaced by its parts.
void Multipole::choose_coarse_cells(double most_scale) {
  const std::span<const FieldCell> cells = cells_.cells();
  coarse_[0] = 0;
  num_coarse_ = 1;
  for (bool is_parted = true; is_parted;) {
    is_parted = false;
    for (std::size_t i = 0; i < num_coarse_; ++i) {
      const FieldCell& cell = cells[at(coarse_[i])];
      if (cell.is_leaf() || cell.scale <= most_scale) continue;
      if (num_coarse_ + kMostSiblings > coarse_.size()) break;
      const auto first = static_cast<std::int32_t>(cell.first_child);
      coarse_[i] = first;
      for (std::int32_t c = 1; c < cell.num_children(); ++c) coarse_[num_coarse_++] = first + c;
      is_parted = true;
    }
  }
  std::sort(coarse_.begin(), coarse_.begin() + static_cast<std::ptrdiff_t>(num_coarse_));
}

void Multipole::add_far_images(std::int32_t cell, LocalField& field) const {
  const auto coarse = coarse_.first(num_coarse_);
  if (coarse.empty() || cell > coarse.back()) return;
  const auto found = std::lower_bound(coarse.begin(), coarse.end(), cell);
  if (found == coarse.end() || *found != cell) return;
  const LocalField& of_images = of_images_[at(found - coarse.begin())];
  for (std::size_t i = 0; i < kMostFieldTerms; ++i) field.term[i] += of_images.term[i];
}

// Few bodies may stand in cells as wide as the square.
void Multipole::add_far_images_by_bodies(double side) {
  const std::size_t count = tree_.order.size();
  parallel_->for_range(std::ssize(tree_.order), 1, [&](std::int64_t place, std::int64_t, int) {
    const std::size_t target = at(place);
    if (!active_.are_all() && !active_.has(tree_.order[target])) return;
    PlaneVector sum;
    for (std::size_t source = 0; source < count; ++source) {
      const PlaneVector pull = far_images_pull((double{x_[target]} - x_[source]) / side,
                                               (double{y_[target]} - y_[source]) / side, false);
      sum.x += mass_[source] * pull.x;
      sum.y += mass_[source] * pull.y;
    }
    pull_x_[target] += static_cast<float>(sum.x / side);
    pull_y_[target] += static_cast<float>(sum.y / side);
  });
}

}  // namespace quadrille
