// Inputs for tests that run every scene: made here, from integers alone, so that golden hashes
// depend on nothing else.
#pragma once

#include <cstdint>
#include <string_view>

#include <quadrille/graph_builder.h>
#include <quadrille/scene.h>

namespace quadrille::test {

// SplitMix64 (Steele, Lea, Flood. Fast splittable pseudorandom number generators. OOPSLA 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }
  float unit() { return static_cast<float>(next() >> 40) * 0x1p-24f; }

 private:
  std::uint64_t state_;
};

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
    edge = {static_cast<NodeID>(random.below(nodes)), static_cast<NodeID>(random.below(nodes)),
            static_cast<Weight>(1 + random.below(255))};
  }
  return graph_input(build_graph(edges, {.weighted = true, .num_nodes = nodes}).value());
}

// A square lattice with coordinates: long waves, and positions to draw.
inline SceneInput grid_graph(NodeID side) {
  std::vector<Edge> edges;
  std::vector<float> x, y;
  for (NodeID row = 0; row < side; ++row) {
    for (NodeID column = 0; column < side; ++column) {
      const NodeID v = row * side + column;
      if (column + 1 < side) edges.push_back({v, v + 1, 1});
      if (row + 1 < side) edges.push_back({v, v + side, 1});
      x.push_back(static_cast<float>(column)), y.push_back(static_cast<float>(row));
    }
  }
  return graph_input(build_graph(edges, {.num_nodes = side * side, .x = x, .y = y}).value());
}

inline SceneInput random_points(std::int64_t count, std::uint64_t seed = 1) {
  Random random(seed);
  SceneInput input;
  input.has_points = true;
  for (std::int64_t i = 0; i < count; ++i) {
    input.points.x.push_back(random.unit());
    input.points.y.push_back(random.unit());
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

}  // namespace quadrille::test
