#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include <quadrille/block_time_steps.h>
#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "engine/number_text.h"
#include "kernels/kernel_table.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kBlockStepGrain = 16384;

void raise_to(std::atomic<int>& most, int value) {
  int seen = most.load(std::memory_order_relaxed);
  while (seen < value && !most.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

Status refuse_step(const std::string& problem) {
  return {StatusCode::kInvalidArgument, "block time steps: " + problem};
}

}  // namespace

Status BlockTimeSteps::check(const BlockStepOptions& options) {
  if (options.levels < 0 || options.levels > kMostLevels) {
    return {StatusCode::kInvalidArgument, "the levels of block time steps are " +
                                              std::to_string(options.levels) +
                                              "; there may be from 0 to 16"};
  }
  if (options.eta > 0 && options.eta <= 10) return Status::ok();
  return {StatusCode::kInvalidArgument, "eta of block time steps is " + number_text(options.eta) +
                                            "; it may be above 0 and up to 10"};
}

Result<BlockTimeSteps> BlockTimeSteps::create(std::int64_t num_bodies,
                                              const BlockStepOptions& options,
                                              const KernelTable& kernels, Parallel& parallel,
                                              Arena& arena) {
  QUADRILLE_RETURN_IF_ERROR(check(options));
  BlockTimeSteps blocks;
  blocks.kernels_ = &kernels;
  blocks.parallel_ = &parallel;
  blocks.options_ = options;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, num_bodies, {"block steps: level"}, blocks.level_));
  return blocks;
}

// The coarsest one, from `least` on, whose step is short enough for that pull.
std::uint8_t BlockTimeSteps::level_for(float ax, float ay, int least) const {
  const double pull = std::sqrt(double{ax} * ax + double{ay} * ay);
  int level = least;
  while (level < options_.levels && !(dt2_[at(level)] * pull <= most_)) ++level;
  return static_cast<std::uint8_t>(level);
}

// Of the steps that end at the tick that is reached.
int BlockTimeSteps::ending_level() const {
  return kMostLevels - std::countr_zero(static_cast<std::uint64_t>(tick_ | kTicks));
}

template <class Visit>
void BlockTimeSteps::for_bodies(Visit visit) {
  // The largest and the sum of integers do not depend on their order.
  std::atomic<int> deepest = 0;
  std::atomic<std::int64_t> kicked = 0;
  parallel_->for_range(std::ssize(level_), kBlockStepGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         const ChunkResult of_chunk = visit(at(begin), at(end));
                         raise_to(deepest, of_chunk.deepest);
                         kicked.fetch_add(of_chunk.kicked, std::memory_order_relaxed);
                       });
  deepest_ = deepest.load(std::memory_order_relaxed);
  counts_.kicked += kicked.load(std::memory_order_relaxed);
  counts_.deepest = std::max(counts_.deepest, deepest_);
}

Status BlockTimeSteps::check(const MovingColumns& bodies, std::span<const float> ax,
                             std::span<const float> ay) const {
  const std::size_t n = level_.size();
  for (const std::size_t size : {bodies.x.size(), bodies.y.size(), bodies.vx.size(),
                                 bodies.vy.size(), ax.size(), ay.size()}) {
    if (size == n) continue;
    return refuse_step("a column has " + std::to_string(size) + " elements for " +
                       std::to_string(n) + " bodies");
  }
  return Status::ok();
}

Status BlockTimeSteps::begin(float dt, float softening, std::span<const float> ax,
                             std::span<const float> ay) {
  if (ax.size() != level_.size() || ay.size() != level_.size()) {
    return refuse_step("there are " + std::to_string(ax.size()) + " ax and " +
                       std::to_string(ay.size()) + " ay for " + std::to_string(level_.size()) +
                       " bodies");
  }
  if (!std::isfinite(dt)) return refuse_step("dt is " + number_text(dt) + "; it must be finite");
  if (!(softening > 0 && std::isfinite(softening))) {
    return refuse_step("softening is " + number_text(softening) +
                       "; steps go by it, so it must be finite and above 0");
  }
  double of_level = dt;
  for (std::size_t level = 0; level < kNumLevels; ++level, of_level *= 0.5) {
    dt_[level] = static_cast<float>(of_level);
    dt2_[level] = of_level * of_level;
  }
  most_ = double{options_.eta} * options_.eta * softening;
  tick_ = 0;
  ++counts_.steps;
  for_bodies([&](std::size_t first, std::size_t last) {
    ChunkResult result = {0, 0};
    for (std::size_t i = first; i < last; ++i) {
      level_[i] = level_for(ax[i], ay[i], 0);
      result.deepest = std::max<int>(result.deepest, level_[i]);
    }
    return result;
  });
  return Status::ok();
}

Status BlockTimeSteps::kick_and_drift(const MovingColumns& bodies, std::span<const float> ax,
                                      std::span<const float> ay) {
  QUADRILLE_RETURN_IF_ERROR(check(bodies, ax, ay));
  if (finished()) return refuse_step("the step is finished; begin() makes the next one");
  const int beginning = tick_ == 0 ? 0 : ending_level();
  std::array<float, kNumLevels> half{};  // 0: those on that level are under way
  for (std::size_t level = at(beginning); level < kNumLevels; ++level)
    half[level] = 0.5f * dt_[level];
  const float drift = dt_[at(deepest_)];
  parallel_->for_range(std::ssize(level_), kBlockStepGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (std::size_t i = at(begin); i < at(end); ++i) {
                           const float kick = half[level_[i]];
                           bodies.vx[i] += kick * ax[i];
                           bodies.vy[i] += kick * ay[i];
                         }
                         for (const auto& [places, speeds] :
                              {std::pair(bodies.x, bodies.vx), std::pair(bodies.y, bodies.vy)}) {
                           kernels_->integrate.axpy({.from = places.data() + begin,
                                                     .rate = speeds.data() + begin,
                                                     .to = places.data() + begin,
                                                     .scale = drift,
                                                     .count = end - begin});
                         }
                       });
  tick_ += kTicks >> deepest_;
  ++counts_.sub_steps;
  return Status::ok();
}

Status BlockTimeSteps::kick(const MovingColumns& bodies, std::span<const float> ax,
                            std::span<const float> ay) {
  QUADRILLE_RETURN_IF_ERROR(check(bodies, ax, ay));
  const int ending = ending_level();
  std::array<float, kNumLevels> half{};
  for (std::size_t level = at(ending); level < kNumLevels; ++level) half[level] = 0.5f * dt_[level];
  for_bodies([&](std::size_t first, std::size_t last) {
    ChunkResult result = {0, 0};
    for (std::size_t i = first; i < last; ++i) {
      if (level_[i] >= ending) {
        const float kick = half[level_[i]];
        bodies.vx[i] += kick * ax[i];
        bodies.vy[i] += kick * ay[i];
        level_[i] = level_for(ax[i], ay[i], ending);
        ++result.kicked;
      }
      result.deepest = std::max<int>(result.deepest, level_[i]);
    }
    return result;
  });
  return Status::ok();
}

}  // namespace quadrille
