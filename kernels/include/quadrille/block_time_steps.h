// Individual time steps in powers of two, as cosmological codes have them: a body on level l makes
// 2^l steps of dt / 2^l while the others wait for it, drifting. Leapfrog, kick-drift-kick; levels
// are chosen at the end of each body's step, coarser ones only where both end [McMillan 1986;
// Makino 1991; Springel 2005 (GADGET-2), section 4].
//
//   blocks.begin(dt, softening, ax, ay);      // the field at all bodies
//   while (!blocks.finished()) {
//     blocks.kick_and_drift(bodies, ax, ay);  // all, to the next time at which a step ends
//     ... the tree, and Multipole::accelerate(..., ax, ay, blocks.active()) ...
//     blocks.kick(bodies, ax, ay);
//   }
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/multipole.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;
struct KernelTable;

struct BlockStepOptions {
  int levels = 8;  // 0 to kMostLevels; the shortest step is dt / 2^levels
  // A step is at most eta sqrt(softening / |a|) [Power et al. 2003; 0.2 as in PKDGRAV], if the
  // deepest level is as short. Above 0, up to 10.
  float eta = 0.2f;
};

// Columns by BodyID, in any units that go together: places, and places over the unit of dt.
struct MovingColumns {
  std::span<float> x, y, vx, vy;
};

// Since create().
struct BlockStepCounts {
  std::int64_t sub_steps = 0;
  std::int64_t kicked = 0;  // bodies at whose place the field was asked for
  std::int64_t steps = 0;   // calls of begin()
  int deepest = 0;          // level
};

// One call at a time; calls allocate nothing, and their bytes do not depend on threads or
// instruction set. Each refuses columns that have not one element a body (kInvalidArgument), and
// then changes nothing.
class BlockTimeSteps {
 public:
  static constexpr int kMostLevels = 16;

  // kInvalidArgument: options out of range, in one sentence.
  static Status check(const BlockStepOptions& options);
  // The same; kOutOfMemory. A byte a body from `arena`. kernels, parallel and arena must outlive
  // this.
  static Result<BlockTimeSteps> create(std::int64_t num_bodies, const BlockStepOptions& options,
                                       const KernelTable& kernels, Parallel& parallel,
                                       Arena& arena);

  // A step of dt, of all: a level for each body by its pull, the deepest where that is not finite.
  // Also in the middle of another one, which is given up. kInvalidArgument: dt is not finite, or
  // softening not finite and above 0.
  Status begin(float dt, float softening, std::span<const float> ax, std::span<const float> ay);
  bool finished() const { return tick_ == kTicks; }
  // To the next time at which a step ends: half a kick for those whose step begins, a drift for
  // all. kInvalidArgument: the step is finished.
  Status kick_and_drift(const MovingColumns& bodies, std::span<const float> ax,
                        std::span<const float> ay);
  // Whose step ends now.
  ActiveBodies active() const { return {level_, static_cast<std::uint8_t>(ending_level())}; }
  // The second half of their kick, and their next level. Once after each drift.
  Status kick(const MovingColumns& bodies, std::span<const float> ax, std::span<const float> ay);

  const BlockStepCounts& counts() const { return counts_; }
  std::span<const std::uint8_t> levels() const { return level_; }

 private:
  static constexpr std::int64_t kTicks = std::int64_t{1} << kMostLevels;
  static constexpr std::size_t kNumLevels = static_cast<std::size_t>(kMostLevels) + 1;

  BlockTimeSteps() = default;
  Status check(const MovingColumns& bodies, std::span<const float> ax,
               std::span<const float> ay) const;
  int ending_level() const;
  std::uint8_t level_for(float ax, float ay, int least) const;
  // visit(begin, end) gives the deepest level of a chunk of bodies and how many there are of those
  // that it kicked.
  struct ChunkResult {
    int deepest;
    std::int64_t kicked;
  };
  template <class Visit>
  void for_bodies(Visit visit);

  const KernelTable* kernels_ = nullptr;
  Parallel* parallel_ = nullptr;
  BlockStepOptions options_;
  std::span<std::uint8_t> level_;
  std::array<float, kNumLevels> dt_{};    // of a level
  std::array<double, kNumLevels> dt2_{};  // its square
  double most_ = 0;                       // of dt^2 |a|
  std::int64_t tick_ = kTicks;            // time since begin(), in dt / kTicks
  int deepest_ = 0;                       // level in use
  BlockStepCounts counts_;
};

}  // namespace quadrille
