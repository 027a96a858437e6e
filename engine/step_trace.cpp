#include "engine/step_trace.h"

namespace quadrille {

StepTrace::StepTrace(Trace* trace, const MemoryBudget* budget) : trace_(trace), budget_(budget) {
  if (trace_ == nullptr) return;
  frame_ = trace_->name("frame", "frame", "step");
  between_ = trace_->name("between passes", "frame");
  begin_ = trace_->name("begin", "frame");
  catch_up_ = trace_->name("catch up", "frame", "bytes");
  complete_ = trace_->name("complete", "frame");
  publish_ = trace_->name("publish", "frame", "step");
  wait_ = trace_->name("wait for a reader", "frame", "step");
  skip_ = trace_->name("skip", "frame", "step");
  grow_ = trace_->name("grow", "frame", "slots");
  stall_ = trace_->name("stall", "frame", "stalls");
  catch_up_bytes_ = trace_->name("catch-up", "frame", "bytes");
  memory_ = trace_->name("memory", "memory", "bytes");
  skipped_frames_ = trace_->name("skipped frames", "frame", "frames");
}

void StepTrace::add_pass(const std::string& name) {
  passes_.push_back(trace_ == nullptr ? TraceName{} : trace_->name(name, "pass", "step"));
}

void StepTrace::enter() {
  if (trace_ == nullptr) return;
  track_ = trace_->this_thread("simulation");
  if (budget_ != nullptr && budget_->over_soft_limit()) trace_->trim();
}

TraceSpan StepTrace::pass(std::size_t index, std::int64_t step) {
  if (trace_ != nullptr) trace_->set_activity(passes_[index]);
  return {track_, passes_[index], step};
}

void StepTrace::end_passes() {
  if (trace_ != nullptr) trace_->set_activity(between_);
}

void StepTrace::skipped(std::int64_t step, std::int64_t skipped_so_far) const {
  if (track_ == nullptr) return;
  track_->instant(skip_, step);
  track_->counter(skipped_frames_, skipped_so_far);
}

void StepTrace::grown(int slots) const {
  if (track_ != nullptr) track_->instant(grow_, slots);
}

void StepTrace::stalled(std::int64_t stalls_so_far) const {
  if (track_ != nullptr) track_->instant(stall_, stalls_so_far);
}

void StepTrace::end_frame(std::int64_t catch_up_bytes) {
  if (track_ == nullptr) return;
  const auto say = [this](TraceName name, std::int64_t value, std::int64_t& last) {
    if (value != last) track_->counter(name, value);
    last = value;
  };
  say(catch_up_bytes_, catch_up_bytes, last_catch_up_);
  if (budget_ != nullptr) say(memory_, static_cast<std::int64_t>(budget_->used()), last_memory_);
}

}  // namespace quadrille
