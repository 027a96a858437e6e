#include "kernels/multi_bfs.h"

#include <algorithm>
#include <array>
#include <span>

#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::Machine;
using testing::NamedGraph;
using testing::wave_graphs;

std::vector<Distance> naive_hops(const GraphView& graph, NodeID source) {
  std::vector<Distance> distance(at(graph.num_nodes()), kDistInf);
  std::vector<NodeID> queue = {source};
  distance[at(source)] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const NodeID v : graph.out_neigh(queue[i])) {
      if (distance[at(v)] != kDistInf) continue;
      distance[at(v)] = distance[at(queue[i])] + 1;
      queue.push_back(v);
    }
  }
  return distance;
}

struct MultiBfsVectors {
  MultiBfsVectors(NodeID nodes, std::size_t num_sources)
      : distance(at(nodes) * num_sources, 77), reached_by(at(nodes), 77),
        distance_sum(at(nodes), 77), farthest(at(nodes), 77), sources(num_sources) {}
  MultiBfsColumns spans() { return {distance, reached_by, distance_sum, farthest, sources}; }
  std::vector<Distance> distance;
  std::vector<std::int32_t> reached_by;
  std::vector<std::int64_t> distance_sum;
  std::vector<Distance> farthest;
  std::vector<MultiBfsSource> sources;
};

std::vector<NodeID> spread_sources(NodeID nodes, std::int64_t count) {
  std::vector<NodeID> sources;
  for (std::int64_t i = 0; i < count && nodes != 0; ++i)
    sources.push_back(static_cast<NodeID>(i * 7919 % nodes));
  return sources;
}

// Columns as single searches give them.
MultiBfsVectors expected_columns(const GraphView& graph, std::span<const NodeID> sources) {
  MultiBfsVectors expected(graph.num_nodes(), sources.size());
  std::fill(expected.reached_by.begin(), expected.reached_by.end(), 0);
  std::fill(expected.distance_sum.begin(), expected.distance_sum.end(), 0);
  std::fill(expected.farthest.begin(), expected.farthest.end(), kDistInf);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::vector<Distance> distance = naive_hops(graph, sources[i]);
    MultiBfsSource& source = expected.sources[i] = {};
    for (std::size_t v = 0; v < distance.size(); ++v) {
      expected.distance[v * sources.size() + i] = distance[v];
      if (distance[v] == kDistInf) continue;
      ++expected.reached_by[v], ++source.reached;
      expected.distance_sum[v] += distance[v], source.distance_sum += distance[v];
      expected.farthest[v] = std::max(expected.farthest[v], distance[v]);
      source.eccentricity = std::max(source.eccentricity, distance[v]);
    }
  }
  return expected;
}

void expect_equal(const MultiBfsVectors& found, const MultiBfsVectors& expected) {
  EXPECT_EQ(found.distance, expected.distance);
  EXPECT_EQ(found.reached_by, expected.reached_by);
  EXPECT_EQ(found.distance_sum, expected.distance_sum);
  EXPECT_EQ(found.farthest, expected.farthest);
  for (std::size_t i = 0; i < expected.sources.size(); ++i) {
    EXPECT_EQ(found.sources[i].reached, expected.sources[i].reached);
    EXPECT_EQ(found.sources[i].distance_sum, expected.sources[i].distance_sum);
    EXPECT_EQ(found.sources[i].eccentricity, expected.sources[i].eccentricity);
  }
}

TEST(MultiBfs, FindsWhatSingleSearchesFindOnAnyNumberOfThreads) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    for (const std::int64_t count : {1, 70}) {
      if (count == 70 && graph.num_nodes() > 3000) continue;
      SCOPED_TRACE(count);
      const std::vector<NodeID> sources = spread_sources(graph.num_nodes(), count);
      const MultiBfsVectors expected = expected_columns(graph, sources);
      for (const int threads : {1, 3}) {
        Machine machine(threads);
        MultiBfsVectors columns(graph.num_nodes(), sources.size());
        ASSERT_EQ(run_multi_bfs(graph, sources, columns.spans(), machine.parallel, machine.kernels,
                                machine.scratch)
                      .message(),
                  "");
        expect_equal(columns, expected);
      }
    }
  }
}

