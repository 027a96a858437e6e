// One move of a force-directed drawing [1]: every edge pulls its ends together with its relative
// weight (spring_weights.h) times (length)^2, every node pushes every other with kRepulsion /
// distance (that sum is Barnes-Hut's, and given), and each node goes one step length along its
// force. The spring constant K of the paper is 1; drawings have their own scale, see
// balanced_scale. [1] Hu. Efficient, high-quality force-directed graph drawing. Mathematica Journal
// 2005.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/graph.h>

namespace quadrille {

class Parallel;

inline constexpr float kRepulsion = 0.2f;

struct SpringArgs {
  const GraphView& graph;
  double weight_scale;  // SpringWeights::scale
  std::span<const float> x, y;
  std::span<const float> field_x, field_y;  // sum over others of (other - this) / distance^2
  float step;                               // how far a node moves
  float gravity;                            // pull towards (0, 0), for one unit of distance
  std::span<float> next_x, next_y;
  std::span<double> chunk_energy;  // scratch, spring_chunks(nodes) long
};

std::int64_t spring_chunks(std::int64_t num_nodes);

// Writes next_x and next_y; returns the energy, the sum of squared forces before the move. A node
// sums the pulls of its own lists, in their order, so that no thread writes what another reads.
double move_along_forces(const SpringArgs& args, Parallel& parallel);

// The factor by which a drawing must grow for springs and repulsion to be in balance as a whole: at
// rest the sum of force times place is 0, pushes give kRepulsion n (n - 1) / 2 whatever the scale,
// and pulls the sum of weight (length)^3. 1 where no edge that pulls has a length.
double balanced_scale(const GraphView& graph, double weight_scale, std::span<const float> x,
                      std::span<const float> y);

// Each edge counts as much as it pulls: where one of weight 0 ends says nothing of the drawing. 0
// where none pulls.
double mean_edge_length(const GraphView& graph, double weight_scale, std::span<const float> x,
                        std::span<const float> y);

}  // namespace quadrille
