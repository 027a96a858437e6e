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

constexpr std::int64_t kChunksATile = 16;
constexpr std::int32_t kTilePlaces = static_cast<std::int32_t>(kChunksATile * kFinderChunk);
constexpr std::int32_t kNotColored = -1;
constexpr std::int32_t kColorRows = kNumColors + 1;
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

}  // namespace

Result<ContactColors> ContactColors::create(std::int64_t max_bodies, Parallel& parallel,
                                            Arena& arena) {
  ContactColors colors;
  colors.parallel_ = &parallel;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, max_bodies, {"contacts: colors of bodies"}, colors.used_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena,
                                             chunks_of(max_bodies, kFinderChunk) * kColorRows,
                                             {"contacts: colors of chunks"}, colors.counts_));
  return colors;
}

void ContactColors::color_tile(std::span<const ContactChunk> chunks, const RigidBodies& bodies,
                               std::int64_t tile) {
  const std::int64_t first = tile * kTilePlaces;
  const std::int64_t last = std::min(first + kTilePlaces, bodies.count);
  std::fill(used_.begin() + first, used_.begin() + last, 0u);
  const auto begin = at(tile * kChunksATile);
  for (const ContactChunk& chunk :
       chunks.subspan(begin, std::min(at(kChunksATile), chunks.size() - begin))) {
    for (std::int64_t i = 0; i < chunk.count; ++i) {
      ContactEntry& entry = chunk.entries[i];
      entry.lane = entry.b < last ? color_contact(used_, bodies, entry) : kNotColored;
    }
  }
}

void ContactColors::color_rest(std::span<const ContactChunk> chunks, const RigidBodies& bodies) {
  for (const ContactChunk& chunk : chunks) {
    for (std::int64_t i = 0; i < chunk.count; ++i) {
      ContactEntry& entry = chunk.entries[i];
      if (entry.lane == kNotColored) entry.lane = color_contact(used_, bodies, entry);
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

ColorBlocks ContactColors::assign(std::span<const ContactChunk> chunks, const RigidBodies& bodies) {
  const auto num_chunks = static_cast<std::int64_t>(chunks.size());
  const std::int64_t num_tiles = chunks_of(num_chunks, kChunksATile);
  parallel_->for_chunks(num_tiles,
                        [&](std::int64_t tile, int) { color_tile(chunks, bodies, tile); });
  if (num_tiles > 1) color_rest(chunks, bodies);
  count_colors(chunks);
  ColorBlocks blocks;
  for (int color = 0; color <= kNumColors; ++color) {
    std::int64_t lane = blocks.first_block[color] * kContactLanes;
    for (std::int64_t c = 0; c < num_chunks; ++c) {
      std::int64_t& count = counts_[at(c * kColorRows + color)];
      blocks.num_contacts[color] += count;
      lane += std::exchange(count, lane);
    }
    blocks.first_block[color + 1] = chunks_of(lane, kContactLanes);
  }
  parallel_->for_range(num_chunks, kCountedAtOnce, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t c = begin; c < end; ++c) {
      std::int64_t* const next = counts_.data() + c * kColorRows;
      for (std::int64_t i = 0; i < chunks[at(c)].count; ++i) {
        ContactEntry& entry = chunks[at(c)].entries[i];
        entry.lane = static_cast<std::int32_t>(next[entry.lane]++);
      }
    }
  });
  return blocks;
}

}  // namespace quadrille
