#include "kernels/bfs.h"

#include <deque>
#include <set>

#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::best_machine;
using testing::Machine;
using testing::NamedGraph;
using testing::run_to_end;
using testing::wave_graphs;
using BfsVectors = testing::PathColumns<BfsColumns, Distance>;

// The textbook: a queue, one node at a time; parents afterwards.
BfsVectors naive_bfs(const GraphView& graph, NodeID source) {
  BfsVectors answer(graph.num_nodes());
  std::fill(answer.distance.begin(), answer.distance.end(), kDistInf);
  std::deque<NodeID> queue = {source};
  answer.distance[at(source)] = 0;
  while (!queue.empty()) {
    const NodeID u = queue.front();
    queue.pop_front();
    for (const NodeID v : graph.out_neigh(u)) {
      if (answer.distance[at(v)] != kDistInf) continue;
      answer.distance[at(v)] = answer.distance[at(u)] + 1;
      queue.push_back(v);
    }
  }
  std::fill(answer.parent.begin(), answer.parent.end(), kNoParent);
  for (NodeID u = graph.num_nodes() - 1; u >= 0; --u) {
    if (answer.distance[at(u)] == kDistInf) continue;
    for (const NodeID v : graph.out_neigh(u)) {
      if (answer.distance[at(v)] == answer.distance[at(u)] + 1) answer.parent[at(v)] = u;
    }
  }
  answer.parent[at(source)] = source;
  return answer;
}

std::vector<NodeID> some_sources(const GraphView& graph) {
  const NodeID nodes = graph.num_nodes();
  if (nodes == 0) return {};
  return {0, nodes / 2, nodes - 1};
}

TEST(Bfs, EveryMachineGivesTheNaiveAnswerOnEveryGraph) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    for (const NodeID source : some_sources(graph)) {
      const BfsVectors expected = naive_bfs(graph, graph.internal_id(source));
      testing::for_each_machine([&](Machine& machine) {
        BfsVectors columns(graph.num_nodes());
        ASSERT_TRUE(machine.run(run_bfs, graph, source, columns.spans()).is_ok());
        EXPECT_EQ(columns.distance, expected.distance);
        EXPECT_EQ(columns.parent, expected.parent);
      });
    }
  }
}

TEST(Bfs, EachStepReachesOneLevelAndNamesWhatItChanged) {
  for (const NamedGraph& named : wave_graphs()) {
    const GraphView& graph = named.graph.view();
    if (graph.num_nodes() == 0) continue;
    SCOPED_TRACE(named.name);
    const BfsVectors expected = naive_bfs(graph, 0);
    testing::for_each_machine([&](Machine& machine) {
      BfsVectors columns(graph.num_nodes());
      Bfs bfs = machine.make<Bfs>(graph);
      bfs.start(0, columns.spans());
      for (Distance level = 1; !bfs.finished() && level < 100; ++level) {
        bfs.step(columns.spans());
        const std::set<NodeID> changed(bfs.changed().begin(), bfs.changed().end());
        for (NodeID v = 0; v < graph.num_nodes(); ++v) {
          const bool reached =
              expected.distance[at(v)] != kDistInf && expected.distance[at(v)] <= level;
          ASSERT_EQ(columns.distance[at(v)], reached ? expected.distance[at(v)] : kDistInf);
          ASSERT_EQ(columns.parent[at(v)], reached ? expected.parent[at(v)] : kNoParent);
          const bool active = (columns.active[at(v >> 6)] & bit_of(v)) != 0;
          ASSERT_EQ(active, expected.distance[at(v)] == level);
          if (bfs.sparse()) {
            ASSERT_EQ(changed.contains(v), active);
          }
        }
      }
    });
  }
}

