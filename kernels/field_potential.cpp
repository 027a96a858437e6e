/* Potentials of the series in harmonic_field-inl.h and radial_field-inl.h, whose arrays these are.
   Harmonic: with F' = f, F(z) = M_0 log(z - c) - sum over k of M_k / (k (z - c)^k), and about a
   target's centre F(c') + sum over l of L_l w^(l + 1) / (l + 1); potentials are the real parts.
   Radial: G and its derivatives by the same recursion, at orders known when it runs. */

#include <bit>
#include <cmath>
#include <complex>

#include <quadrille/field_potential.h>
#include <quadrille/pull_laws.h>

#include "engine/integers.h"
#include "kernels/fixed_math.h"

namespace quadrille {
namespace {

constexpr std::size_t term_place(int degree, int power_of_y) {
  return at(degree * (degree + 1) / 2 + power_of_y);
}
constexpr std::size_t kMostTerms = term_place(kMostRadialOrder + 1, 0);

struct InversePotentialLaw : InverseLaw {
  static double potential(double s) { return 0.5 * fixed_math::log(s); }
};
struct InverseSquarePotentialLaw : InverseSquareLaw {
  static double potential(double s) { return -1 / std::sqrt(s); }
};

// std::complex's product looks for infinities.
std::complex<double> product(const std::complex<double>& a, const std::complex<double>& b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

double harmonic_at(const PotentialSeries& series, const FieldCell& cell, const float* moments,
                   double dx, double dy) {
  const double s = dx * dx + dy * dy;
  const std::complex<double> q = {cell.scale * dx / s, -cell.scale * dy / s};
  std::complex<double> power = q;
  double sum = cell.mass * series.of_pair(s);
  for (int k = 1; k <= series.order; ++k, power = product(power, q)) {
    const std::complex<double> moment = {moments[2 * k - 2], moments[2 * k - 1]};
    sum -= product(moment, power).real() / k;
  }
  return sum;
}

// Degrees 1 to `degree` of G's derivatives along the way, in units of the distance.
void derive(double x, double y, const double* g, int degree, double* t) {
  t[0] = g[degree];
  for (int m = degree - 1; m >= 0; --m) {
    for (int n = degree - m; n >= 1; --n) {
      for (int j = 0; j < n; ++j) {
        t[term_place(n, j)] = x * t[term_place(n - 1, j)];
        if (n - j > 1) t[term_place(n, j)] += (n - j - 1) * t[term_place(n - 2, j)];
      }
      t[term_place(n, n)] = y * t[term_place(n - 1, n - 1)];
      if (n > 1) t[term_place(n, n)] += (n - 1) * t[term_place(n - 2, n - 2)];
    }
    if (m > 0) t[0] = g[m];
  }
}

double radial_at(const PotentialSeries& series, const FieldCell& cell, const float* moments,
                 double dx, double dy, double softening2) {
  const double s = dx * dx + dy * dy + softening2, v = 1 / std::sqrt(s);
  double g[kMostRadialOrder + 1], t[kMostTerms];
  series.law->derivatives(s, v, g);
  const int degree = series.order - 1;  // of the moments
  derive(dx * v, dy * v, g, degree, t);
  double sum = cell.mass * series.of_pair(s), factor = 1;
  for (int n = 1; n <= degree; ++n) {
    factor *= cell.scale * v;
    for (int j = 0; j <= n; ++j)
      sum += factor * moments[term_place(n, j) - 1] * t[term_place(n, j)];
  }
  return sum;
}

}  // namespace

const PotentialLaw kInversePotential = kPotentialOf<InversePotentialLaw>;
const PotentialLaw kInverseSquarePotential = kPotentialOf<InverseSquarePotentialLaw>;

double far_potential(const PotentialSeries& series, const TransferArgs& args) {
  double sum = 0;
  for (std::int64_t i = 0; i < args.num_sources; ++i) {
    const std::int64_t source = args.sources[i];
    const FieldCell& cell = args.cells[source];
    const float* const moments = args.moments + source * args.num_moments;
    const double dx = double{args.target->center_x} - cell.center_x;
    const double dy = double{args.target->center_y} - cell.center_y;
    sum += series.is_harmonic ? harmonic_at(series, cell, moments, dx, dy)
                              : radial_at(series, cell, moments, dx, dy, double{args.softening2});
  }
  return sum;
}

double local_potential(const PotentialSeries& series, const LocalField& field,
                       const FieldCell& cell, float x, float y) {
  if (!(cell.scale > 0)) return field.constant;
  const double scale = cell.scale;
  const double wx = (double{x} - cell.center_x) / scale, wy = (double{y} - cell.center_y) / scale;
  double sum = 0;
  if (series.is_harmonic) {
    std::complex<double> power = {wx, wy};
    for (int l = 0; l <= series.order; ++l, power = product(power, {wx, wy}))
      sum += product({field.term[2 * l], field.term[2 * l + 1]}, power).real() / (l + 1);
  } else {
    double powers_x[kMostRadialOrder + 1] = {1}, powers_y[kMostRadialOrder + 1] = {1};
    for (int n = 1; n <= series.order; ++n) {
      powers_x[n] = powers_x[n - 1] * wx;
      powers_y[n] = powers_y[n - 1] * wy;
      for (int j = 0; j <= n; ++j)
        sum += field.term[term_place(n, j) - 1] * powers_x[n - j] * powers_y[j];
    }
  }
  return field.constant + scale * sum;
}

void add_near_potential(const PotentialSeries& series, const NearArgs& args) {
  const auto spot_of = [&args](std::int64_t i) { return std::bit_cast<std::int32_t>(args.ay[i]); };
  for (std::int64_t i = args.first; i < args.last; ++i) {
    double sum = 0;
    for (std::int64_t span = 0; span < args.num_spans; ++span) {
      for (std::int64_t j = args.spans[span].first; j < args.spans[span].last; ++j) {
        const double dx = double{args.bodies.x[j]} - args.bodies.x[i];
        const double dy = double{args.bodies.y[j]} - args.bodies.y[i];
        const double distance2 = dx * dx + dy * dy;
        const bool is_counted = spot_of(i) != 0 && spot_of(i) == spot_of(j);
        if (j == i || (distance2 == 0 && (is_counted || !series.is_softened))) continue;
        sum += args.bodies.mass[j] * series.of_pair(distance2 + args.softening2);
      }
    }
    args.ax[i] += static_cast<float>(sum);
  }
}

}  // namespace quadrille
