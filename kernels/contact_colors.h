// Colors of contacts: no two contacts of one color move the same body, so that a color's contacts
// are solved side by side, on any number of threads and lanes, with the same result. What needs
// more colors than there are is left over, and solved one after the other.
//
// Greedy, the lowest color that is free at both ends [1], from the contacts of a step alone:
// nothing is kept from the last one. Contacts within a tile of places are for one thread, which
// goes through all their colors while the tile is in its cache; tiles are colored and solved at the
// same time. Contacts between tiles have colors of their own, each for all threads.
// [1] Welsh, Powell. An upper bound for the chromatic number of a graph. Computer Journal 1967.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

#include "engine/integers.h"
#include "kernels/contact_finder.h"
#include "kernels/grains.h"
#include "kernels/rigid_bodies.h"

namespace quadrille {

class Parallel;

inline constexpr int kNumColors = 24;
inline constexpr int kLeftOver = kNumColors;  // the last color, whose contacts may share bodies
inline constexpr std::int64_t kMostChunksATile = 16;  // 8,192 places: 0.8 MB with contacts
inline constexpr std::int64_t kTilesWanted = 8;       // so that some threads have enough of them

// Chunks of the finder, of which a tile takes some: the fewer, the fewer there are.
constexpr std::int64_t chunks_a_tile(std::int64_t num_chunks) {
  return std::clamp<std::int64_t>(num_chunks / kTilesWanted, 1, kMostChunksATile);
}

// Contacts whose bodies that move are of one tile. Blocks in the order in which they are solved:
// those left over, then the colored ones.
struct ContactTile {
  std::int64_t first_place, last_place;  // [first_place, last_place)
  std::int64_t first_block, first_colored, last_block;
};

// Contacts between tiles: blocks of color c are [first_block[c], first_block[c + 1]).
struct ColorBlocks {
  std::int64_t first_block[kNumColors + 2] = {};
};

// Contacts of the places of one finder's chunk.
struct ContactChunk {
  ContactEntry* entries = nullptr;
  std::int64_t count = 0;
};

class ContactColors {
 public:
  static Result<ContactColors> create(std::int64_t max_bodies, Parallel& parallel, Arena& arena);
  // How many blocks of lanes so many contacts take at most.
  static std::int64_t max_blocks(std::int64_t max_contacts, std::int64_t max_bodies);

  // Gives each entry its lane: 16 to a block; tile by tile, then between them; colors side by side,
  // in the order of the chunks.
  void assign(std::span<const ContactChunk> chunks, const RigidBodies& bodies);
  // Of the last assign().
  std::span<const ContactTile> tiles() const { return tiles_.first(at(num_tiles_)); }
  const ColorBlocks& between() const { return between_; }
  // Blocks with lanes that no contact fills.
  std::span<const std::int32_t> ragged() const { return ragged_.first(at(num_ragged_)); }
  std::int64_t num_left_over() const { return num_left_over_; }

 private:
  ContactColors() = default;
  void color_tile(std::span<const ContactChunk> chunks, const RigidBodies& bodies,
                  std::int64_t tile);
  void color_between(std::span<const ContactChunk> chunks, const RigidBodies& bodies);
  void count_colors(std::span<const ContactChunk> chunks);
  void place_lanes(std::span<const ContactChunk> chunks, std::int64_t num_bodies);
  std::int64_t place_color(std::int64_t first_chunk, std::int64_t last_chunk, int row,
                           std::int64_t block);

  Parallel* parallel_ = nullptr;
  std::span<std::uint32_t> used_;   // by place: bit c: a contact of color c moves the body
  std::span<std::int64_t> counts_;  // by chunk, within a tile or between, color; then the next lane
  std::span<ContactTile> tiles_;
  std::span<std::int32_t> ragged_;
  ColorBlocks between_;
  std::int64_t tile_chunks_ = 1, num_tiles_ = 0, num_ragged_ = 0, num_left_over_ = 0;
};

}  // namespace quadrille
