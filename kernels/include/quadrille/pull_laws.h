// Laws of pull between bodies in the plane that depend on their distance alone. A law of your own
// is a struct like these, given to radial_operators() (radial_field.h).
//
// s is the squared distance plus the squared softening. `pull` is what a body of that mass does,
// divided by the distance: mass f(s). `derivatives` sets g[1] to g[kOrder], where
//   g[k] = s^k (2 d/ds)^(k - 1) f(s),
// from s and v = 1 / sqrt(s): the derivatives of the potential along the way, in units of the
// distance. kPower: the pull falls with that power of the distance, 1 to 3; 0: with none, and
// lengths are then left in the caller's units, and softened by 1e-6 at least. F is a register of
// floats; + - * / and sqrt() alone keep bytes the same everywhere. `pull_beside`, if there is one,
// gives the same as `pull`, within 1e-6 of it, by other instructions: it is used for half of the
// pairs, so that neither way's unit of the processor waits for the other.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace quadrille {

// As many whole numbers of 32 bits as a register of floats has lanes. (GCC 12 ignores a vector_size
// that depends on a type.)
template <std::size_t kBytes>
struct SignedWords;
template <>
struct SignedWords<4> {
  using type = std::int32_t;
};
template <>
struct SignedWords<16> {
  using type = std::int32_t __attribute__((vector_size(16)));
};
template <>
struct SignedWords<32> {
  using type = std::int32_t __attribute__((vector_size(32)));
};
template <>
struct SignedWords<64> {
  using type = std::int32_t __attribute__((vector_size(64)));
};

// s^(-3/2), with a relative error of 6e-7, of s from 1e-24 to 1e24, without a root or a division:
// those take longer than all else that a pull of 1/r^2 does, in a unit of their own. A first guess
// from the bits of s, as a logarithm, is off by 3.4 % at most [Lomont, Fast inverse square root,
// 2003]; its error is known from t = s guess^2 - 1, and undone by a polynomial that is nearest to
// (1 + t)^(-3/2) there. The same bytes everywhere, as - * and whole numbers alone are.
template <class F>
inline __attribute__((always_inline)) F inverse_root_cubed(const F& s) {
  typename SignedWords<sizeof(F)>::type bits;
  F guess;
  __builtin_memcpy(&bits, &s, sizeof(F));
  bits = 0x5f3759df - (bits >> 1);
  __builtin_memcpy(&guess, &bits, sizeof(F));
  const F square = guess * guess, t = s * square - F(1.0f);
  F factor = t * F(2.465238149f) - F(2.203325484f);
  factor = t * factor + F(1.875028043f);
  factor = t * factor - F(1.499981570f);
  factor = t * factor + F(0.999999979f);
  return guess * square * factor;
}

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
  // Half of all pairs: multiplications, while the other half's root and division are computed.
  template <class F>
  static F pull_beside(const F& mass, const F& s) {
    return mass * inverse_root_cubed(s);
  }
  template <int kOrder, class F>
  static void derivatives(const F&, const F& v, F* g) {
    float factor = 1;
    for (int k = 1; k <= kOrder; factor *= static_cast<float>(-2 * k++ - 1)) g[k] = F(factor) * v;
  }
};

}  // namespace quadrille
