// Operators of a law of pull of your own, for Multipole::accelerate(): see pull_laws.h for what a
// law is. Compiled into the file that includes this, for four lanes of whatever it is compiled for;
// the bytes of the result are those of any other width, if that file is compiled with
// -ffp-contract=off (g++ fuses multiplications and additions where the processor can).
//
//   struct ShortRangeLaw { ... };
//   const FieldOperators operators = radial_operators<ShortRangeLaw>(5);
//   solver.accelerate(tree, mass, operators, {.softening = 0.01f, .theta = 0.7f}, ax, ay);
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <quadrille/field_operators.h>
#include <quadrille/field_potential.h>
#include <quadrille/pull_laws.h>

namespace quadrille {

// Four floats as what the operators are written for: see ScalarBatch in simd.h.
struct FourFloats {
  static constexpr std::size_t size = 4;
  using Vector = float __attribute__((vector_size(16)));
  Vector value;

  FourFloats() = default;
  FourFloats(float v) : value{v, v, v, v} {}  // NOLINT: implicit, as in xsimd
  explicit FourFloats(Vector v) : value(v) {}
  static FourFloats load_unaligned(const float* from) {
    return FourFloats(Vector{from[0], from[1], from[2], from[3]});
  }
  void store_unaligned(float* to) const {
    for (int i = 0; i < 4; ++i) to[i] = value[i];
  }
  friend FourFloats operator+(FourFloats a, FourFloats b) { return FourFloats(a.value + b.value); }
  friend FourFloats operator-(FourFloats a, FourFloats b) { return FourFloats(a.value - b.value); }
  friend FourFloats operator*(FourFloats a, FourFloats b) { return FourFloats(a.value * b.value); }
  friend FourFloats operator/(FourFloats a, FourFloats b) { return FourFloats(a.value / b.value); }
  friend FourFloats sqrt(FourFloats a) {
    for (int i = 0; i < 4; ++i) a.value[i] = __builtin_sqrtf(a.value[i]);
    return a;
  }
};

}  // namespace quadrille

#define QUADRILLE_ISA_NAMESPACE own_law
#include <quadrille/field_lanes-inl.h>
#include <quadrille/radial_field-inl.h>
#undef QUADRILLE_ISA_NAMESPACE

namespace quadrille {
namespace {

// `order` from kLeastRadialOrder to kMostRadialOrder. Potentials can be asked for if the law has a
// static double potential(double s).
template <class Law>
FieldOperators radial_operators(int order) {
  FieldOperators operators = own_law::radial::operators_of<Law, FourFloats>(order);
  if constexpr (requires { Law::potential(1.0); }) operators.potential = &kPotentialOf<Law>;
  return operators;
}

}  // namespace
}  // namespace quadrille
