#include <algorithm>
#include <barrier>
#include <cmath>
#include <thread>

#include <sys/resource.h>

#include "bench/allocation_profile.h"
#include "bench/format.h"
#include "bench/machine.h"
#include "engine/random.h"

namespace quadrille::program {
namespace {

constexpr double kLeastBytes = 16, kMostBytes = 1024;
constexpr std::uint32_t kLeastFrameBlocks = 32, kMostFrameBlocks = 96;  // a frame
constexpr std::int64_t kBurst = 1000;       // each so many frames is one of
constexpr std::uint32_t kBurstFactor = 16;  // so many times the blocks
constexpr std::int64_t kWarmFrames = 2000;
constexpr std::int64_t kSuspiciousNs = 10'000;  // a frame that long may have been preempted

Status no_memory() { return {StatusCode::kOutOfMemory, "the system gave no more memory"}; }

// As many small sizes as large ones: uniform in the logarithm.
std::vector<std::uint32_t> random_sizes(std::size_t count, Random& random) {
  std::vector<std::uint32_t> sizes(count);
  for (std::uint32_t& size : sizes) {
    size = static_cast<std::uint32_t>(kLeastBytes *
                                      std::pow(kMostBytes / kLeastBytes, random.next_unit()));
  }
  return sizes;
}

// An aged heap: twice the nodes that will be asked for, half of them given back in random order.
// The others stay where they are while this lives, on the thread that made it.
class Holes {
 public:
  explicit Holes(HeapThread& thread) : thread_(thread) {}
  Holes(const Holes&) = delete;
  Holes& operator=(const Holes&) = delete;
  ~Holes() {
    for (void* block : blocks_) thread_.release({block, sizeof(Node)});
  }

  // False: the heap has no memory.
  bool make(std::int64_t count, Random& random) {
    blocks_.reserve(static_cast<std::size_t>(2 * count));
    for (std::int64_t i = 0; i < 2 * count; ++i) {
      void* block = thread_.allocate(sizeof(Node));
      if (block == nullptr) return false;
      blocks_.push_back(block);
    }
    for (std::size_t i = blocks_.size(); i > 1; --i) {
      std::swap(blocks_[i - 1], blocks_[random.next_below(static_cast<std::uint32_t>(i))]);
    }
    for (std::int64_t i = 0; i < count; ++i) {
      thread_.release({blocks_.back(), sizeof(Node)});
      blocks_.pop_back();
    }
    return true;
  }