// The level that several workers push along at once: of more than a thousand nodes, with less than
// a quarter of all arcs.
bool has_wide_push(const GraphView& graph, std::size_t num_sources,
                   std::span<const Distance> distance) {
  std::array<std::int64_t, 8> nodes{}, arcs{};
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    const auto of_v = distance.subspan(at(v) * num_sources, num_sources);
    for (std::size_t level = 0; level < nodes.size(); ++level) {
      if (std::ranges::find(of_v, static_cast<Distance>(level)) == of_v.end()) continue;
      ++nodes[level], arcs[level] += graph.out_degree(v);
    }
  }
  for (std::size_t level = 0; level < nodes.size(); ++level) {
    if (nodes[level] > 1024 && arcs[level] < graph.num_arcs() / 4) return true;
  }
  return false;
}

// Returns the arcs that were counted.
std::int64_t expect_search(const GraphView& graph, std::span<const NodeID> sources,
                           const MultiBfsVectors& expected, int threads) {
  SCOPED_TRACE(threads);
  Machine machine(threads);
  MultiBfsVectors columns(graph.num_nodes(), sources.size());
  MultiBfs bfs = machine.make<MultiBfs>(graph);
  bfs.start(columns.spans());
  bfs.search(sources, 0, columns.spans());
  expect_equal(columns, expected);
  return bfs.edges_examined();
}

// Of few arcs a node, where one search follows the other, and of many. Which worker is faster does
// not change the work that is counted.
TEST(MultiBfs, GraphsOfManyChunksAreSearchedAlikeByAnyNumberOfThreads) {
  const testing::GraphShape sparse = {.nodes = 40'000, .edges = 60'000};
  const testing::GraphShape dense = {.nodes = 20'000, .edges = 110'000};
  const testing::GraphShape directed = {.nodes = 20'000, .edges = 220'000, .directed = true};
  for (const testing::GraphShape& shape : {sparse, dense, directed}) {
    SCOPED_TRACE(shape.edges);
    const Graph graph = testing::random_graph(shape, 8);
    const std::vector<NodeID> sources = spread_sources(shape.nodes, shape.nodes > 20'000 ? 3 : 20);
    const MultiBfsVectors expected = expected_columns(graph.view(), sources);
    EXPECT_TRUE(has_wide_push(graph.view(), sources.size(), expected.distance));
    const std::int64_t arcs = expect_search(graph.view(), sources, expected, 1);
    for (const int threads : {2, 8})
      EXPECT_EQ(expect_search(graph.view(), sources, expected, threads), arcs);
  }
}

TEST(MultiBfs, WritesOnlyTheColumnsThatAreWanted) {
  const Graph graph = testing::random_graph({.nodes = 300, .edges = 250}, 9);
  const std::vector<NodeID> sources = spread_sources(300, 5);
  const MultiBfsVectors expected = expected_columns(graph.view(), sources);
  Machine machine(2);
  std::vector<std::int64_t> sum(300, 77);
  ASSERT_TRUE(run_multi_bfs(graph.view(), sources, {.distance_sum = sum}, machine.parallel,
                            machine.kernels, machine.scratch)
                  .is_ok());
  EXPECT_EQ(sum, expected.distance_sum);
  std::vector<MultiBfsSource> of_sources(5);
  ASSERT_TRUE(run_multi_bfs(graph.view(), sources, {.sources = of_sources}, machine.parallel,
                            machine.kernels, machine.scratch)
                  .is_ok());
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(of_sources[i].distance_sum, expected.sources[i].distance_sum);
}

TEST(MultiBfs, RefusesSourcesThatAreNoNodesAndColumnsOfAnotherSize) {
  const Graph graph = testing::chain_graph(10, 1, false);
  Machine machine(1);
  for (const NodeID source : {-1, 10}) {
    const std::vector<NodeID> sources = {3, source};
    EXPECT_EQ(
        run_multi_bfs(graph.view(), sources, {}, machine.parallel, machine.kernels, machine.scratch)
            .message(),
        "source " + std::to_string(source) + " is out of range: the graph has 10 nodes");
  }
  std::vector<std::int64_t> shorter(9);
  const std::vector<NodeID> sources = {3};
  EXPECT_EQ(run_multi_bfs(graph.view(), sources, {.distance_sum = shorter}, machine.parallel,
                          machine.kernels, machine.scratch)
                .code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
