#include "engine/frame_publisher.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <thread>

#include "engine/clock.h"
#include "engine/number_text.h"
#include "engine/probes.h"

namespace quadrille {

Status verify_options(const FrameOptions& options) {
  const auto invalid = [](const char* what, const std::string& value, const char* range) {
    return Status(StatusCode::kInvalidArgument,
                  std::string(what) + " is " + value + "; it must be " + range);
  };
  if (options.publish_every < 0) {
    return invalid("publish_every", std::to_string(options.publish_every), "0 or more");
  }
  if (!(options.publish_period_s >= 0) || !std::isfinite(options.publish_period_s)) {
    return invalid("publish_period_s", number_text(options.publish_period_s),
                   "finite and not negative");
  }
  if (options.readers < 0) return invalid("readers", std::to_string(options.readers), "0 or more");
  if (options.pins_per_reader < 0) {
    return invalid("pins_per_reader", std::to_string(options.pins_per_reader), "0 or more");
  }
  if (!(options.wait_s >= 0)) {
    return invalid("wait_s", number_text(options.wait_s), "0 or more");
  }
  if (options.max_registered < 0 || options.max_registered > 1024) {
    return invalid("max_registered", std::to_string(options.max_registered), "from 0 to 1024");
  }
  if (!(options.stall_after_s >= 0)) {
    return invalid("stall_after_s", number_text(options.stall_after_s), "0 or more");
  }
  return Status::ok();
}

FramePublisher::FramePublisher(FramePool& pool, const FrameOptions& options, bool rewrites,
                               const LogHook& log, const StepTrace& trace)
    : pool_(pool), options_(options), rewrites_(rewrites), log_(log), trace_(trace),
      pins_(pool, options.stall_after_s, log), reclaim_(pool, log) {}

std::int64_t FramePublisher::slots_for(const FrameOptions& options, bool rewrites) {
  const bool every_step = options.publish_every == 1 && options.publish_period_s == 0;
  const std::int64_t pins = std::int64_t{options.readers} * options.pins_per_reader;
  return pins + (every_step && !rewrites ? 2 : 3);
}

void FramePublisher::publish_first(FrameSlot slot) {
  pool_.publish_first(slot);
  last_published_ns_ = monotonic_ns();
  pins_.published(slot, 0, last_published_ns_);
}

void FramePublisher::look(std::int64_t now_ns, FrameStatistics& counts) {
  constexpr std::int64_t kLookEveryNs = 100'000'000;
  next_look_ns_ = now_ns + kLookEveryNs;
  reclaim_.look_for_dead(counts);
  reclaim_.take_back(counts);
  const std::int64_t stalled_before = counts.stalled;
  pins_.look(now_ns, counts);
  if (counts.stalled > stalled_before) trace_.stalled(counts.stalled);
}

bool FramePublisher::is_due(std::int64_t step) const {
  if (options_.publish_period_s > 0) {
    return static_cast<double>(monotonic_ns() - last_published_ns_) >=
           options_.publish_period_s * 1e9;
  }
  return options_.publish_every > 0 && step % options_.publish_every == 0;
}

bool FramePublisher::publish(FrameSlot slot, std::int64_t step, FrameStatistics& counts) {
  const bool published =
      try_publish(slot, counts) ||
      (options_.policy == FramePolicy::kWait && wait_and_publish(slot, step, counts)) ||
      (options_.policy == FramePolicy::kGrow && grow_and_publish(slot, counts));
  if (published) {
    ++counts.published;
    last_published_ns_ = monotonic_ns();
    pins_.published(slot, step, last_published_ns_);
    QUADRILLE_PROBE(frame_publish, step);
  } else {
    ++counts.skipped;
    trace_.skipped(step, counts.skipped);
    QUADRILLE_PROBE(frame_skip, step);
    if (!last_was_skipped_) log_skipped(step);
  }
  last_was_skipped_ = !published;
  return published;
}

// Polls: a reader's release stays one atomic add, with nobody to wake.
bool FramePublisher::wait_and_publish(FrameSlot slot, std::int64_t step, FrameStatistics& counts) {
  const TraceSpan span = trace_.wait(step);
  constexpr int kYields = 64;
  constexpr auto kPause = std::chrono::microseconds(50);
  ++counts.waited;
  const double deadline = static_cast<double>(monotonic_ns()) + options_.wait_s * 1e9;
  for (int tries = 0; static_cast<double>(monotonic_ns()) < deadline; ++tries) {
    if (tries < kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kPause);
    }
    if (try_publish(slot, counts)) return true;
  }
  return false;
}

bool FramePublisher::grow_and_publish(FrameSlot slot, FrameStatistics& counts) {
  while (pool_.grow().is_ok()) {
    ++counts.grown;
    trace_.grown(pool_.num_slots());
    if (pool_.publish(slot, slots_to_keep())) return true;
  }
  return false;
}

// Once for each run of skipped steps. No allocation: the writer is in the middle of its work.
void FramePublisher::log_skipped(std::int64_t step) const {
  if (log_.write == nullptr) return;
  char text[128];
  const int length =
      std::snprintf(text, sizeof text, "step %lld stays private: readers hold the other frames",
                    static_cast<long long>(step));
  log_.write(log_.context, LogLevel::kInfo, {text, static_cast<std::size_t>(length)});
}

}  // namespace quadrille