 private:
  HeapThread& thread_;
  std::vector<void*> blocks_;
};

struct ListTimes {
  std::int64_t first_ns = 0, begin_ns = 0, end_ns = 0;
  double give_back_ns = 0;  // a list
  bool has_failed = false;
};

template <class Start>
ListTimes time_lists(HeapThread& thread, std::int64_t count, std::int64_t lists,
                     const TickClock& clock, const Start& start) {
  ListTimes times;
  const std::int64_t before = monotonic_ns();
  Node* list = thread.make_nodes(count);
  times.has_failed = list == nullptr;
  if (!times.has_failed) thread.give_back(list);
  times.first_ns = monotonic_ns() - before;
  start();
  times.begin_ns = monotonic_ns();
  std::int64_t give_back_ns = 0;
  for (std::int64_t i = 0; i < lists && !times.has_failed; ++i) {
    list = thread.make_nodes(count);
    times.has_failed = list == nullptr;
    if (times.has_failed) break;
    const std::int64_t made = clock.ordered_ticks();
    thread.give_back(list);
    give_back_ns += clock.between_ordered(made, clock.ordered_ticks());
  }
  times.end_ns = monotonic_ns();
  times.give_back_ns = static_cast<double>(give_back_ns) / static_cast<double>(lists);
  return times;
}

std::vector<ListTimes> time_threads(Heap& heap, std::int64_t count, std::int64_t lists, int threads,
                                    const TickClock& clock) {
  std::vector<ListTimes> times(static_cast<std::size_t>(threads));
  std::barrier all(threads);
  std::vector<std::thread> running;
  for (ListTimes& own : times) {
    running.emplace_back([&] {
      const std::unique_ptr<HeapThread> thread = heap.thread();
      own = time_lists(*thread, count, lists, clock, [&] { all.arrive_and_wait(); });
    });
  }
  for (std::thread& thread : running) thread.join();
  return times;
}

std::int64_t preemptions() {
  rusage usage = {};
  return ::getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

// The blocks of one frame after the other, from one table of sizes.
class FrameSizes {
 public:
  explicit FrameSizes(std::uint64_t seed) : random_(seed), sizes_(random_sizes(kTable, random_)) {}
  static constexpr std::size_t kMost = std::size_t{kMostFrameBlocks} * kBurstFactor;
  std::span<const std::uint32_t> next() {
    std::uint32_t count =
        kLeastFrameBlocks + random_.next_below(kMostFrameBlocks - kLeastFrameBlocks + 1);
    if (++frame_ % kBurst == 0) count *= kBurstFactor;
    return {&sizes_[random_.next_below(kTable - kMost)], count};
  }

 private:
  static constexpr std::uint32_t kTable = 16384;
  Random random_;
  std::vector<std::uint32_t> sizes_;
  std::int64_t frame_ = 0;
};

}  // namespace

Result<std::vector<double>> sample_nodes(const HeapPeer& peer, NodeSample sample,
                                         const TickClock& clock, std::uint64_t seed) {
  HeapOptions options;
  options.capacity_bytes = static_cast<std::size_t>(sample.count) * sizeof(Node);
  options.threads = sample.threads;
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Heap> heap, peer.open(options));
  const std::int64_t lists = std::max<std::int64_t>(1, sample.least_nodes / sample.count);
  std::vector<ListTimes> times;
  if (sample.threads > 1) {
    times = time_threads(*heap, sample.count, lists, sample.threads, clock);
  } else {  // no second thread: some heaps are faster as long as there was none
    const std::unique_ptr<HeapThread> thread = heap->thread();
    Random random(seed);
    Holes holes(*thread);
    if (peer.is_aged && !holes.make(sample.count, random)) return no_memory();
    times = {time_lists(*thread, sample.count, lists, clock, [] {})};
  }
  ListTimes all = times.front();
  for (const ListTimes& own : times) {
    if (own.has_failed) return no_memory();
    all.first_ns = std::max(all.first_ns, own.first_ns);
    all.begin_ns = std::min(all.begin_ns, own.begin_ns);
    all.end_ns = std::max(all.end_ns, own.end_ns);
    all.give_back_ns = std::max(all.give_back_ns, own.give_back_ns);
  }
  const double nodes = static_cast<double>(sample.count) * sample.threads;
  return std::vector<double>{
      static_cast<double>(all.end_ns - all.begin_ns) / nodes / static_cast<double>(lists),
      static_cast<double>(all.first_ns) / nodes, all.give_back_ns};
}

Result<std::vector<double>> sample_frames(const HeapPeer& peer, FrameSample sample,
                                          const TickClock& clock, std::uint64_t seed) {
  HeapOptions options;
  options.capacity_bytes = FrameSizes::kMost * static_cast<std::size_t>(kMostBytes);
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Heap> heap, peer.open(options));
  const std::unique_ptr<HeapThread> thread = heap->thread();
  Random random(seed);
  Holes holes(*thread);
  if (peer.is_aged && !holes.make(sample.holes, random)) return no_memory();
  std::vector<void*> blocks(FrameSizes::kMost);
  std::vector<double> result(1);
  result.reserve(static_cast<std::size_t>(sample.frames) + 1);
  FrameSizes sizes(seed);
  std::int64_t preempted = preemptions();
  for (std::int64_t frame = -kWarmFrames; frame < sample.frames; ++frame) {
    const std::span<const std::uint32_t> now = sizes.next();
    const std::int64_t begin = clock.ordered_ticks();
    if (!thread->run_frame(now, blocks)) return no_memory();
    const std::int64_t ns = clock.between_ordered(begin, clock.ordered_ticks());
    const std::int64_t preempted_before = preempted;
    if (ns > kSuspiciousNs) preempted = preemptions();
    if (frame < 0) continue;
    if (preempted != preempted_before)
      ++result[0];
    else
      result.push_back(static_cast<double>(ns));
  }
  return result;
}

Result<std::vector<double>> sample_unused(const HeapPeer& peer, std::int64_t blocks,
                                          std::uint64_t seed) {
  Random random(seed);
  const std::vector<std::uint32_t> sizes = random_sizes(static_cast<std::size_t>(blocks), random);
  HeapOptions options;
  options.capacity_bytes = sizes.size() * static_cast<std::size_t>(kMostBytes);
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Heap> heap, peer.open(options));
  const std::unique_ptr<HeapThread> thread = heap->thread();
  Holes holes(*thread);
  if (peer.is_aged && !holes.make(blocks, random)) return no_memory();
  std::vector<Block> live(sizes.size());
  live.clear();
  double live_bytes = 0;
  const std::int64_t before = resident_bytes();
  for (const std::uint32_t size : sizes) {
    void* memory = thread->allocate(size);
    if (memory == nullptr) return no_memory();
    std::fill_n(static_cast<char*>(memory), size, '\1');
    live.push_back({memory, size});
    live_bytes += size;
    if (random.next_below(2) == 0) continue;
    Block& released = live[random.next_below(static_cast<std::uint32_t>(live.size()))];
    thread->release(released);
    live_bytes -= static_cast<double>(released.bytes);
    released = live.back();
    live.pop_back();
  }
  const double taken = static_cast<double>(resident_bytes() - before);
  return std::vector<double>{taken > live_bytes ? 1 - live_bytes / taken : 0};
}

}  // namespace quadrille::program
