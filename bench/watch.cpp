// quadrille watch: lines that follow a run of another process; ends when the run does.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include <unistd.h>

#include <quadrille/frame_watcher.h>

#include "bench/bus_error.h"
#include "bench/format.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "bench/watch_line.h"

namespace quadrille::program {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto kLookEvery = std::chrono::milliseconds(100);  // for the end of the run
constexpr auto kRetryAfter = std::chrono::milliseconds(10);  // what is not there yet
constexpr double kRedrawS = 0.1;                             // on a terminal
constexpr double kLineS = 1;

Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
}

// Tries until the name is there, so that a script may start the watcher first.
Result<FrameWatcher> open_within(const WatchOptions& options) {
  const Clock::time_point give_up = Clock::now() + to_duration(options.wait_s);
  for (;;) {
    Result<FrameWatcher> watcher = FrameWatcher::open(options.name, options.label);
    if (watcher.is_ok() || watcher.status().code() != StatusCode::kNotFound) return watcher;
    if (Clock::now() >= give_up) return watcher;
    std::this_thread::sleep_for(kRetryAfter);
  }
}

class Watch {
 public:
  Watch(const WatchOptions& options, FrameWatcher& watcher)
      : options_(options), watcher_(watcher), on_terminal_(::isatty(STDOUT_FILENO) == 1) {
    double every_s = options.every_s;
    if (every_s < 0) every_s = on_terminal_ ? kRedrawS : kLineS;
    every_ = to_duration(on_terminal_ ? std::max(every_s, kRedrawS) : every_s);
    if (options.seconds >= 0) end_ = Clock::now() + to_duration(options.seconds);
  }

  Status run() {
    fmt::print("{}\n", watch_title(watcher_));
    std::fflush(stdout);
    Clock::time_point next_line = Clock::now();
    for (;;) {
      const RunState state = watcher_.state();
      if (state != RunState::kRunning) return finish(state);
      const Clock::time_point now = Clock::now();
      if (now >= next_line) {
        if (show_next(now)) {
          next_line = std::max(next_line + every_, now);
        } else if (!watcher_.frame().is_valid()) {
          next_line = now + kRetryAfter;  // the run has published none as yet
        }
      }
      if (is_enough() || now >= end_) return finish(RunState::kRunning);
      std::this_thread::sleep_until(std::min({next_line, end_, now + kLookEvery}));
    }
  }

 private:
  bool is_enough() const { return options_.lines >= 0 && lines_ >= options_.lines; }

  // Between two lines nothing is held, so that a slow watcher costs the run no frame. Where every
  // frame is wanted one is held while the next is waited for. False: nothing new as yet.
  bool show_next(Clock::time_point now) {
    if (every_ > Clock::duration::zero()) {
      watcher_.latest();
    } else if (!watcher_.wait_next(std::min(end_, now + kLookEvery))) {
      return false;
    }
    if (!watcher_.frame().is_valid()) return false;
    show();
    if (every_ > Clock::duration::zero()) watcher_.release();
    return true;
  }

  void show() {
    last_step_ = watcher_.frame().step();
    ++lines_;
    if (on_terminal_) {  // a line that wraps cannot be redrawn
      fmt::print("\r{}\x1b[K", redrawn_line(watcher_, output_width() - 1));
    } else {
      fmt::print("{}\n", watch_line(watcher_));
    }
    std::fflush(stdout);
  }

  Status finish(RunState state) {
    const bool is_over = state != RunState::kRunning;
    // The last frame, if it was not shown, unless that would be a line more than were asked for.
    if (is_over && !is_enough() && watcher_.latest().is_valid() &&
        watcher_.frame().step() != last_step_) {
      show();
    }
    if (on_terminal_ && lines_ > 0) fmt::print("\n");
    if (state == RunState::kEnded) fmt::print("{}\n", end_of_run(watcher_));
    if (state != RunState::kDied) return Status::ok();
    return {StatusCode::kIoError,
            fmt::format("the run that was shared as '{}' died; its last frame is of step {}",
                        options_.name, format_count(last_step_))};
  }

  const WatchOptions& options_;
  FrameWatcher& watcher_;
  bool on_terminal_;
  Clock::duration every_{};
  Clock::time_point end_ = Clock::time_point::max();
  std::int64_t lines_ = 0;
  std::int64_t last_step_ = -1;
};

}  // namespace

Status run_watch(const WatchOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(FrameWatcher watcher, open_within(options));
  const BusErrorExit guard(fmt::format(
      "quadrille: what is shared as '{}' was cut short by another process\n", options.name));
  return Watch(options, watcher).run();
}

}  // namespace quadrille::program
