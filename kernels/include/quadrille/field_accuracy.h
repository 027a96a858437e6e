// How far a field is from direct sums, and a field as exact as one asks for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <quadrille/multipole.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;

// Of the mass of a periodic square over its side: what a body's pulls count at least. All may
// cancel there, between even masses and the background, and what errs is each of them.
inline constexpr double kLeastPeriodicPull = 0.02;

struct FieldErrors {  // root mean squares
  double error = 0, pull = 0;
  double least_pull = 0;  // by kLeastPeriodicPull; 0 in the open
  double relative() const { return error == 0 ? 0 : error / std::max(pull, least_pull); }
};

// The errors of ax and ay (by BodyID), and the pulls, against sums in double, of `sample` bodies
// evenly spread over the tree's places, or all if there are not more; of no sample all are 0.
// `mass` may be empty: all 1; other columns have an element a body of the tree. Of `options`, which
// Multipole::check() takes, law, softening and square count. Costs a sum over all bodies for each
// of the sample; the bytes of the result do not depend on threads.
FieldErrors measure_field_errors(const QuadtreeView& tree, std::span<const float> mass,
                                 const MultipoleOptions& options, std::span<const float> ax,
                                 std::span<const float> ay, std::int64_t sample,
                                 Parallel& parallel);
// The error over the pull, or over the least pull if that is more; 0 where nothing errs.
double measure_field_error(const QuadtreeView& tree, std::span<const float> mass,
                           const MultipoleOptions& options, std::span<const float> ax,
                           std::span<const float> ay, std::int64_t sample, Parallel& parallel);

// Chooses order and theta for a wanted error: begins where natural shapes meet it, measures, and
// goes on to a more exact pair until it is met. Measures again every kSolvesACheck solves, and goes
// back where less would do. What it does depends on the bodies alone, not on time or threads.
class FieldAccuracy {
 public:
  static constexpr std::int64_t kSample = 128, kSolvesACheck = 64;

  // Of `options`, law, softening and square count. kInvalidArgument: `wanted` is not between 1e-6
  // (where floats end) and 0.1, options out of range. kUnsupported: a periodic square with another
  // law than 1/r.
  static Result<FieldAccuracy> create(const MultipoleOptions& options, double wanted);

  // As Multipole::accelerate(), whose errors it has. `parallel` measures. kUnsupported, also: the
  // most exact pair does not meet the error; its field stands in ax and ay.
  Status accelerate(Multipole& solver, const QuadtreeView& tree, std::span<const float> mass,
                    std::span<float> ax, std::span<float> ay, Parallel& parallel);

  const MultipoleOptions& options() const { return used_; }  // of the last solve
  double measured() const { return measured_; }              // at the last check

 private:
  void stand_on(int rung);
  int rung_for(double error) const;

  MultipoleOptions options_, used_;  // of the next solve, of the last one
  double wanted_ = 0, measured_ = 0;
  int rung_ = 0;
  std::int64_t solves_ = 0;
};

}  // namespace quadrille
