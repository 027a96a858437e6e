// Scenes of quadrille_physics_peers, and what is measured of a world without asking its engine.
#pragma once

#include <cstdint>

#include <quadrille/status.h>

#include "bench/peers/physics_peer.h"

namespace quadrille::program {

// Discs of radius 0.5 in loose rows, each a little off its place, which fall into a heap; half as
// many layers as discs in a row. The box is twice as high.
PhysicsScene heap_of_discs(std::int64_t count, std::uint64_t seed);

// Discs at random places of a square, so large that about as many pairs overlap as there are discs.
// Radii from 0.5 to `ratio` times that, evenly spread over their logarithm: as many from 1 to 2 as
// from 2 to 4.
PhysicsScene scattered_discs(std::int64_t count, std::uint64_t seed, double ratio = 1);

struct PileFacts {
  // Of discs with each other and with walls, that gap by 1 % of a radius or less.
  std::int64_t contacts = 0;
  double overlap = 0;  // of contacts, in radii: the 99th of 100
  double speed = 0;    // the mean, over the root of gravity times radius
  double top = 0;      // height of the highest disc, in radii
};

PileFacts facts_of(const PhysicsScene& scene, const PhysicsState& state);

// Whether a heap rests: a mean speed below 0.01 sqrt(g r), and at the 99th of 100 contacts an
// overlap of at most the slop (1 %), which what rests has anyway, and 1 % of a radius.
bool is_at_rest(const PileFacts& facts);

}  // namespace quadrille::program
