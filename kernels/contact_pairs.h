// ContactPairs: which bodies may touch which others, walls and segments, for as long as none has
// moved by more than its margin; and what each pair remembers from step to step: its impulses, with
// which the next step begins, and whether it touches.
//
// Pairs stand at their earlier place, those with static shapes first. A list is made anew by
// renumbering the bodies: pairs of the old list that are in the new one keep what they remember.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

#include "kernels/broad_phase.h"
#include "kernels/kernel_table.h"
#include "kernels/rigid_bodies.h"
#include "kernels/static_shapes.h"

namespace quadrille {

class Parallel;

inline constexpr std::int64_t kPairChunk = 512;

struct ContactPairOptions {
  std::int64_t max_bodies = 0, max_pairs = 0;
  int points_a_pair = 1;  // 2: there may be capsules
  bool events = false;    // keep the list of pairs that ended
  bool may_roll = false;  // remember impulses against rolling
};

// Two bodies by id, or a body and ~a static shape.
struct TouchingPair {
  BodyID a = 0;
  std::int32_t b = 0;
};

// What a pair was in the last step.
enum PairState : std::uint8_t { kTouched = 1, kPressed = 2 };  // kPressed: its impulses are of it

struct PairList {
  std::span<std::int64_t> first;  // pairs of place p: [first[p], first[p + 1])
  std::span<std::int32_t> other;  // >= 0: a later place; else ~other is a static shape
  // Of point i of pair e at e + i * max_pairs.
  std::span<float> normal_impulse, tangent_impulse;
  std::span<float> rolling_impulse;  // on the later body, less on the earlier; none: nothing may
  std::span<std::uint8_t> state;     // PairState
};

class ContactPairs {
 public:
  // Takes its memory from `arena`, once. kernels, parallel and arena must outlive this.
  static Result<ContactPairs> create(const ContactPairOptions& options, const KernelTable& kernels,
                                     Parallel& parallel, Arena& arena);

  // Renumbers the bodies and lists all pairs that may touch and are nearer to each other than their
  // margins. Those that may not take room in the broad-phase, too.
  // False: there are more than there is room for, num_pairs() of bodies alone; nothing changed.
  bool update(RigidBodies& bodies, const StaticShapes& shapes);

  const PairList& list() const { return lists_[current_]; }
  PairList& list() { return lists_[current_]; }
  std::int64_t num_pairs() const { return num_pairs_; }
  // The last place that a place of the chunk (of kPairChunk places) is paired with.
  std::int64_t last_other(std::int64_t chunk) const { return last_other_[at(chunk)]; }
  std::int64_t max_pairs() const { return options_.max_pairs; }
  BroadPhase& broad_phase() { return *broad_phase_; }
  int points_a_pair() const { return options_.points_a_pair; }
  // The next step is `scale` times as long as the last: so many times the impulses are of what
  // sleeps, and up to 4 times those of what is awake. After update().
  void rescale(const RigidBodies& bodies, float scale);
  // Pairs that touched and are not in the list any more, after update(); with options.events.
  std::span<const TouchingPair> ended() const { return {ended_.data(), num_ended_}; }

 private:
  ContactPairs() = default;
  Status allocate(Arena& arena);
  bool count_pairs(const RigidBodies& bodies, const StaticShapes& shapes);
  void fill_pairs(const RigidBodies& bodies, const StaticShapes& shapes);
  void remember(const RigidBodies& bodies);
  void list_ended();

  ContactPairOptions options_;
  Parallel* parallel_ = nullptr;
  std::optional<BroadPhase> broad_phase_;
  PairList lists_[2];
  int current_ = 0;
  std::int64_t num_pairs_ = 0, num_listed_ = 0;  // places of the list
  std::span<float> reach_;                       // by old place: radius of all of a body and margin
  std::span<std::int32_t> next_static_;          // by place: where its next segment is listed
  std::span<std::int32_t> last_other_;
  std::span<BodyID> listed_id_;
  std::span<TouchingPair> ended_;
  std::size_t num_ended_ = 0;
};

}  // namespace quadrille
