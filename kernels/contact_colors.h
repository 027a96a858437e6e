// Colors of contacts: no two contacts of one color move the same body, so that a color's contacts
// are solved side by side, on any number of threads and lanes, with the same result. What needs
// more colors than there are is left over, and solved one after the other.
//
// Greedy, the lowest color that is free at both ends [1], from the contacts of a step alone:
// nothing is kept from the last one. Contacts within a tile of places are colored tile by tile at
// the same time, then those between tiles in order.
// [1] Welsh, Powell. An upper bound for the chromatic number of a graph. Computer Journal 1967.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/status.h>

#include "kernels/contact_finder.h"
#include "kernels/rigid_bodies.h"

namespace quadrille {

class Parallel;

inline constexpr int kNumColors = 24;
inline constexpr int kLeftOver = kNumColors;  // the last color, whose contacts may share bodies

// Blocks of color c: [first_block[c], first_block[c + 1]).
struct ColorBlocks {
  std::int64_t first_block[kNumColors + 2] = {};
  std::int64_t num_contacts[kNumColors + 1] = {};
};

// Contacts of the places of one finder's chunk.
struct ContactChunk {
  ContactEntry* entries = nullptr;
  std::int64_t count = 0;
};

class ContactColors {
 public:
  static Result<ContactColors> create(std::int64_t max_bodies, Parallel& parallel, Arena& arena);

  // Gives each entry its lane: 16 to a block, colors side by side, in the order of the chunks.
  ColorBlocks assign(std::span<const ContactChunk> chunks, const RigidBodies& bodies);

 private:
  ContactColors() = default;
  void color_tile(std::span<const ContactChunk> chunks, const RigidBodies& bodies,
                  std::int64_t tile);
  void color_rest(std::span<const ContactChunk> chunks, const RigidBodies& bodies);
  void count_colors(std::span<const ContactChunk> chunks);

  Parallel* parallel_ = nullptr;
  std::span<std::uint32_t> used_;   // by place: bit c: a contact of color c moves the body
  std::span<std::int64_t> counts_;  // by chunk and color; then the next lane
};

}  // namespace quadrille