TEST(Bfs, BothDirectionsAreTaken) {
  const Graph graph = testing::random_graph({.nodes = 5000, .edges = 60000, .hubs = true}, 3);
  Machine machine(2);
  BfsVectors columns(5000);
  Bfs bfs = machine.make<Bfs>(graph.view());
  bfs.start(4999, columns.spans());
  bool sparse = false, dense = false;
  while (!bfs.finished()) {
    bfs.step(columns.spans());
    (bfs.sparse() ? sparse : dense) = true;
  }
  EXPECT_TRUE(sparse);
  EXPECT_TRUE(dense);
  EXPECT_GT(bfs.edges_examined(), 0);
  EXPECT_LT(bfs.edges_examined(), graph.view().num_arcs());  // bottom-up stops at the first parent
}

// Both arcs of each edge as a directed graph, or the edges themselves.
Graph lattice(NodeID width, NodeID height, bool directed) {
  std::vector<Edge> edges;
  const auto join = [&](NodeID u, NodeID v) {
    edges.push_back({u, v, 1});
    if (directed) edges.push_back({v, u, 1});
  };
  for (NodeID v = 0; v < width * height; ++v) {
    if (v % width + 1 < width) join(v, v + 1);
    if (v + width < width * height) join(v, v + width);
  }
  return build_graph(edges, {.directed = directed}).value();
}

TEST(Bfs, WorkersThatShareManySmallLevelsGiveTheNaiveAnswer) {
  for (const bool directed : {false, true}) {
    const Graph graph = lattice(150, 90, directed);  // frontiers of more than a chunk
    const NodeID source = 70 * 150 + 40;
    const BfsVectors expected = naive_bfs(graph.view(), source);
    testing::for_each_machine([&](Machine& machine) {
      BfsVectors columns(graph.view().num_nodes());
      Bfs bfs = machine.make<Bfs>(graph.view());
      bfs.run(source, columns.spans());
      EXPECT_EQ(columns.distance, expected.distance);
      EXPECT_EQ(columns.parent, expected.parent);
      // Two workers may list the same node.
      EXPECT_GE(bfs.reached(), 150 * 90);
      EXPECT_LE(bfs.reached(), 2 * 150 * 90);
      EXPECT_GE(bfs.edges_examined(), graph.view().num_arcs());
    });
  }
}

// A few nodes that lead to all: their many arcs lead to the same nodes, most of which are known.
TEST(Bfs, ALargeLevelIsExpandedWhereThatCostsLessThanToLookForIt) {
  std::vector<Edge> edges;
  for (NodeID hub = 1; hub < 100; ++hub) {
    for (NodeID v = 0; v < 20; ++v) edges.push_back({hub, 100 + v * 37, 1});
  }
  for (NodeID hub = 1; hub < 100; ++hub) edges.push_back({0, hub, 1});
  for (NodeID v = 5000; v + 1 < 40000; ++v) edges.push_back({v, v + 1, 1});  // out of reach
  const Graph graph = build_graph(edges, {.directed = true}).value();
  const BfsVectors expected = naive_bfs(graph.view(), 0);
  testing::for_each_machine([&](Machine& machine) {
    BfsVectors columns(40000);
    Bfs bfs = machine.make<Bfs>(graph.view());
    bfs.start(0, columns.spans());
    run_to_end(bfs, columns);
    EXPECT_EQ(columns.distance, expected.distance);
    EXPECT_EQ(columns.parent, expected.parent);
    EXPECT_EQ(bfs.reached(), 120);
    EXPECT_EQ(bfs.edges_examined(), 99 + 20 * 99);  // each arc once, no node looked at in vain
  });
}

// Layers of many nodes with few arcs, each of which is offered by up to three nodes of different
// chunks.
TEST(Bfs, OfSeveralOffersTheLeastIsKept) {
  constexpr NodeID kLayer = 6000, kLayers = 8;
  std::vector<Edge> edges;
  for (NodeID i = 0; i < kLayer; ++i) {
    edges.push_back({0, 1 + i, 1});
    for (NodeID layer = 1; layer < kLayers; ++layer) {
      const NodeID u = 1 + (layer - 1) * kLayer + i, first = 1 + layer * kLayer;
      for (const NodeID step : {i, kLayer - 1 - i, (i * 7 + 11) % kLayer}) {
        edges.push_back({u, first + step, 1});
      }
    }
  }
  const Graph graph = build_graph(edges, {.directed = true}).value();
  const BfsVectors expected = naive_bfs(graph.view(), 0);
  testing::for_each_machine([&](Machine& machine) {
    BfsVectors columns(graph.view().num_nodes());
    Bfs bfs = machine.make<Bfs>(graph.view());
    for (int run = 0; run < 10; ++run) {  // workers may come late to the first ones
      bfs.run(0, columns.spans());
      ASSERT_EQ(columns.distance, expected.distance);
      ASSERT_EQ(columns.parent, expected.parent);
    }
  });
}

