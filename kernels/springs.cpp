#include "kernels/springs.h"

#include <cmath>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/spring_weights.h"

namespace quadrille {
namespace {

constexpr std::int64_t kNodesATask = 2048;  // nodes a task

struct Force {
  float x, y;
};

template <class Pull>
void add_pulls(const SpringArgs& args, NodeID v, const Adjacency& lists, Pull pull, Force& force) {
  const float x = args.x[at(v)], y = args.y[at(v)];
  const EdgeOffset first = first_edge(lists, v), last = first + node_record(lists, v).out_degree;
  for (EdgeOffset e = first; e < last; ++e) {
    const NodeID u = lists.targets[e];
    const float dx = args.x[at(u)] - x, dy = args.y[at(u)] - y;
    const float strength = pull(lists, e) * std::sqrt(dx * dx + dy * dy);
    force.x += dx * strength;
    force.y += dy * strength;
  }
}

template <class Pull>
Force force_on(const SpringArgs& args, NodeID v, Pull pull) {
  Force force = {-kRepulsion * args.field_x[at(v)] - args.gravity * args.x[at(v)],
                 -kRepulsion * args.field_y[at(v)] - args.gravity * args.y[at(v)]};
  add_pulls(args, v, args.graph.out(), pull, force);
  if (args.graph.directed()) add_pulls(args, v, args.graph.in(), pull, force);
  return force;
}

// Moves nodes [begin, end); returns their energy.
template <class Pull>
double move_nodes(const SpringArgs& args, NodeID begin, NodeID end, Pull pull) {
  double energy = 0;
  for (NodeID v = begin; v < end; ++v) {
    const Force force = force_on(args, v, pull);
    const double squared = double{force.x} * force.x + double{force.y} * force.y;
    energy += squared;
    const auto scale = squared > 0 ? static_cast<float>(args.step / std::sqrt(squared)) : 0.0f;
    args.next_x[at(v)] = args.x[at(v)] + scale * force.x;
    args.next_y[at(v)] = args.y[at(v)] + scale * force.y;
  }
  return energy;
}

double edge_length(std::span<const float> x, std::span<const float> y, NodeID u, NodeID v) {
  const double dx = double{x[at(u)]} - x[at(v)], dy = double{y[at(u)]} - y[at(v)];
  return std::sqrt(dx * dx + dy * dy);
}

}  // namespace

std::int64_t spring_chunks(std::int64_t num_nodes) { return chunks_of(num_nodes, kNodesATask); }

double move_along_forces(const SpringArgs& args, Parallel& parallel) {
  with_pulls(args.graph, args.weight_scale, [&](auto pull) {
    parallel.for_range(
        args.graph.num_nodes(), kNodesATask, [&](std::int64_t begin, std::int64_t end, int) {
          args.chunk_energy[at(begin / kNodesATask)] =
              move_nodes(args, static_cast<NodeID>(begin), static_cast<NodeID>(end), pull);
        });
  });
  double energy = 0;
  for (const double chunk : args.chunk_energy) energy += chunk;
  return energy;
}

double balanced_scale(const GraphView& graph, double weight_scale, std::span<const float> x,
                      std::span<const float> y) {
  double pulls = 0;
  with_pulls(graph, weight_scale, [&](auto pull) {
    for_edges(graph, [&](NodeID u, NodeID v, EdgeOffset e) {
      const double length = edge_length(x, y, u, v);
      pulls += double{pull(graph.out(), e)} * length * length * length;
    });
  });
  const double nodes = graph.num_nodes();
  const double pushes = double{kRepulsion} * nodes * (nodes - 1) / 2;
  if (!(pulls > 0) || !(pushes > 0)) return 1;
  // The cube root by Newton's method: libm's differs between machines.
  const double cube = pushes / pulls;
  double root = cube > 1 ? cube : 1;
  for (int i = 0; i < 200; ++i) root = (2 * root + cube / (root * root)) / 3;
  return root;
}

double mean_edge_length(const GraphView& graph, double weight_scale, std::span<const float> x,
                        std::span<const float> y) {
  double sum = 0, count = 0;
  with_pulls(graph, weight_scale, [&](auto pull) {
    for_edges(graph, [&](NodeID u, NodeID v, EdgeOffset e) {
      const double relative = pull(graph.out(), e);
      sum += relative * edge_length(x, y, u, v);
      count += relative;
    });
  });
  return count > 0 ? sum / count : 0;
}

}  // namespace quadrille
