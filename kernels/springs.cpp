#include "kernels/springs.h"

#include <cmath>

#include <quadrille/parallel.h>

namespace quadrille {
namespace {

constexpr std::int64_t kChunk = 2048;  // nodes a task

struct Force {
  float x, y;
};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

void add_pulls(const SpringArgs& args, NodeID v, std::span<const NodeID> neighbors, Force& force) {
  const float x = args.x[at(v)], y = args.y[at(v)];
  for (const NodeID u : neighbors) {
    const float dx = args.x[at(u)] - x, dy = args.y[at(u)] - y;
    const float length = std::sqrt(dx * dx + dy * dy);
    force.x += dx * length;
    force.y += dy * length;
  }
}

Force force_on(const SpringArgs& args, NodeID v) {
  Force force = {-kRepulsion * args.field_x[at(v)] - args.gravity * args.x[at(v)],
                 -kRepulsion * args.field_y[at(v)] - args.gravity * args.y[at(v)]};
  add_pulls(args, v, args.graph.out_neigh(v), force);
  if (args.graph.directed()) add_pulls(args, v, args.graph.in_neigh(v), force);
  return force;
}

double edge_length(std::span<const float> x, std::span<const float> y, NodeID u, NodeID v) {
  const double dx = double{x[at(u)]} - x[at(v)], dy = double{y[at(u)]} - y[at(v)];
  return std::sqrt(dx * dx + dy * dy);
}

// Each edge once, self loops left out.
template <class Visit>
void for_edges(const GraphView& graph, Visit&& visit) {
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    for (const NodeID v : graph.out_neigh(u)) {
      if (graph.directed() ? u != v : u < v) visit(u, v);
    }
  }
}

}  // namespace

std::int64_t spring_chunks(std::int64_t num_nodes) { return (num_nodes + kChunk - 1) / kChunk; }

double move_along_forces(const SpringArgs& args, Parallel& parallel) {
  parallel.for_range(
      args.graph.num_nodes(), kChunk, [&](std::int64_t begin, std::int64_t end, int) {
        double energy = 0;
        for (auto v = static_cast<NodeID>(begin); v < static_cast<NodeID>(end); ++v) {
          const Force force = force_on(args, v);
          const double squared = double{force.x} * force.x + double{force.y} * force.y;
          energy += squared;
          const auto scale =
              squared > 0 ? static_cast<float>(args.step / std::sqrt(squared)) : 0.0f;
          args.next_x[at(v)] = args.x[at(v)] + scale * force.x;
          args.next_y[at(v)] = args.y[at(v)] + scale * force.y;
        }
        args.chunk_energy[at(begin / kChunk)] = energy;
      });
  double energy = 0;
  for (const double chunk : args.chunk_energy) energy += chunk;
  return energy;
}

double balanced_scale(const GraphView& graph, std::span<const float> x, std::span<const float> y) {
  double pull = 0;
  for_edges(graph, [&](NodeID u, NodeID v) {
    const double length = edge_length(x, y, u, v);
    pull += length * length * length;
  });
  const double nodes = graph.num_nodes();
  const double push = double{kRepulsion} * nodes * (nodes - 1) / 2;
  if (!(pull > 0) || !(push > 0)) return 1;
  // The cube root by Newton's method: libm's differs between machines.
  const double cube = push / pull;
  double root = cube > 1 ? cube : 1;
  for (int i = 0; i < 200; ++i) root = (2 * root + cube / (root * root)) / 3;
  return root;
}

double mean_edge_length(const GraphView& graph, std::span<const float> x,
                        std::span<const float> y) {
  double sum = 0, count = 0;
  for_edges(graph, [&](NodeID u, NodeID v) {
    sum += edge_length(x, y, u, v);
    ++count;
  });
  return count > 0 ? sum / count : 0;
}

}  // namespace quadrille
