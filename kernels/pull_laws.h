// Laws of pull between bodies in the plane that depend on their distance alone. A law of your own
// is a struct like these, given to radial_operators() (radial_field.h).
//
// s is the squared distance plus the squared softening. `pull` is what a body of that mass does,
// divided by the distance: mass f(s). `derivatives` sets g[1] to g[kOrder], where
//   g[k] = s^k (2 d/ds)^(k - 1) f(s),
// from s and v = 1 / sqrt(s): the derivatives of the potential along the way, in units of the
// distance. kPower: the pull falls with that power of the distance, 1 to 3; 0: with none, and
// lengths are then left in the caller's units, and softened by 1e-6 at least. F is a register of
// floats; + - * / and sqrt() alone keep bytes the same everywhere.
#pragma once

#include <cmath>

namespace quadrille {

// m / r, softened m r / (r^2 + softening^2): gravity in a plane, repulsion of drawings.
struct InverseLaw {
  static constexpr int kPower = 1;
  template <class F>
  static F pull(const F& mass, const F& s) {
    return mass / s;
  }
  template <int kOrder, class F>
  static void derivatives(const F&, const F&, F* g) {
    float factor = 1;
    for (int k = 1; k <= kOrder; factor *= static_cast<float>(-2 * k++)) g[k] = F(factor);
  }
};

// m / r^2, softened m r / (r^2 + softening^2)^(3/2): gravity of a thin disc [Plummer 1911].
struct InverseSquareLaw {
  static constexpr int kPower = 2;
  template <class F>
  static F pull(const F& mass, const F& s) {
    using std::sqrt;
    return mass / (s * sqrt(s));
  }
  template <int kOrder, class F>
  static void derivatives(const F&, const F& v, F* g) {
    float factor = 1;
    for (int k = 1; k <= kOrder; factor *= static_cast<float>(-2 * k++ - 1)) g[k] = F(factor) * v;
  }
};

}  // namespace quadrille
