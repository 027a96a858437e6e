// FixedStep: steps of one length, whatever the time between a renderer's frames is.
//
//   for (int steps = clock.advance(seconds); steps > 0; --steps) {
//     before = reader.latest();
//     world.step(static_cast<float>(clock.dt()));
//   }
//   draw(before, reader.latest(), clock.alpha());  // x = (1 - alpha) x_before + alpha x_latest
//
// What is drawn is where everything was one step ago, so that it moves evenly. A slot may have
// another body in the one frame than in the other, or none (`present`): a new one is in the frame
// of the next step. One thread; costs a division.
#pragma once

#include <cmath>

namespace quadrille {

class FixedStep {
 public:
  // dt: seconds, or whatever elapsed times are in; one that is not above 0, or not finite, makes no
  // steps. max_steps, 1 at least: see advance().
  explicit FixedStep(double dt, int max_steps = 8)
      : dt_(dt), max_steps_(max_steps < 1 ? 1 : max_steps) {}

  // How many steps are due, once `elapsed` more has gone by: max_steps at most. Time that would
  // take more is dropped, so that a slow machine shows things slower, and is not asked for ever
  // more. Elapsed time below 0, or that is no number, is none.
  int advance(double elapsed) {
    if (!(elapsed > 0 && dt_ > 0 && std::isfinite(dt_))) return 0;
    const double due = share_ + elapsed / dt_;  // may be infinite
    if (due >= max_steps_ + 1.0) {
      dropped_ += (due - max_steps_) * dt_;
      share_ = 0;
      return max_steps_;
    }
    const int steps = static_cast<int>(due);
    share_ = due - steps;
    return steps;
  }

  // How far the next step is, in [0, 1).
  double alpha() const { return share_; }
  double dt() const { return dt_; }
  // Time that was dropped so far.
  double dropped() const { return dropped_; }

  // Another length from the next step on; alpha() stays, so nothing that is drawn jumps. 0 halts
  // the clock.
  void set_dt(double dt) { dt_ = dt; }

 private:
  double dt_, share_ = 0, dropped_ = 0;  // share_: of a step, since the last one was due
  int max_steps_;
};

}  // namespace quadrille
