#include "kernels/components.h"

#include <algorithm>
#include <memory>

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
using ComponentVectors = testing::LabelColumns<ComponentsColumns>;

// Smallest user ids spread along edges until nothing changes.
std::vector<NodeID> naive_components(const GraphView& graph) {
  std::vector<NodeID> label;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) label.push_back(graph.user_id(v));
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeID u = 0; u < graph.num_nodes(); ++u) {
      for (const NodeID v : graph.out_neigh(u)) {
        const NodeID least = std::min(label[at(u)], label[at(v)]);
        changed = changed || label[at(u)] != least || label[at(v)] != least;
        label[at(u)] = label[at(v)] = least;
      }
    }
  }
  return label;
}

TEST(Components, EveryMachineGivesTheNaiveAnswerAfterTheSameSteps) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    const std::vector<NodeID> expected = naive_components(graph);
    std::vector<ComponentVectors> steps;
    std::int64_t edges = -1;
    testing::for_each_machine([&](Machine& machine) {
      ComponentVectors columns(graph.num_nodes());
      Components components = machine.make<Components>(graph);
      components.start(columns.spans());
      for (std::size_t step = 0; !components.finished(); ++step) {
        const ComponentVectors before = columns;
        components.step(columns.spans());
        if (step == steps.size()) steps.push_back(columns);
        ASSERT_TRUE(columns == steps[step]) << "step " << step;
        for (NodeID v = 0; v < graph.num_nodes(); ++v) {
          ASSERT_EQ(columns.is_active(v), columns.label[at(v)] != before.label[at(v)]);
        }
      }
      EXPECT_EQ(columns.label, expected);
      if (edges == -1) edges = components.edges_examined();
      EXPECT_EQ(components.edges_examined(), edges);
      ComponentVectors whole(graph.num_nodes());
      for (int run = 0; run < 2; ++run) {
        components.run(whole.spans());
        EXPECT_EQ(whole.label, expected);
        EXPECT_EQ(whole.active, std::vector<std::uint64_t>(whole.active.size(), 0));
        EXPECT_EQ(components.edges_examined(), edges);
      }
      EXPECT_EQ(verify_components(graph, columns.label).message(), "");
    });
    EXPECT_LE(steps.size(), 3u);
  }
}

// Few arcs a node and many, as the kernel tells them apart; in one part and in hundreds.
TEST(Components, AnyGraphGetsTheNaiveLabelsOnAnyNumberOfThreads) {
  std::vector<std::unique_ptr<Machine>> machines;
  for (const int threads : {1, 2, 3, 8}) machines.push_back(std::make_unique<Machine>(threads));
  Random random(11);
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    const auto nodes = static_cast<NodeID>(1 + random.next_below(500));
    const std::int64_t edges = nodes * static_cast<std::int64_t>(random.next_below(30)) / 6;
    const Graph graph = testing::random_graph({.nodes = nodes,
                                               .edges = edges,
                                               .directed = seed % 2 == 1,
                                               .hubs = seed % 3 == 1,
                                               .reordered = seed % 5 == 1},
                                              seed);
    SCOPED_TRACE(std::to_string(nodes) + " nodes, " + std::to_string(edges) + " edges");
    const std::vector<NodeID> expected = naive_components(graph.view());
    for (const auto& machine : machines) {
      ComponentVectors columns(nodes);
      ASSERT_TRUE(machine->run(run_components, graph.view(), columns.spans()).is_ok());
      EXPECT_EQ(columns.label, expected) << machine->parallel.num_workers();
    }
  }
}