// The last word of bits is not full, and the nodes in it have most of the arcs: whoever gets no
// nodes of his own must not touch it.
TEST(Bfs, WorkersWithoutNodesLeaveTheLastOnesAlone) {
  std::vector<Edge> edges;
  for (NodeID v = 1; v < 2560; ++v) {
    for (NodeID hub = 2560; hub < 2570; ++hub) edges.push_back({v, hub, 1});
    if (v <= 1100) edges.push_back({0, v, 1});
  }
  edges.push_back({0, 2565, 1});
  edges.push_back({2565, 2000, 1});
  const Graph heavy_end = build_graph(edges, {.directed = true}).value();
  const Graph small = testing::random_graph({.nodes = 400, .edges = 8000}, 8);
  for (const Graph* graph : {&heavy_end, &small}) {
    const GraphView& view = graph->view();
    const BfsVectors expected = naive_bfs(view, 0);
    testing::for_each_machine([&](Machine& machine) {
      BfsVectors columns(view.num_nodes());
      ASSERT_TRUE(machine.run(run_bfs, view, 0, columns.spans()).is_ok());
      EXPECT_EQ(columns.distance, expected.distance);
      EXPECT_EQ(columns.parent, expected.parent);
    });
  }
}

TEST(Bfs, AStepAfterTheEndChangesNothing) {
  const Graph graph = testing::chain_graph(10, 1, false);
  Machine machine(1);
  BfsVectors columns(10);
  Bfs bfs = machine.make<Bfs>(graph.view());
  bfs.start(0, columns.spans());
  run_to_end(bfs, columns);
  const BfsVectors end = columns;
  bfs.step(columns.spans());
  EXPECT_EQ(columns, end);
  EXPECT_TRUE(bfs.sparse());
  EXPECT_TRUE(bfs.changed().empty());
}

TEST(Bfs, SearchesAgainInTheSameScratchMemory) {
  const Graph graph =
      testing::random_graph({.nodes = 3000, .edges = 20000, .directed = true, .hubs = true}, 5);
  Machine machine = best_machine(3);
  BfsVectors columns(3000);
  Bfs bfs = machine.make<Bfs>(graph.view());
  for (const NodeID source : {0, 17, 2999, 0}) {
    bfs.start(source, columns.spans());
    run_to_end(bfs, columns);
    const BfsVectors expected = naive_bfs(graph.view(), source);
    EXPECT_EQ(columns.distance, expected.distance);
    EXPECT_EQ(columns.parent, expected.parent);
  }
}

TEST(Bfs, ASourceThatIsNoNodeIsNamed) {
  const Graph graph = testing::chain_graph(10, 1, false);
  Machine machine(1);
  BfsVectors columns(10);
  for (const NodeID source : {-1, 10}) {
    const Status status = machine.run(run_bfs, graph.view(), source, columns.spans());
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(),
              "source " + std::to_string(source) + " is out of range: the graph has 10 nodes");
  }
}

TEST(Bfs, AFullScratchArenaIsAnError) {
  const Graph graph = testing::chain_graph(10000, 1, false);
  Machine machine(1);
  machine.scratch = Arena::create({.capacity_bytes = 20000}).value();
  const auto bfs = Bfs::create(graph.view(), machine.parallel, machine.kernels, machine.scratch);
  EXPECT_EQ(bfs.status().code(), StatusCode::kOutOfMemory);
}

}  // namespace
}  // namespace quadrille
