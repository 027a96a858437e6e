// ContactSolver: all contacts of one step, found, colored, solved in sub-steps, remembered.
// How they are solved stands in contact_solver-inl.h.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/integers.h"
#include "kernels/contact_colors.h"
#include "kernels/contact_finder.h"
#include "kernels/contact_pairs.h"
#include "kernels/contact_solver_body.h"
#include "kernels/grains.h"
#include "kernels/kernel_table.h"
#include "kernels/rigid_bodies.h"

namespace quadrille {

// A member of ContactSolverBodies.
using ContactPass = void (*ContactSolverBodies::*)(const SolveArgs& args);

struct ContactSolverOptions {
  std::int64_t max_bodies = 0, max_contacts = 0;
  // Softness of a contact as of a damped spring: its angle in a sub-step (frequency times 2 pi dt)
  // and its share of critical damping.
  float angle = 1.57f, damping_ratio = 10.0f;
  float push = 0.2f;  // most overlap that a step parts, in smaller radii
  // Shorter steps part more slowly, as they are shorter: the speeds of parting, of which a little
  // stays, would be added more often.
  float push_time = 0;
  float bounce_speed = 0.0f;  // slower approaches do not bounce
  bool capsules = false;      // some body is longer than wide
  bool bouncing = false;      // some restitution is not zero
  bool events = false;    // remember() tells what pressed in any sub-step, not in the last alone
  bool may_roll = false;  // there is room for what resists rolling
  bool rolling = false;   // some body does
};

class ContactSolver {
 public:
  // Beyond the slop the 99th of 100 contacts below N layers of discs overlaps by kSinking N g dt^2
  // (measured: heaps of 5,000 to 100,000 discs, four sub-steps).
  static constexpr double kSinking = 0.1;

  static Result<ContactSolver> create(const ContactSolverOptions& options,
                                      const ContactPairs& pairs, const KernelTable& kernels,
                                      Parallel& parallel, Arena& arena);

  ContactSolverOptions& options() { return options_; }

  // Finds the contacts of the chunks of kFinderChunk places for which stirring(chunk); the others
  // have none. changed(pair, a, b, PairChange) is called by any thread: see find_contacts.
  template <class Stirring, class Changed>
  void find(const ContactScene& scene, ContactPairs& pairs, Stirring&& stirring,
            Changed&& changed) {
    PairList& list = pairs.list();
    const std::int64_t count = scene.bodies->count, points = pairs.points_a_pair();
    num_chunks_ = static_cast<std::size_t>(chunks_of(count, kFinderChunk));
    parallel_->for_range(count, kFinderChunk, [&](std::int64_t begin, std::int64_t end, int) {
      ContactChunk& chunk = chunks_[at(begin / kFinderChunk)];
      chunk.count = 0;
      chunk_overlap_[at(begin / kFinderChunk)] = 0;
      if (!stirring(begin / kFinderChunk)) return;
      chunk.entries = entries_.data() + list.first[at(begin)] * points;
      const FoundContacts found =
          find_contacts(scene, list, pairs.max_pairs(), begin, end, chunk.entries, changed);
      chunk.count = found.count;
      chunk_overlap_[at(begin / kFinderChunk)] = found.largest_overlap;
    });
  }
  // Colors what was found and makes blocks of it. False: num_contacts() are more than there is room
  // for.
  bool prepare(const ContactScene& scene, ContactPairs& pairs);
  // A pass over contacts; dt is that of the sub-step. Those within one tile (of num_tiles(), any
  // number of them at the same time, each by one thread) move no body of another tile; those
  // between tiles are for one caller alone.
  std::int64_t num_tiles() const { return std::ssize(colors_->tiles()); }
  const ContactTile& tile(std::int64_t t) const { return colors_->tiles()[at(t)]; }
  void within(std::int64_t t, ContactPass pass, RigidBodies& bodies, float dt);
  void between(ContactPass pass, RigidBodies& bodies, float dt);
  // The impulses go back to their pairs. pressed(pair, a, b, speed) for each point that pushed in
  // the step (with ContactSolverOptions::events, or where something bounces; else in its last
  // sub-step), from any thread, but all points of a pair from one; speed() of pairs that did not
  // touch: how fast they came near at the step's beginning, where they did fastest; 0: not.
  template <class Pressed>
  void remember(ContactPairs& pairs, Pressed&& pressed) {
    PairList& list = pairs.list();
    parallel_->for_chunks(static_cast<std::int64_t>(num_chunks_), [&](std::int64_t c, int) {
      const ContactChunk& chunk = chunks_[at(c)];
      for (std::int64_t i = 0; i < chunk.count; ++i) {
        const ContactEntry& entry = chunk.entries[i];
        const ContactBlock& block = block_[at(entry.lane / kContactLanes)];
        const int lane = entry.lane % kContactLanes;
        list.normal_impulse[at(entry.point)] = block.normal_impulse[lane];
        list.tangent_impulse[at(entry.point)] = block.tangent_impulse[lane];
        if (options_.rolling)
          list.rolling_impulse[at(entry.point)] =
              rolling_[at(entry.lane / kContactLanes)].impulse[lane];
        const float largest = keeps_largest() ? block.largest_impulse[lane] : 0.0f;
        if (block.normal_impulse[lane] > 0 || largest > 0)
          pressed(entry.point % pairs.max_pairs(), entry.a, entry.b,
                  [&] { return meeting_speed(chunk, i, pairs.max_pairs()); });
      }
    });
  }

  std::int64_t num_contacts() const { return num_contacts_; }
  std::int64_t num_left_over() const { return colors_->num_left_over(); }
  float largest_overlap() const { return largest_overlap_; }  // over the sum of the two radii
  std::span<const ContactChunk> chunks() const { return {chunks_.data(), num_chunks_}; }

 private:
  ContactSolver() = default;
  bool keeps_largest() const { return options_.bouncing || options_.events; }
  void clear_ragged_blocks(std::int32_t resting);
  float meeting_speed(const ContactChunk& chunk, std::int64_t i, std::int64_t max_pairs) const;
  void fill_lane(const ContactScene& scene, const ContactPairs& pairs, const ContactEntry& entry);
  SolveArgs solve_args(RigidBodies& bodies, float dt) const;

  ContactSolverOptions options_;
  const KernelTable* kernels_ = nullptr;
  Parallel* parallel_ = nullptr;
  std::span<ContactEntry> entries_;
  std::span<ContactChunk> chunks_;
  std::span<float> chunk_overlap_;
  std::span<ContactBlock> block_;
  std::span<RollingBlock> rolling_;
  std::optional<ContactColors> colors_;
  std::size_t num_chunks_ = 0;
  std::int64_t num_contacts_ = 0;
  float largest_overlap_ = 0;
  float step_dt_ = 0, last_dt_ = 0;  // of this step and the one before
};

}  // namespace quadrille
