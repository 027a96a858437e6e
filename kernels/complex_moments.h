// Moments of masses about a centre as complex numbers, in double: term k is the sum of m w^k, w the
// place relative to the centre [Greengard, Rokhlin 1987; there as coefficients of the expansion,
// here as plain power sums].
#pragma once

namespace quadrille {

inline constexpr int kMostMoments = 9;  // 0 to 8

// Not std::complex, whose product checks for infinities.
struct Complex {
  double re = 0, im = 0;
};
inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline Complex operator*(double s, Complex a) { return {s * a.re, s * a.im}; }
inline double norm(Complex a) { return a.re * a.re + a.im * a.im; }

inline void add_body(Complex* terms, int num_terms, double mass, Complex w) {
  Complex term = {mass, 0};
  for (int k = 0; k < num_terms; ++k) {
    terms[k] = terms[k] + term;
    term = term * w;
  }
}

// Adds the moments of a child whose centre lies at t. Seen from there a child's moments D are
// sum over i of binomial(k, i) t^(k - i) D_i [lemma 2.3].
inline void add_shifted(Complex* terms, int num_terms, const Complex* child, Complex t) {
  // Column k of Pascal's triangle by additions: after round r, shifted[k] holds what k - r powers
  // of t have made of the child's.
  Complex shifted[kMostMoments];
  for (int k = 0; k < num_terms; ++k) shifted[k] = child[k];
  for (int round = 1; round < num_terms; ++round) {
    for (int k = num_terms - 1; k >= round; --k) shifted[k] = shifted[k] + t * shifted[k - 1];
  }
  for (int k = 0; k < num_terms; ++k) terms[k] = terms[k] + shifted[k];
}

}  // namespace quadrille
