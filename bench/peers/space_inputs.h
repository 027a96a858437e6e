// Points and queries of quadrille_space_peers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <quadrille/status.h>

#include "bench/peers/space_peer.h"

namespace quadrille::program {

// Points, and where they are a step later.
struct SpaceSteps {
  SpacePoints points;
  SpacePoints moved;    // each by up to a tenth of the spacing about a query
  SpacePoints strayed;  // one in a hundred to where another one is
};

struct SpaceInput : SpaceSteps {
  SpaceSteps in_order;  // the same points, numbered by their place in a tree of them
  std::vector<double> query_x, query_y;
  double half = 0;  // of a box's side: about as many hits as were wanted
  double hits = 0;  // of a box, the mean of some
  SpaceQueries queries() const { return {query_x, query_y, half}; }
};

// `text`: what a generator of points takes, or a shape that is hard on trees:
//   far:N    one point at (1, 1), the others in a box 1e-3 as wide
//   line:N   all on y = x / 2
//   same:N   all on one spot
// Coordinates are rounded to floats. Queries stand at random points, near enough that a float holds
// them and their boxes; fewer than wanted where they have very many hits.
Result<SpaceInput> make_space_input(std::string_view text, std::int64_t num_queries,
                                    std::uint64_t seed, Parallel& parallel);

}  // namespace quadrille::program
