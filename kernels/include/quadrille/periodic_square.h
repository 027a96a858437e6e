// A square that repeats itself in both directions without end, for fields by the law 1/r.
//
// The sum over all images of a body has no value until one says in which order it is taken, or what
// neutralises the masses. Here an even background does, of minus their density, as in cosmology
// (Ewald's sum): the pull of a unit mass on a square of side 1 is then, with z the complex place,
// minus the conjugate of
//   zeta(z) - pi conj(z)                    (Weierstrass's zeta function of the square lattice)
//   = sum of 1 / (z - w) over the 3 x 3 nearest images w
//     - sum over n = 4, 8, 12 ... of S_n z^(n - 1) - pi conj(z),
// where S_n is the sum of w^-n over all other lattice points, 0 for other n by symmetry. Softening
// counts for the 3 x 3 images; beyond, it would change the pull by its square over that of the
// side. [Weierstrass's function: Abramowitz, Stegun 1964, chapter 18; periodic fields by moments
// and lattice sums: Greengard, Rokhlin 1987, section 4.1.]
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/field_operators.h>
#include <quadrille/quadtree.h>

namespace quadrille {

struct PeriodicSquare {
  float min_x = 0, min_y = 0, side = 0;  // side 0: there is none, the plane is open
  bool is_open() const { return !(side > 0); }
};

// The nearest images stand off by that many sides; the body itself comes first.
struct ImageOffset {
  std::int8_t x, y;
};
inline constexpr ImageOffset kNearImages[] = {{0, 0}, {-1, -1}, {0, -1}, {1, -1}, {-1, 0},
                                              {1, 0}, {-1, 1},  {0, 1},  {1, 1}};
inline constexpr std::int32_t kNumNearImages = 9;

struct PlaneVector {
  double x = 0, y = 0;
};

// What a unit mass's images beyond the nearest do at (dx, dy) from it, and the background where
// wanted, on a square of side 1. |dx|, |dy| <= 1.
PlaneVector far_images_pull(double dx, double dy, bool with_background = true);

// Which terms a LocalField and moments have.
enum class FieldSeries : std::uint8_t { kHarmonic, kRadial };

// Adds to `field`, which is that of `target`, what the images beyond the nearest of `source` do
// there; not what the background does. All terms that there are up to `order`.
struct FarImages {
  FieldSeries series;
  int order;
  double side;
  void add(const FieldCell& source, const float* moments, const FieldCell& target,
           LocalField& field) const;
};

// The potential of the same, and of the background, of all bodies at each of them.
class LatticePotential {
 public:
  // `mass` by place, as the view's x and y. One thread.
  LatticePotential(const QuadtreeView& tree, std::span<const float> mass,
                   const PeriodicSquare& square);
  double at_place(double x, double y) const;

 private:
  static constexpr int kMostPower = 48;
  double center_x_, center_y_, side_, mass_ = 0, square_sum_ = 0;
  double moment_[kMostPower + 1][2] = {};
};

}  // namespace quadrille
