#include "kernels/contact_colors.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int32_t kNotColored = -1;
constexpr std::int32_t kBetween = kNumColors + 1;  // added to the color of a contact between tiles
constexpr std::int32_t kColorRows = 2 * kBetween;
constexpr std::uint32_t kAllColors = (std::uint32_t{1} << kNumColors) - 1;
constexpr std::int64_t kCountedAtOnce = 8;  // chunks a task

bool moves(const RigidBodies& bodies, std::int32_t p) {
  return p >= 0 && bodies.row(p)[kInverseMass] > 0;
}

// A body that nothing moves takes no color: any number of contacts may look at it.
std::int32_t color_contact(std::span<std::uint32_t> used, const RigidBodies& bodies,
                           const ContactEntry& entry) {
  const bool with_a = moves(bodies, entry.a), with_b = moves(bodies, entry.b);
  const std::uint32_t taken = (with_a ? used[at(entry.a)] : 0) | (with_b ? used[at(entry.b)] : 0);
  const std::uint32_t free = ~taken & kAllColors;
  if (free == 0) return kLeftOver;
  const int color = std::countr_zero(free);
  if (with_a) used[at(entry.a)] |= std::uint32_t{1} << color;
  if (with_b) used[at(entry.b)] |= std::uint32_t{1} << color;
  return color;
}

// As many as there may be of so many bodies, or of fewer.
std::int64_t max_tiles(std::int64_t max_bodies) {
  const std::int64_t chunks = chunks_of(max_bodies, kFinderChunk);
  return std::min(chunks, std::max(2 * kTilesWanted, chunks_of(chunks, kMostChunksATile)));
}

}  // namespace

std::int64_t ContactColors::max_blocks(std::int64_t max_contacts, std::int64_t max_bodies) {
  return chunks_of(max_contacts, kContactLanes) + kBetween * (max_tiles(max_bodies) + 1);
}

Result<ContactColors> ContactColors::create(std::int64_t max_bodies, Parallel& parallel,
                                            Arena& arena) {
  ContactColors colors;
  colors.parallel_ = &parallel;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, max_bodies, {"contacts: colors of bodies"}, colors.used_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena,
                                             chunks_of(max_bodies, kFinderChunk) * kColorRows,
                                             {"contacts: colors of chunks"}, colors.counts_));
  const std::int64_t tiles = max_tiles(max_bodies);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, tiles, {"contacts: tiles"}, colors.tiles_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, kBetween * (tiles + 1), {"contacts: ragged blocks"}, colors.ragged_));
  return colors;
}

void ContactColors::color_tile(std::span<const ContactChunk> chunks, const RigidBodies& bodies,
                               std::int64_t tile) {
  const std::int64_t first = tile * tile_chunks_ * kFinderChunk;
  const std::int64_t last = std::min(first + tile_chunks_ * kFinderChunk, bodies.count);
  std::fill(used_.begin() + first, used_.begin() + last, 0u);
  const auto begin = at(tile * tile_chunks_);
  for (const ContactChunk& chunk :
       chunks.subspan(begin, std::min(at(tile_chunks_), chunks.size() - begin))) {
    for (std::int64_t i = 0; i < chunk.count; ++i) {
      ContactEntry& entry = chunk.entries[i];
      entry.lane = entry.b < last ? color_contact(used_, bodies, entry) : kNotColored;
    }
  }
  std::fill(used_.begin() + first, used_.begin() + last, 0u);  // for those between tiles
}

void ContactColors::color_between(std::span<const ContactChunk> chunks, const RigidBodies& bodies) {
  for (const ContactChunk& chunk : chunks) {
    for (std::int64_t i = 0; i < chunk.count; ++i) {
      ContactEntry& entry = chunk.entries[i];
      if (entry.lane == kNotColored) entry.lane = kBetween + color_contact(used_, bodies, entry);
    }
  }
}

void ContactColors::count_colors(std::span<const ContactChunk> chunks) {
  parallel_->for_range(static_cast<std::int64_t>(chunks.size()), kCountedAtOnce,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (std::int64_t c = begin; c < end; ++c) {
                           std::int64_t* const count = counts_.data() + c * kColorRows;
                           std::fill_n(count, kColorRows, 0);
                           const ContactChunk& chunk = chunks[at(c)];
                           for (std::int64_t i = 0; i < chunk.count; ++i)
                             ++count[chunk.entries[i].lane];
                         }
                       });
}

// Lanes of the chunks' contacts of one row of counts, from `block` on. Returns the next free block.
std::int64_t ContactColors::place_color(std::int64_t first_chunk, std::int64_t last_chunk, int row,
                                        std::int64_t block) {
  std::int64_t lane = block * kContactLanes;
  for (std::int64_t c = first_chunk; c < last_chunk; ++c) {
    std::int64_t& count = counts_[at(c * kColorRows + row)];
    lane += std::exchange(count, lane);
  }
  if (lane % kContactLanes != 0)
    ragged_[at(num_ragged_++)] = static_cast<std::int32_t>(lane / kContactLanes);
  const int color = row % kBetween;
  if (color == kLeftOver) num_left_over_ += lane - block * kContactLanes;
  return chunks_of(lane, kContactLanes);
}

void ContactColors::place_lanes(std::span<const ContactChunk> chunks, std::int64_t num_bodies) {
  const auto num_chunks = static_cast<std::int64_t>(chunks.size());
  num_ragged_ = num_left_over_ = 0;
  std::int64_t block = 0;
  for (std::int64_t t = 0; t < num_tiles_; ++t) {
    const std::int64_t first = t * tile_chunks_, last = std::min(first + tile_chunks_, num_chunks);
    ContactTile& tile = tiles_[at(t)];
    tile.first_place = first * kFinderChunk;
    tile.last_place = std::min(last * kFinderChunk, num_bodies);
    tile.first_block = block;
    block = tile.first_colored = place_color(first, last, kLeftOver, block);
    for (int color = 0; color < kNumColors; ++color) block = place_color(first, last, color, block);
    tile.last_block = block;
  }
  for (int color = 0; color <= kNumColors; ++color) {
    between_.first_block[color] = block;
    block = place_color(0, num_chunks, kBetween + color, block);
  }
  between_.first_block[kNumColors + 1] = block;
}

void ContactColors::assign(std::span<const ContactChunk> chunks, const RigidBodies& bodies) {
  const auto num_chunks = static_cast<std::int64_t>(chunks.size());
  tile_chunks_ = chunks_a_tile(num_chunks);
  num_tiles_ = chunks_of(num_chunks, tile_chunks_);
  parallel_->for_chunks(num_tiles_,
                        [&](std::int64_t tile, int) { color_tile(chunks, bodies, tile); });
  if (num_tiles_ > 1) color_between(chunks, bodies);
  count_colors(chunks);
  place_lanes(chunks, bodies.count);
  parallel_->for_range(num_chunks, kCountedAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t c = begin; c < end; ++c) {
      std::int64_t* const next = counts_.data() + c * kColorRows;
      for (std::int64_t i = 0; i < chunks[at(c)].count; ++i) {
        ContactEntry& entry = chunks[at(c)].entries[i];
        entry.lane = static_cast<std::int32_t>(next[entry.lane]++);
      }
    }
  });
}

}  // namespace quadrille
