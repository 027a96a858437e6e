#include "bench/allocation_profile.h"

#include <algorithm>
#include <functional>

#include "bench/child_process.h"
#include "bench/format.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kMostNodes = 2'000'000;  // of short lists, a sample
constexpr std::int64_t kMostBlocks = 400'000;   // of the frame that is half released

// One measurement of one row: taken in a child process, kept in the row.
struct Task {
  std::string name;
  std::function<Result<std::vector<double>>(std::uint64_t seed)> take;
  std::function<void(const std::vector<double>&)> keep;
};

void keep_nodes(NodeTimes& times, const std::vector<double>& sample) {
  times.ns.push_back(sample[0]);
  times.first_ns.push_back(sample[1]);
  times.give_back_ns.push_back(sample[2]);
}

void keep_frames(FrameTimes& times, const std::vector<double>& sample) {
  Histogram round;
  for (std::size_t i = 1; i < sample.size(); ++i) {
    round.record(static_cast<std::int64_t>(sample[i]));
  }
  times.preempted += static_cast<std::int64_t>(sample[0]);
  times.median_ns.push_back(static_cast<double>(round.percentile(0.5)));
  times.p999_ns.push_back(static_cast<double>(round.percentile(0.999)));
  times.longest_ns.push_back(static_cast<double>(round.max()));
  times.histogram.merge(round);
}

class Rounds {
 public:
  Rounds(const ProfileArenaOptions& options, const TickClock& clock, Progress& progress)
      : options_(options), clock_(clock), progress_(progress) {}

  // What is measured of one peer, in the order of a round: a list of tasks a stage, and each stage
  // goes through all peers before the next one begins.
  void add(AllocationRow& row) {
    const std::size_t sizes = row.nodes.size();
    stages_.resize(sizes + 3);
    for (std::size_t i = 0; i < sizes; ++i) add_nodes(stages_[i], row.peer, row.nodes[i]);
    if (row.peer.takes_threads) add_nodes(stages_[sizes], row.peer, row.threaded);
    const HeapPeer& peer = row.peer;
    FrameTimes& times = row.frames;
    const std::int64_t blocks = std::min(options_.frames, kMostBlocks);
    const FrameSample frames = {std::max<std::int64_t>(1, options_.frames / options_.repeat),
                                blocks};
    stages_[sizes + 1].push_back(
        {peer.name,
         [&peer, frames, this](std::uint64_t seed) {
           return sample_frames(peer, frames, clock_, seed);
         },
         [&times](const std::vector<double>& sample) { keep_frames(times, sample); }});
    stages_[sizes + 2].push_back(
        {peer.name,
         [&peer, blocks](std::uint64_t seed) { return sample_unused(peer, blocks, seed); },
         [&times](const std::vector<double>& sample) { times.unused.push_back(sample[0]); }});
  }

  Status run() {
    for (std::int64_t round = 0; round < options_.repeat; ++round) {
      for (const std::vector<Task>& stage : stages_) {
        QUADRILLE_RETURN_IF_ERROR(run_stage(stage, round));
      }
    }
    return Status::ok();
  }

 private:
  void add_nodes(std::vector<Task>& stage, const HeapPeer& peer, NodeTimes& times) {
    const std::int64_t largest =
        *std::max_element(options_.objects.begin(), options_.objects.end());
    const NodeSample nodes = {times.count, times.threads, std::min(2 * largest, kMostNodes)};
    stage.push_back({peer.name,
                     [&peer, nodes, this](std::uint64_t seed) {
                       return sample_nodes(peer, nodes, clock_, seed);
                     },
                     [&times](const std::vector<double>& sample) { keep_nodes(times, sample); }});
  }

  Status run_stage(const std::vector<Task>& stage, std::int64_t round) {
    for (std::size_t i = 0; i < stage.size(); ++i) {
      const Task& task = stage[round % 2 == 0 ? i : stage.size() - 1 - i];
      progress_.update(fmt::format("round {} of {}", round + 1, options_.repeat), done_++,
                       num_tasks());
      const std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(round);
      const Result<std::vector<double>> sample = measure_in_child([&] { return task.take(seed); });
      if (!sample.is_ok()) {
        return {sample.status().code(),
                fmt::format("{}: {}", task.name, sample.status().message())};
      }
      task.keep(sample.value());
    }
    return Status::ok();
  }

  std::int64_t num_tasks() const {
    std::size_t tasks = 0;
    for (const std::vector<Task>& stage : stages_) tasks += stage.size();
    return static_cast<std::int64_t>(tasks) * options_.repeat;
  }

  const ProfileArenaOptions& options_;
  const TickClock& clock_;
  Progress& progress_;
  std::vector<std::vector<Task>> stages_;
  std::int64_t done_ = 0;
};

}  // namespace

Result<AllocationProfile> measure_allocation(const ProfileArenaOptions& options,
                                             const TickClock& clock, Progress& progress) {
  AllocationProfile profile;
  for (HeapPeer& peer : heap_peers()) {
    AllocationRow& row = profile.rows.emplace_back();
    row.peer = std::move(peer);
    for (const std::int64_t count : options.objects) row.nodes.push_back({.count = count});
    row.threaded = {.count = options.objects[options.objects.size() / 2],
                    .threads = options.threads};
  }
  Rounds rounds(options, clock, progress);
  for (AllocationRow& row : profile.rows) {
    if (row.peer.missing.empty()) rounds.add(row);
  }
  QUADRILLE_RETURN_IF_ERROR(rounds.run());
  return profile;
}

}  // namespace quadrille::program
