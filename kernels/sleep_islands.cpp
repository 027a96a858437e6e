#include "kernels/sleep_islands.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

bool can_sleep(const RigidBodies& bodies, std::int64_t p) {
  return bodies.is(p, kAwake) && bodies.row(p)[kInverseMass] > 0;
}

// kUnheld: no contact holds it, and something pulls it: it hovers only as long as damping is strong
// or its speed about to turn.
enum Readiness : std::uint8_t { kNotReady, kReady, kUnheld };

Readiness readiness(const RigidBodies& bodies, const Motion& motion, std::int64_t p) {
  if (!can_sleep(bodies, p) || !may_sleep(bodies, motion, p)) return kNotReady;
  const float pull =
      bodies.have_own_motion() ? acceleration_of(bodies, motion, p) : motion.gravity();
  return pull > 0 ? kUnheld : kReady;
}

// Nothing moves it, and it does not move by itself.
bool is_at_rest(const RigidBodies& bodies, std::int64_t p) {
  const float* const row = bodies.row(p);
  return !(row[kInverseMass] > 0) && row[kVx] == 0 && row[kVy] == 0 && row[kSpin] == 0;
}

}  // namespace

Result<SleepIslands> SleepIslands::create(std::int64_t max_bodies, Parallel& parallel,
                                          Arena& arena) {
  SleepIslands s;
  s.parallel_ = &parallel;
  const std::int64_t chunks = chunks_of(max_bodies, kFinderChunk);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, max_bodies, {"sleep: islands"}, s.parent_));
  for (std::span<std::uint8_t>* bytes : {&s.restless_, &s.ready_, &s.stirred_})
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, max_bodies, {"sleep: marks"}, *bytes));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, chunks + 1, {"sleep: awake bodies"}, s.awake_before_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, chunks, {"sleep: chunks"}, s.chunk_count_));
  std::ranges::fill(s.stirred_, std::uint8_t{0});
  std::ranges::fill(s.awake_before_, 0);
  return s;
}

void SleepIslands::recount(const RigidBodies& bodies) {
  parallel_->for_range(bodies.count, kFinderChunk, [&](std::int64_t begin, std::int64_t end, int) {
    std::int64_t awake = 0;
    for (std::int64_t p = begin; p < end; ++p) awake += bodies.is(p, kAwake) ? 1 : 0;
    chunk_count_[at(begin / kFinderChunk)] = awake;
  });
  num_awake_ = 0;
  for (std::int64_t c = 0; c < chunks_of(bodies.count, kFinderChunk); ++c) {
    awake_before_[at(c)] = num_awake_;
    num_awake_ += chunk_count_[at(c)];
    awake_before_[at(c + 1)] = num_awake_;
  }
}

// With halved paths; a root is the earliest place, so islands do not depend on the order.
std::int32_t SleepIslands::root_of(std::int32_t p) {
  while (parent_[at(p)] != p) p = parent_[at(p)] = parent_[at(parent_[at(p)])];
  return p;
}

// Only bodies that are ready are joined; one that is not makes the others of its island restless.
void SleepIslands::join_islands(const RigidBodies& bodies, std::span<const ContactChunk> contacts) {
  for (const ContactChunk& chunk : contacts) {
    for (std::int64_t i = 0; i < chunk.count; ++i) {
      const ContactEntry& entry = chunk.entries[i];
      if (ready_[at(entry.a)] == kUnheld) ready_[at(entry.a)] = kReady;
      if (entry.b < 0) continue;
      if (ready_[at(entry.b)] == kUnheld) ready_[at(entry.b)] = kReady;
      const bool a = ready_[at(entry.a)] != 0, b = ready_[at(entry.b)] != 0;
      if (a && b) {
        const std::int32_t of_a = root_of(entry.a), of_b = root_of(entry.b);
        parent_[at(std::max(of_a, of_b))] = std::min(of_a, of_b);
      } else if (a || b) {
        const std::int32_t waits = a ? entry.a : entry.b, other = a ? entry.b : entry.a;
        if (bodies.is(other, kAwake)) restless_[at(waits)] = 1;
      }
    }
  }
}

std::int64_t SleepIslands::fall_asleep(RigidBodies& bodies, const Motion& motion,
                                       std::span<const ContactChunk> contacts) {
  std::atomic<bool> rested{false};
  parallel_->for_range(bodies.count, kFinderChunk, [&](std::int64_t begin, std::int64_t end, int) {
    std::int64_t ready = 0;
    for (std::int64_t p = begin; p < end; ++p) {
      if (bodies.is(p, kAwake) && is_at_rest(bodies, p)) {
        bodies.flags[at(p)] = static_cast<std::uint8_t>(bodies.flags[at(p)] & ~kAwake);
        rested.store(true, std::memory_order_relaxed);  // read after the workers' call
      }
      ready_[at(p)] = readiness(bodies, motion, p);
      restless_[at(p)] = 0;
      parent_[at(p)] = static_cast<std::int32_t>(p);
      ready += ready_[at(p)] != kNotReady ? 1 : 0;
    }
    chunk_count_[at(begin / kFinderChunk)] = ready;
  });
  std::int64_t ready = 0;
  for (const std::int64_t count : chunk_count_.first(at(chunks_of(bodies.count, kFinderChunk))))
    ready += count;
  if (rested.load(std::memory_order_relaxed)) recount(bodies);
  if (ready == 0) return 0;
  join_islands(bodies, contacts);
  // Roots come before the rest of their islands, so restlessness goes to them from the back.
  for (std::int64_t p = bodies.count - 1; p >= 0; --p)
    if (restless_[at(p)] != 0) restless_[at(root_of(static_cast<std::int32_t>(p)))] = 1;
  std::int64_t asleep = 0;
  for (std::int64_t p = 0; p < bodies.count; ++p) {
    if (ready_[at(p)] != kReady) continue;
    const std::int32_t root = root_of(static_cast<std::int32_t>(p));
    if (restless_[at(root)] != 0) continue;
    float* const row = bodies.row(p);
    row[kVx] = row[kVy] = row[kSpin] = 0;
    bodies.flags[at(p)] = static_cast<std::uint8_t>(bodies.flags[at(p)] & ~kAwake);
    bodies.island[at(p)] = bodies.id[at(root)];
    ++asleep;
  }
  if (asleep > 0) recount(bodies);
  return asleep;
}

void SleepIslands::stir(const RigidBodies& bodies, std::int64_t p) {
  const std::int32_t island = bodies.island[at(p)];
  if (island == kNoPlace || bodies.is(p, kAwake)) return;
  // Relaxed: all write the same, and who reads comes after the workers' call.
  std::atomic_ref<std::uint8_t>(stirred_[at(island)]).store(1, std::memory_order_relaxed);
}

std::int64_t SleepIslands::wake(RigidBodies& bodies) {
  std::int64_t woken = 0;
  for (std::int64_t p = 0; p < bodies.count; ++p) {
    const std::int32_t island = bodies.island[at(p)];
    if (island == kNoPlace || stirred_[at(island)] == 0) continue;
    bodies.flags[at(p)] |= kAwake;
    bodies.still[at(p)] = 0;
    bodies.island[at(p)] = -2 - island;  // woken, and its mark is not yet taken back
    ++woken;
  }
  if (woken == 0) return 0;
  for (std::int64_t p = 0; p < bodies.count; ++p) {
    if (bodies.island[at(p)] > -2) continue;
    stirred_[at(-2 - bodies.island[at(p)])] = 0;
    bodies.island[at(p)] = kNoPlace;
  }
  recount(bodies);
  return woken;
}

}  // namespace quadrille