// Of few arcs a node and of many, larger than what a worker takes at once.
TEST(Components, GraphsOfManyChunksGetTheNaiveLabelsOnAnyNumberOfThreads) {
  std::uint64_t seed = 1;
  for (const std::int64_t edges : {50'000, 60'000, 150'000, 160'000}) {
    for (const bool directed : {false, true}) {
      const Graph graph = testing::random_graph({.nodes = 50'000,
                                                 .edges = edges,
                                                 .directed = directed,
                                                 .hubs = edges == 160'000,
                                                 .reordered = edges == 60'000},
                                                seed++);
      SCOPED_TRACE(std::to_string(edges) + (directed ? " arcs" : " edges"));
      const std::vector<NodeID> expected = naive_components(graph.view());
      for (const int threads : {2, 8}) {
        Machine machine(threads);
        ComponentVectors columns(50'000);
        ASSERT_TRUE(machine.run(run_components, graph.view(), columns.spans()).is_ok());
        EXPECT_EQ(columns.label, expected) << threads;
      }
    }
  }
}

// No part is a giant whose arcs could be left out, and the ids of each are spread over all.
TEST(Components, ManyDensePartsOfOneSizeAreTakenApart) {
  constexpr NodeID kParts = 9, kNodes = 4000 * kParts;
  Random random(4);
  std::vector<Edge> edges;
  for (std::int64_t i = 0; i < 8 * kNodes; ++i) {
    const auto u = static_cast<NodeID>(random.next_below(kNodes));
    const auto v = static_cast<NodeID>(random.next_below(kNodes / kParts)) * kParts + u % kParts;
    edges.push_back({u, v, 1});
  }
  for (const bool directed : {false, true}) {
    const Graph graph = build_graph(edges, {.directed = directed, .num_nodes = kNodes}).value();
    Machine machine(3);
    ComponentVectors columns(kNodes);
    ASSERT_TRUE(machine.run(run_components, graph.view(), columns.spans()).is_ok());
    for (NodeID v = 0; v < kNodes; ++v) ASSERT_EQ(columns.label[at(v)], v % kParts);
  }
}

// Ids against the direction of the chain, and at random along it: the deepest forests. `reach` 1
// makes few arcs a node, 3 many.
TEST(Components, LongChainsInAnyOrderOfIdsBecomeOnePart) {
  constexpr NodeID kNodes = 50000;
  Random random(5);
  std::vector<NodeID> order(kNodes);
  for (NodeID i = 0; i < kNodes; ++i) order[at(i)] = kNodes - 1 - i;
  for (const bool shuffled : {false, true}) {
    for (NodeID i = kNodes - 1; shuffled && i > 0; --i) {
      std::swap(order[at(i)], order[random.next_below(static_cast<std::uint32_t>(i + 1))]);
    }
    for (const NodeID reach : {1, 3}) {
      std::vector<Edge> edges;
      for (NodeID i = 0; i < kNodes; ++i) {
        for (NodeID next = i + 1; next <= i + reach && next < kNodes; ++next)
          edges.push_back({order[at(i)], order[at(next)], 1});
      }
      const Graph graph = build_graph(edges, {.directed = true}).value();
      Machine machine = best_machine(3);
      ComponentVectors columns(kNodes);
      ASSERT_TRUE(machine.run(run_components, graph.view(), columns.spans()).is_ok());
      EXPECT_EQ(std::count(columns.label.begin(), columns.label.end(), 0), kNodes);
    }
  }
}

// Six long chains of trees that several workers shorten at once: what one has settled, another that
// passes by must leave settled. (Which of them comes first is left to chance, so often.)
TEST(Components, NodesThatAreSettledStaySoWhileOthersPassThem) {
  constexpr NodeID kNodes = 100000;
  std::vector<Edge> edges;
  for (NodeID v = 0; v < kNodes; ++v) {
    for (NodeID below = v - 1; below >= 0 && below >= v - 6; --below)
      edges.push_back({v, below, 1});
  }
  const Graph graph = build_graph(edges, {.directed = true}).value();
  Machine machine = best_machine(4);
  Components components = machine.make<Components>(graph.view());
  ComponentVectors columns(kNodes);
  for (int run = 0; run < 25; ++run) {
    components.run(columns.spans());
    ASSERT_EQ(std::count(columns.label.begin(), columns.label.end(), 0), kNodes) << run;
  }
}

// The arcs of the first nodes build a chain of trees, each hung below the next; those of all
// others lead to its far end. Walked anew for each of them it would take 4e11 steps: the test would
// not come to its end. One worker sweeps along the ids; of several, each has a range of them, which
// holds no arc whole, so that all arcs are joined afterwards, by all workers at once.
TEST(Components, AChainOfTreesIsNotWalkedAnewForEveryNode) {
  constexpr NodeID kChain = 600000, kOthers = 600000;
  std::vector<Edge> edges;
  for (NodeID k = 1; k < kChain; ++k) {
    edges.push_back({kChain + k, kChain - k, 1});
    edges.push_back({kChain + k, kChain - k + 1, 1});
  }
  for (NodeID other = 2 * kChain; other < 2 * kChain + kOthers; ++other) {
    edges.push_back({other, 0, 1});
    edges.push_back({other, kChain, 1});
  }
  const Graph graph = build_graph(edges, {.directed = true}).value();
  for (const int threads : {1, 3}) {
    Machine machine(threads);
    ComponentVectors columns(graph.view().num_nodes());
    ASSERT_TRUE(machine.run(run_components, graph.view(), columns.spans()).is_ok());
    EXPECT_EQ(verify_components(graph.view(), columns.label).message(), "");
  }
}

TEST(Components, MostArcsOfAGiantComponentAreNeverLookedAt) {
  for (const bool directed : {false, true}) {
    const Graph graph =
        testing::random_graph({.nodes = 4000, .edges = 80000, .directed = directed}, 2);
    Machine machine(2);
    ComponentVectors columns(4000);
    Components components = machine.make<Components>(graph.view());
    components.start(columns.spans());
    run_to_end(components, columns);
    EXPECT_LT(components.edges_examined(), graph.view().num_arcs() / 5) << directed;
    components.run(columns.spans());
    EXPECT_LT(components.edges_examined(), graph.view().num_arcs() / 5) << directed;
  }
}

TEST(Components, AStepAfterTheEndOnlyClearsActive) {
  const Graph graph = testing::chain_graph(100, 1, false);
  Machine machine(1);
  ComponentVectors columns(100);
  ASSERT_TRUE(machine.run(run_components, graph.view(), columns.spans()).is_ok());
  Components components = machine.make<Components>(graph.view());
  components.start(columns.spans());
  run_to_end(components, columns);
  const std::vector<NodeID> label = columns.label;
  components.step(columns.spans());
  EXPECT_EQ(columns.label, label);
  EXPECT_EQ(columns.active, std::vector<std::uint64_t>(2, 0));
}

}  // namespace
}  // namespace quadrille
