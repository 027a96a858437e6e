// BroadPhase: which discs overlap. A hierarchy of uniform grids, so that one large disc among many
// small ones costs little; the lists do not depend on threads or instruction set.
//
// Discs are renumbered by *place*: cell by cell, in the order of their ids within a cell. Lists
// speak of places, and hold each pair once, at the earlier place.
#pragma once

#include <compare>
#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "kernels/broad_phase_body.h"
#include "kernels/kernel_table.h"

namespace quadrille {

class Parallel;

// Finite coordinates, radii >= 0, one element a disc.
struct DiscColumns {
  std::span<const float> x, y, radius;
};

struct BodyPair {
  BodyID i, j;  // i < j
  friend auto operator<=>(const BodyPair&, const BodyPair&) = default;
};

struct BroadPhaseOptions {
  std::int64_t num_bodies = 0;
  std::int64_t max_pairs = 0;  // what memory is taken for; see BroadPhaseOutcome
};

// kOverflow: more pairs overlap than there is memory for. Nothing is lost unseen: num_pairs() is
// still exact, and the lists are all empty rather than some of them short.
enum class BroadPhaseOutcome : std::uint8_t { kComplete, kOverflow };

class BroadPhase {
 public:
  // Takes its memory from `arena`, once. kernels, parallel and arena must outlive this.
  static Result<BroadPhase> create(const BroadPhaseOptions& options, const KernelTable& kernels,
                                   Parallel& parallel, Arena& arena);

  // Finds all overlaps of num_bodies discs or fewer. Allocates nothing.
  BroadPhaseOutcome update(const DiscColumns& discs);
  // The cells alone, for who looks through them himself; no pairs.
  void sort(const DiscColumns& discs);

  std::int64_t num_pairs() const { return num_neighbors_; }
  std::int64_t num_discs() const { return num_discs_; }  // of the last update
  // order()[p]: the disc at place p
  std::span<const BodyID> order() const { return {order_.data(), std::size_t(num_discs_)}; }
  std::span<const float> x() const { return x_; }  // by place, kOverlapPadding more behind
  std::span<const float> y() const { return y_; }
  std::span<const float> radius() const { return radius_; }
  // neighbors()[first()[p] .. first()[p + 1]): the places after p that overlap p, ascending.
  std::span<const std::int64_t> first() const { return first_; }
  std::span<const std::int32_t> neighbors() const { return neighbors_; }
  // Of all levels' cells, see OverlapArgs.
  const std::int32_t* cell_start() const { return cell_start_.data(); }
  std::span<const GridLevel> levels() const { return {levels_, std::size_t(num_levels_)}; }

  // Each pair once, by the place of its first disc in the order, then of the other. Writes at most
  // pairs.size(); returns how many were written.
  std::int64_t write_pairs(std::span<BodyPair> pairs) const;

 private:
  BroadPhase() = default;
  Status allocate(Arena& arena);
  void choose_levels(const DiscColumns& discs);
  void sort_into_cells(const DiscColumns& discs);
  void scatter_into_buckets(const DiscColumns& discs);
  void sort_bucket(std::int64_t bucket);
  void stage_lists(std::int64_t begin, std::int64_t end);
  std::int32_t* next_block(std::int32_t& block, std::int64_t count);
  void place_lists(std::int64_t begin, std::int64_t end);
  OverlapArgs overlap_args(std::int64_t begin, std::int64_t end) const;

  BroadPhaseOptions options_;
  const KernelTable* kernels_ = nullptr;
  Parallel* parallel_ = nullptr;
  GridLevel levels_[kMaxGridLevels] = {};
  int num_levels_ = 0;
  std::int64_t num_discs_ = 0;
  std::int64_t num_cells_ = 0;
  int bucket_shift_ = 0;  // cells a bucket of the sort's first digit, as a power of two
  std::int64_t num_neighbors_ = 0;
  std::span<std::int32_t> staging_;  // blocks of lists; before that the sort's records
  std::span<struct StagedBlock> block_;
  std::int32_t next_block_ = 0;  // that no task has
  std::span<std::int32_t> cell_start_, bucket_start_;
  std::span<BodyID> order_;
  std::span<float> x_, y_, radius_;
  std::span<std::int64_t> first_, chunk_first_;
  std::span<std::int32_t> neighbors_;
  std::span<struct DiscSummary> summaries_;
};

}  // namespace quadrille
