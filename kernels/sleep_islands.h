// SleepIslands: bodies that touch, directly or through others, fall asleep together, when all of
// them have hardly moved for a while, and wake together. What sleeps is not looked at.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

#include "kernels/body_motion.h"
#include "kernels/contact_colors.h"
#include "kernels/rigid_bodies.h"

namespace quadrille {

class Parallel;

class SleepIslands {
 public:
  static Result<SleepIslands> create(std::int64_t max_bodies, Parallel& parallel, Arena& arena);

  // Puts islands to sleep, by this step's contacts (what touches nothing only where nothing pulls
  // it), and bodies of mass 0 that do not move. How many
  // bodies of islands fell asleep.
  std::int64_t fall_asleep(RigidBodies& bodies, const Motion& motion,
                           std::span<const ContactChunk> contacts);

  // Notes that whoever sleeps with the body at place p is to wake. Any thread.
  void stir(const RigidBodies& bodies, std::int64_t p);
  // Wakes those; how many bodies there were.
  std::int64_t wake(RigidBodies& bodies);

  // Which chunks of kFinderChunk places have somebody awake; recounted by the calls above, and by
  // this one after bodies were renumbered or changed from outside.
  void recount(const RigidBodies& bodies);
  bool is_awake(std::int64_t chunk) const {
    return awake_before_[at(chunk + 1)] > awake_before_[at(chunk)];
  }
  // Awake bodies of the chunks [begin, end).
  std::int64_t num_awake(std::int64_t begin, std::int64_t end) const {
    return awake_before_[at(end)] - awake_before_[at(begin)];
  }
  std::int64_t num_awake() const { return num_awake_; }

 private:
  SleepIslands() = default;
  std::int32_t root_of(std::int32_t p);
  void join_islands(const RigidBodies& bodies, std::span<const ContactChunk> contacts);

  Parallel* parallel_ = nullptr;
  std::span<std::int32_t> parent_;    // by place: an earlier place of the island, or itself
  std::span<std::uint8_t> restless_;  // by root: somebody of it may not sleep
  std::span<std::uint8_t> ready_;     // by place: whether it may sleep
  std::span<std::uint8_t> stirred_;   // by island (the id of one of its bodies)
  std::span<std::int64_t> awake_before_;
  std::span<std::int64_t> chunk_count_;
  std::int64_t num_awake_ = 0;
};

}  // namespace quadrille
