// How far an iteration that solves x = M x + c goes beyond what it computes. Where the eigenvalues
// of M are real and at most `radius` away from 0, Chebyshev's polynomials make the least of the
// worst error [Golub, Varga 1961]: x'' = x + w (M x' + c - x), with x the values before x', and w
// growing from 1 towards 2 / (1 + sqrt(1 - radius^2)).
//
// The radius is seldom known. A guess that is too small shows in changes that shrink less than they
// should, and is raised to what would explain it [Hageman, Young 1981, chapter 5], though without
// beginning anew. Eigenvalues that are not real make momentum slow or diverge; two iterations that
// shrink the change by less than two plain ones surely do end it. An iteration that is likely to be
// the last is a plain one, after which one more changes at most `norm` times as much.
#pragma once

#include <algorithm>
#include <cmath>

namespace quadrille {

class ChebyshevMomentum {
 public:
  // `radius`: a first guess, up to `norm`: of M, below 1.
  void start(double radius, double norm) { *this = {}, radius_ = radius, norm_ = norm; }

  void start_without() { *this = {}, ended_ = true; }  // all iterations are plain

  // The factor w of the coming iteration. One whose change is below `tolerance` will be the last.
  double next(double tolerance) {
    ++iterations_;
    const double square = radius_ * radius_;
    growing_ = iterations_ <= 2 ? 1 / (1 - square / 2 * (iterations_ - 1))
                                : 1 / (1 - square / 4 * growing_);
    const bool likely_last = last_change_ * std::min(shrunk_, 1.0) < tolerance / 2;
    return factor_ = ended_ || likely_last ? 1 : growing_;
  }

  // `change`: the norm of M x' + c - x' in the iteration that `next` was called for.
  void observe(double change) {
    const double shrunk_before = shrunk_;
    shrunk_ = iterations_ == 1 ? 1 : change / last_change_;
    last_change_ = change;
    if (change == 0) ended_ = true;  // nothing is left, and no ratio to learn from
    if (iterations_ == 1 || ended_) return;
    const double plain = std::min(norm_ * norm_ * (1 + kRounding), 1.0);
    if (iterations_ > 2 && shrunk_ * shrunk_before > plain) ended_ = true;
    const double root = 1 + std::sqrt(1 - radius_ * radius_);
    if (shrunk_ * root <= radius_) return;  // as it should
    const double seen = (shrunk_ * root + radius_ * radius_ / (shrunk_ * root)) / 2;
    radius_ = std::clamp(seen, radius_, norm_);
  }

  bool was_plain() const { return factor_ == 1; }  // the last iteration

 private:
  static constexpr double kRounding = 1e-3;  // of changes that floats make, as a share of them

  double radius_ = 0, norm_ = 0;
  double growing_ = 1, factor_ = 1;  // of the last iteration: by the polynomial, and as it was
  double last_change_ = 1, shrunk_ = 1;
  int iterations_ = 0;
  bool ended_ = false;
};

}  // namespace quadrille
