#include <array>

#include <quadrille/periodic_square.h>

#include "kernels/fixed_math.h"

namespace quadrille {
namespace {

// S_4, S_8, S_12 ...: Eisenstein's series of the square lattice less the eight nearest points.
constexpr double kLatticeSums[] = {0.15121200215389753, 0.0057730353651896, 0.0013490128279703,
                                   7.00330250249e-05,   3.00317628956e-06,  2.42803838e-07,
                                   1.609941e-08,        8.9758067e-10,      5.7045151e-11,
                                   3.7180311e-12,       2.2744025e-13,      1.4081286e-14};
constexpr int kNumLatticeSums = 12;
struct LatticeComplex {
  double re = 0, im = 0;
};
LatticeComplex operator*(LatticeComplex a, LatticeComplex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
LatticeComplex operator*(double a, LatticeComplex b) { return {a * b.re, a * b.im}; }
LatticeComplex operator+(LatticeComplex a, LatticeComplex b) { return {a.re + b.re, a.im + b.im}; }

constexpr int kMostLatticePower = 4 * kNumLatticeSums;

double binomial(int n, int k) {
  double result = 1;
  for (int i = 1; i <= k; ++i) result = result * (n - k + i) / i;
  return result;
}
double sign_of(int n) { return n % 2 == 0 ? 1.0 : -1.0; }

// Of S_n; 0 for other n.
double lattice_sum(int n) {
  return n >= 4 && n % 4 == 0 && n <= kMostLatticePower
             ? kLatticeSums[static_cast<std::size_t>(n / 4 - 1)]
             : 0.0;
}

constexpr LatticeComplex kPowersOfI[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};

// Sums of m w^k, w in units of the cell's scale, from what the operators keep (field_operators.h).
using MomentsOfOrder = std::array<LatticeComplex, kMostHarmonicOrder + 1>;
MomentsOfOrder complex_moments_of(FieldSeries series, int order, double mass,
                                  const float* moments) {
  MomentsOfOrder result{};
  result[0] = {mass, 0};
  double factorial = 1;
  for (int k = 1; k <= order; ++k) {
    LatticeComplex& moment = result[static_cast<std::size_t>(k)];
    if (series == FieldSeries::kHarmonic) {
      moment = {moments[2 * k - 2], moments[2 * k - 1]};
      continue;
    }
    if (k == order) break;  // radial moments end one degree earlier
    factorial *= k;
    for (int j = 0; j <= k; ++j) {
      const double one = moments[k * (k + 1) / 2 + j - 1];
      moment = moment + (sign_of(k) * factorial * one) * kPowersOfI[j % 4];
    }
  }
  return result;
}

// f = sum of L_l w^l becomes the gradient's terms, harmonic, or those of the potential whose
// derivative it is.
void add_term(FieldSeries series, int l, LatticeComplex term, LocalField& field) {
  if (series == FieldSeries::kHarmonic) {
    field.term[2 * l] += static_cast<float>(term.re);
    field.term[2 * l + 1] += static_cast<float>(term.im);
    return;
  }
  const int n = l + 1;
  for (int j = 0; j <= n; ++j) {
    field.term[n * (n + 1) / 2 + j - 1] +=
        static_cast<float>(binomial(n, j) / n * (kPowersOfI[j % 4] * term).re);
  }
}

}  // namespace

PlaneVector far_images_pull(double dx, double dy, bool with_background) {
  const LatticeComplex z{dx, dy}, z2 = z * z, z4 = z2 * z2;
  LatticeComplex power = z2 * z, sum;
  for (const double s : kLatticeSums) {
    sum = sum + s * power;
    power = power * z4;
  }
  // Minus the conjugate of - sum - pi conj(z).
  const double background = with_background ? fixed_math::kPi : 0;
  return {sum.re + background * dx, -sum.im + background * dy};
}

// With D the way from the source's centre to the target's, and v and u from these,
// f(D + u - v) = sum of g_m (u - v)^m, g_m the m-th derivative of f over m!, and
// L_l = sum over k of binomial(k + l, l) (-1)^k g_(k + l) M_k. In units of the side.
void FarImages::add(const FieldCell& source, const float* moments, const FieldCell& target,
                    LocalField& field) const {
  const MomentsOfOrder moment = complex_moments_of(series, order, source.mass, moments);
  const int last = series == FieldSeries::kHarmonic ? order : order - 1;
  const LatticeComplex way{(double{target.center_x} - source.center_x) / side,
                           (double{target.center_y} - source.center_y) / side};
  std::array<LatticeComplex, kMostLatticePower> power;
  power[0] = {1, 0};
  for (std::size_t n = 1; n < power.size(); ++n) power[n] = power[n - 1] * way;
  std::array<LatticeComplex, 2 * kMostHarmonicOrder + 1> derivative{};
  for (int m = 0; m <= 2 * last; ++m) {
    LatticeComplex& sum = derivative[static_cast<std::size_t>(m)];
    for (int n = 4; n <= kMostLatticePower; n += 4) {
      if (n - 1 < m) continue;
      sum =
          sum + (-lattice_sum(n) * binomial(n - 1, m)) * power[static_cast<std::size_t>(n - 1 - m)];
    }
  }
  double scale_of_target = 1 / side;
  for (int l = 0; l <= last; ++l, scale_of_target *= target.scale / side) {
    LatticeComplex term;
    double scale_of_source = scale_of_target;
    for (int k = 0; k <= last; ++k, scale_of_source *= source.scale / side) {
      const double factor = sign_of(k) * binomial(k + l, l) * scale_of_source;
      term = term + factor * (moment[static_cast<std::size_t>(k)] *
                              derivative[static_cast<std::size_t>(k + l)]);
    }
    add_term(series, l, term, field);
  }
}

LatticePotential::LatticePotential(const QuadtreeView& tree, std::span<const float> mass,
                                   const PeriodicSquare& square)
    : center_x_(square.min_x + 0.5 * square.side), center_y_(square.min_y + 0.5 * square.side),
      side_(square.side) {
  for (std::size_t p = 0; p < tree.order.size() && !square.is_open(); ++p) {
    const LatticeComplex w{(tree.x[p] - center_x_) / side_, (tree.y[p] - center_y_) / side_};
    LatticeComplex power{mass[p], 0};
    mass_ += mass[p];
    square_sum_ += mass[p] * (w.re * w.re + w.im * w.im);
    for (auto& moment : moment_) {
      moment[0] += power.re;
      moment[1] += power.im;
      power = power * w;
    }
  }
}

// Sum over j of m_j (- Re sum of S_n (w - w_j)^n / n - pi / 2 |w - w_j|^2), in units of the side.
double LatticePotential::at_place(double x, double y) const {
  const LatticeComplex w{(x - center_x_) / side_, (y - center_y_) / side_};
  std::array<LatticeComplex, kMostPower + 1> power;
  power[0] = {1, 0};
  for (std::size_t k = 1; k < power.size(); ++k) power[k] = power[k - 1] * w;
  double sum = 0;
  for (int n = 4; n <= kMostPower; n += 4) {
    LatticeComplex of_n;
    for (int k = 0; k <= n; ++k) {
      const LatticeComplex moment{moment_[k][0], moment_[k][1]};
      of_n =
          of_n + (sign_of(k) * binomial(n, k)) * (power[static_cast<std::size_t>(n - k)] * moment);
    }
    sum -= lattice_sum(n) / n * of_n.re;
  }
  const double squares = mass_ * (w.re * w.re + w.im * w.im) + square_sum_ -
                         2 * (w.re * moment_[1][0] + w.im * moment_[1][1]);
  return sum - 0.5 * fixed_math::kPi * squares;
}

}  // namespace quadrille
