// Micro-benchmarks of the engine's smallest parts, for who changes one of them: Google Benchmark's
// own options apply.
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <quadrille/arena.h>
#include <quadrille/parallel.h>
#include <quadrille/trace.h>

#include "engine/clock.h"
#include "engine/frame_channel.h"
#include "engine/histogram.h"
#include "engine/random.h"
#include "kernels/dispatch.h"
#include "kernels/morton.h"
#include "kernels/radix_sort.h"

namespace quadrille {
namespace {

struct Object {
  std::int64_t key, value;
};

void arena_allocate(benchmark::State& state) {
  ArenaOptions options;
  options.capacity_bytes = std::size_t{64} << 20;
  Arena arena = Arena::create(options).value();
  for (auto _ : state) {
    void* object = arena.try_allocate(sizeof(Object), alignof(Object));
    if (object == nullptr) {
      arena.reset();
      object = arena.try_allocate(sizeof(Object), alignof(Object));
    }
    benchmark::DoNotOptimize(object);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(arena_allocate);

void heap_allocate(benchmark::State& state) {
  for (auto _ : state) {
    auto object = std::make_unique<Object>();
    benchmark::DoNotOptimize(object.get());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(heap_allocate);

void histogram_record(benchmark::State& state) {
  Random random(1);
  std::vector<std::int64_t> values(4096);
  for (std::int64_t& value : values) value = 100 + random.next_below(10000);
  Histogram histogram;
  std::size_t i = 0;
  for (auto _ : state) histogram.record(values[i++ % values.size()]);
  benchmark::DoNotOptimize(histogram.cells().data());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(histogram_record);

void read_clock(benchmark::State& state) {
  const TickClock clock = TickClock::calibrate();
  state.SetLabel(std::string(clock.name()));
  for (auto _ : state) {
    benchmark::DoNotOptimize(state.range(0) == 0 ? clock.ticks() : clock.ordered_ticks());
  }
}
BENCHMARK(read_clock)->ArgName("ordered")->Arg(0)->Arg(1);

void publish(benchmark::State& state) {
  FrameChannel channel(2);
  FrameSlot slot = 0;
  for (auto _ : state) channel.publish(slot ^= 1);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(publish);

// Thread 0 publishes where a slot is free, the others pin; the time is a thread's own.
void pin_while_publishing(benchmark::State& state) {
  static FrameChannel* channel = nullptr;
  if (state.thread_index() == 0) {
    channel = new FrameChannel(16);
    channel->publish(0);
  }
  FrameSlot slot = 0;
  for (auto _ : state) {
    if (state.thread_index() > 0 || state.threads() == 1) {
      channel->release(channel->acquire());
    } else {
      do slot = (slot + 1) % 16;
      while (!channel->is_free(slot));
      channel->publish(slot);
    }
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) delete std::exchange(channel, nullptr);
}
BENCHMARK(pin_while_publishing)->Threads(1)->Threads(2)->UseRealTime();

// Argument: 1 traced, 0 not. A span is two events: it reads the clock twice.
void trace_span(benchmark::State& state) {
  const std::unique_ptr<Trace> trace = Trace::create({.max_threads = 1}).value();
  const TraceName name = trace->name("span", "benchmark", "number");
  TraceTrack* track = state.range(0) == 0 ? nullptr : trace->this_thread();
  benchmark::DoNotOptimize(track);
  std::int64_t number = 0;
  for (auto _ : state) {
    const TraceSpan span(track, name, ++number);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(trace_span)->Arg(1)->Arg(0);

void trace_instant(benchmark::State& state) {
  const std::unique_ptr<Trace> trace = Trace::create({.max_threads = 1}).value();
  const TraceName name = trace->name("instant", "benchmark");
  TraceTrack* track = trace->this_thread();
  for (auto _ : state) track->instant(name);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(trace_instant);

// Finding the calling thread's track.
void trace_this_thread(benchmark::State& state) {
  const std::unique_ptr<Trace> trace = Trace::create({.max_threads = 1}).value();
  for (auto _ : state) benchmark::DoNotOptimize(trace->this_thread());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(trace_this_thread);

struct Points {
  std::vector<float> x, y;
  std::vector<std::uint32_t> keys;
};

Points random_points(std::int64_t count) {
  Random random(1);
  Points points;
  for (std::int64_t i = 0; i < count; ++i) {
    points.x.push_back(static_cast<float>(random.next_unit()));
    points.y.push_back(static_cast<float>(random.next_unit()));
  }
  points.keys.resize(points.x.size());
  return points;
}

// Argument: index into all_kernel_tables().
void morton_encode(benchmark::State& state) {
  const KernelTable& kernels = *all_kernel_tables()[static_cast<std::size_t>(state.range(0))];
  state.SetLabel(kernels.name);
  if (!processor_supports(kernels)) return state.SkipWithError("this processor lacks it");
  const auto parallel = Parallel::create({.backend = TaskBackend::kSerial}).value();
  Points points = random_points(1 << 20);
  const MortonSquare square = morton_square({0, 0, 1, 1});
  for (auto _ : state) {
    encode_morton(points.x, points.y, square, points.keys, *parallel, kernels);
    benchmark::DoNotOptimize(points.keys.data());
  }
  state.SetItemsProcessed(state.iterations() * (1 << 20));
}
BENCHMARK(morton_encode)->DenseRange(0, static_cast<int>(all_kernel_tables().size()) - 1);

// Argument: threads.
void sort_points(benchmark::State& state) {
  const auto parallel = Parallel::create({.backend = TaskBackend::kThreads,
                                          .num_threads = static_cast<int>(state.range(0))})
                            .value();
  Points points = random_points(1 << 20);
  encode_morton(points.x, points.y, morton_square({0, 0, 1, 1}), points.keys, *parallel,
                *choose_kernel_table("").value());
  std::vector<SortRecord> records(points.x.size()), spare(points.x.size());
  const auto scratch = std::make_unique<RadixScratch>();
  for (auto _ : state) {
    radix_sort({points.x, points.y, points.keys}, records, spare, *scratch, *parallel);
    benchmark::DoNotOptimize(records.data());
  }
  state.SetItemsProcessed(state.iterations() * (1 << 20));
}
BENCHMARK(sort_points)->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace quadrille

BENCHMARK_MAIN();
