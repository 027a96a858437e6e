// Inputs for tests that run every scene: made here, from integers alone, so that golden hashes
// depend on nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/graph_builder.h>
#include <quadrille/scene.h>

#include "engine/random.h"

namespace quadrille::test {

inline SceneInput graph_input(Graph graph) {
  SceneInput input;
  input.graph = std::move(graph);
  input.has_graph = true;
  return input;
}

// `edges_per_node` random edges a node, weights 1..255; some nodes stay isolated.
inline SceneInput random_graph(NodeID nodes, int edges_per_node, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<Edge> edges(static_cast<std::size_t>(nodes) *
                          static_cast<std::size_t>(edges_per_node));
  for (Edge& edge : edges) {
    const auto u = static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(nodes)));
    const auto v = static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(nodes)));
    edge = {u, v, static_cast<Weight>(1 + random.next_below(255))};
  }
  return graph_input(build_graph(edges, {.weighted = true, .num_nodes = nodes}).value());
}

// A lattice with coordinates, id v in row v / columns: long waves, and positions to draw.
inline SceneInput lattice_graph(NodeID rows, NodeID columns) {
  std::vector<Edge> edges;
  std::vector<float> x, y;
  for (NodeID row = 0; row < rows; ++row) {
    for (NodeID column = 0; column < columns; ++column) {
      const NodeID v = row * columns + column;
      if (column + 1 < columns) edges.push_back({v, v + 1, 1});
      if (row + 1 < rows) edges.push_back({v, v + columns, 1});
      x.push_back(static_cast<float>(column)), y.push_back(static_cast<float>(row));
    }
  }
  return graph_input(build_graph(edges, {.num_nodes = rows * columns, .x = x, .y = y}).value());
}

inline SceneInput grid_graph(NodeID side) { return lattice_graph(side, side); }

inline SceneInput random_points(std::int64_t count, std::uint64_t seed = 1) {
  Random random(seed);
  SceneInput input;
  input.has_points = true;
  for (std::int64_t i = 0; i < count; ++i) {
    input.points.x.push_back(random.next_unit());
    input.points.y.push_back(random.next_unit());
  }
  return input;
}

// What the scene of this name works on, with about `size` nodes, bodies or elements.
inline SceneInput input_for(const SceneEntry& scene, std::int64_t size) {
  if (scene.needs == SceneNeeds::kPoints) return random_points(size);
  if (scene.needs == SceneNeeds::kNothing) return {};
  if (scene.name == "layout") {
    NodeID side = 1;
    while (static_cast<std::int64_t>(side + 1) * (side + 1) <= size) ++side;
    return grid_graph(side);
  }
  return random_graph(static_cast<NodeID>(size), 4);
}

inline std::vector<std::string> scene_names() {
  std::vector<std::string> names;
  for (const SceneEntry& entry : scene_registry()) names.emplace_back(entry.name);
  return names;
}

}  // namespace quadrille::test
