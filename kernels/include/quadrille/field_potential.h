// Potentials by the series of a Multipole, in double and one pair at a time: they are for reports,
// where forces are for every step.
#pragma once

#include <bit>
#include <cstdint>

#include <quadrille/field_operators.h>

namespace quadrille {

// Of a law whose pull on a body of mass 1 is mass f(s) times the way there, s the squared distance
// plus the squared softening: the potential G(s) of mass 1, of which f is 2 d/ds, and g[1] to
// g[kMostRadialOrder] as pull_laws.h defines them.
struct PotentialLaw {
  double (*value)(double s) = nullptr;
  void (*derivatives)(double s, double v, double* g) = nullptr;
};

// For a law of one's own that has, beside what pull_laws.h asks for, a
//   static double potential(double s);
template <class Law>
inline constexpr PotentialLaw kPotentialOf = {
    Law::potential,
    [](double s, double v, double* g) { Law::template derivatives<kMostRadialOrder>(s, v, g); }};

extern const PotentialLaw kInversePotential, kInverseSquarePotential;

// What the series of one call are. `offset`: of every pair, in units of mass, for what units of
// length do to a logarithm.
struct PotentialSeries {
  const PotentialLaw* law = nullptr;
  int order = 0;
  bool is_harmonic = false;
  bool is_softened = false;  // then coincident bodies count
  double offset = 0;

  double of_pair(double s) const { return law->value(s) + offset; }
};

// At the centre of args.target, of all sources.
double far_potential(const PotentialSeries& series, const TransferArgs& args);

// At (x, y) inside of the cell: the constant and the polynomial of the field.
double local_potential(const PotentialSeries& series, const LocalField& field,
                       const FieldCell& cell, float x, float y);

// Of bodies that share a spot: by the first one of them; others have 0. What they are to each other
// is added elsewhere.
inline float mark_of_spot(std::int32_t first_body) { return std::bit_cast<float>(first_body + 1); }

// Adds to args.ax, by place, what the bodies of the spans are to those of [first, last). args.ay
// holds marks of spots.
void add_near_potential(const PotentialSeries& series, const NearArgs& args);

}  // namespace quadrille
