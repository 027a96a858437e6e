// TracedParallel: a Parallel whose chunks appear in a trace, on the threads that run them, under
// the name of the trace's activity (the pass that the stepper runs).
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <quadrille/parallel.h>
#include <quadrille/trace.h>

namespace quadrille {

class TracedParallel final : public Parallel {
 public:
  // `trace` outlives this.
  TracedParallel(std::unique_ptr<Parallel> workers, Trace& trace)
      : Parallel(workers->num_workers()), workers_(std::move(workers)), trace_(trace) {}
  std::string_view name() const override { return workers_->name(); }

 private:
  Parallel& backend() override { return *workers_; }

  struct Call {
    Chunk chunk;
    void* argument;
    Trace& trace;
    TraceName name;
  };

  void run(std::int64_t num_chunks, Chunk chunk, void* argument) override {
    Call call{chunk, argument, trace_, trace_.activity()};
    run_on(
        *workers_, num_chunks,
        [](void* traced, std::int64_t index, int worker) {
          const Call& of = *static_cast<const Call*>(traced);
          const TraceSpan span(of.trace.this_thread("worker", worker), of.name, index);
          of.chunk(of.argument, index, worker);
        },
        &call);
  }

  std::unique_ptr<Parallel> workers_;
  Trace& trace_;
};

}  // namespace quadrille
