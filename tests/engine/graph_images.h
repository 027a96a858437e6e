// Graph images for tests, built the slow and obvious way from a set of edges.
#pragma once

#include <gtest/gtest.h>
#include <quadrille/graph.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "engine/graph_image.h"
#include "engine/region.h"

namespace quadrille {

struct EdgeSet {
  std::int64_t num_nodes = 0;
  bool directed = false;
  bool weighted = false;
  std::map<std::pair<NodeID, NodeID>, Weight> arcs;  // undirected: both arcs stand here

  void insert(NodeID u, NodeID v, Weight w = 1) {
    arcs[{u, v}] = w;
    if (!directed) arcs[{v, u}] = w;
  }
  void erase(NodeID u, NodeID v) {
    arcs.erase({u, v});
    if (!directed) arcs.erase({v, u});
  }
};

namespace detail {

inline void fill_lists(const EdgeSet& set, std::byte* image, const HeaderSlab& header,
                       std::uint32_t first, bool transposed) {
  std::vector<std::pair<std::pair<NodeID, NodeID>, Weight>> arcs(set.arcs.begin(), set.arcs.end());
  if (transposed) {
    for (auto& arc : arcs) std::swap(arc.first.first, arc.first.second);
    std::sort(arcs.begin(), arcs.end());
  }
  const auto at = [&](std::uint32_t name) { return image + header.slabs[name].offset; };
  auto* blocks = reinterpret_cast<NodeBlock*>(at(first));
  auto* records = reinterpret_cast<NodeRecord*>(at(first + 1));
  auto* targets = reinterpret_cast<NodeID*>(at(first + 2));
  auto* weights = reinterpret_cast<Weight*>(at(first + 3));
  std::size_t next = 0;
  for (std::int64_t u = 0; u < set.num_nodes; ++u) {
    NodeBlock& block = blocks[u >> kNodeBlockShift];
    if (u % kNodeBlockSize == 0) block = {u, static_cast<EdgeOffset>(next)};
    records[u] = {static_cast<std::uint32_t>(static_cast<EdgeOffset>(next) - block.edge_base), 0, 0,
                  0};
    for (; next < arcs.size() && arcs[next].first.first == u; ++next) {
      targets[next] = arcs[next].first.second;
      if (set.weighted) weights[next] = arcs[next].second;
      ++records[u].out_degree;
    }
  }
}

}  // namespace detail

// In a region of its own, so that it stands on a page.
inline Region make_image(const EdgeSet& set, bool decorated = false, const NodeNames& names = {}) {
  GraphImageShape shape;
  shape.num_nodes = set.num_nodes;
  shape.num_arcs = static_cast<EdgeOffset>(set.arcs.size());
  shape.num_edges = shape.num_arcs;
  shape.directed = set.directed;
  shape.weighted = set.weighted;
  shape.has_coordinates = shape.reordered = decorated;
  shape.set_names(names);
  if (!set.directed) {
    for (const auto& [arc, weight] : set.arcs) shape.num_edges += arc.first == arc.second;
    shape.num_edges /= 2;
  }
  const HeaderSlab header = plan_graph_image(shape);
  auto reserved = Region::reserve(static_cast<std::size_t>(header.image_bytes));
  EXPECT_TRUE(reserved.is_ok());
  Region region = std::move(reserved).value();
  EXPECT_TRUE(region.commit(region.capacity()).is_ok());
  std::memcpy(region.base(), &header, sizeof(header));
  detail::fill_lists(set, region.base(), header, kSlabBlockTable, false);
  if (set.directed) detail::fill_lists(set, region.base(), header, kSlabInBlockTable, true);
  write_names(names, region.base(), header);
  for (NodeID u = 0; decorated && u < set.num_nodes; ++u) {  // user ids backwards
    const auto last = static_cast<NodeID>(set.num_nodes) - 1;
    const auto place = [&](SlabName name) { return region.base() + header.slabs[name].offset; };
    reinterpret_cast<float*>(place(kSlabX))[u] = static_cast<float>(u);
    reinterpret_cast<float*>(place(kSlabY))[u] = -1.5f;
    reinterpret_cast<NodeID*>(place(kSlabUserIds))[u] = last - u;
    reinterpret_cast<NodeID*>(place(kSlabInternalIds))[u] = last - u;
  }
  return region;
}

// A fixed pseudo-random sequence: tests see the same graphs on every machine.
class TestRandom {
 public:
  explicit TestRandom(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::uint32_t below(std::uint32_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::uint32_t>((state_ >> 33) % bound);
  }

 private:
  std::uint64_t state_;
};

inline EdgeSet random_edges(std::uint32_t num_nodes, int num_edges, bool directed, bool weighted,
                            std::uint64_t seed) {
  EdgeSet set{num_nodes, directed, weighted, {}};
  TestRandom random(seed);
  for (int i = 0; i < num_edges; ++i) {
    const auto u = static_cast<NodeID>(random.below(num_nodes));
    const auto v = static_cast<NodeID>(random.below(num_nodes));
    set.insert(u, v, weighted ? static_cast<Weight>(random.below(100)) : 1);
  }
  return set;
}

}  // namespace quadrille
