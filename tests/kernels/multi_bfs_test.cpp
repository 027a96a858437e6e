#include "kernels/multi_bfs.h"

#include <algorithm>

#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::Machine;
using testing::NamedGraph;
using testing::wave_graphs;

std::vector<Distance> naive_distances(const GraphView& graph, NodeID source) {
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

struct Columns {
  Columns(NodeID nodes, std::size_t num_sources)
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
Columns expected_columns(const GraphView& graph, std::span<const NodeID> sources) {
  Columns expected(graph.num_nodes(), sources.size());
  std::fill(expected.reached_by.begin(), expected.reached_by.end(), 0);
  std::fill(expected.distance_sum.begin(), expected.distance_sum.end(), 0);
  std::fill(expected.farthest.begin(), expected.farthest.end(), kDistInf);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::vector<Distance> distance = naive_distances(graph, sources[i]);
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

void expect_equal(const Columns& found, const Columns& expected) {
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
      const Columns expected = expected_columns(graph, sources);
      for (const int threads : {1, 3}) {
        Machine machine(threads);
        Columns columns(graph.num_nodes(), sources.size());
        ASSERT_EQ(run_multi_bfs(graph, sources, columns.spans(), machine.parallel, machine.kernels,
                                machine.scratch)
                      .message(),
                  "");
        expect_equal(columns, expected);
      }
    }
  }
}

TEST(MultiBfs, WritesOnlyTheColumnsThatAreWanted) {
  const Graph graph = testing::random_graph({.nodes = 300, .edges = 250}, 9);
  const std::vector<NodeID> sources = spread_sources(300, 5);
  const Columns expected = expected_columns(graph.view(), sources);
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
