#include "kernels/components.h"

#include <algorithm>

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
using Columns = testing::LabelColumns<ComponentsColumns>;

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
    std::vector<Columns> steps;
    std::int64_t edges = -1;
    testing::for_each_machine([&](Machine& machine) {
      Columns columns(graph.num_nodes());
      Components components = machine.make<Components>(graph);
      components.start(columns.spans());
      for (std::size_t step = 0; !components.finished(); ++step) {
        const Columns before = columns;
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
      EXPECT_EQ(verify_components(graph, columns.label).message(), "");
    });
    EXPECT_LE(steps.size(), 3u);
  }
}

// Ids against the direction of the chain, and at random along it: the deepest forests.
TEST(Components, LongChainsInAnyOrderOfIdsTakeThreeSteps) {
  constexpr NodeID kNodes = 50000;
  Random random(5);
  std::vector<NodeID> order(kNodes);
  for (NodeID i = 0; i < kNodes; ++i) order[at(i)] = kNodes - 1 - i;
  for (const bool shuffled : {false, true}) {
    for (NodeID i = kNodes - 1; shuffled && i > 0; --i) {
      std::swap(order[at(i)], order[random.next_below(static_cast<std::uint32_t>(i + 1))]);
    }
    std::vector<Edge> edges;
    for (NodeID i = 0; i + 1 < kNodes; ++i) edges.push_back({order[at(i)], order[at(i + 1)], 1});
    const Graph graph = build_graph(edges, {.directed = true}).value();
    Machine machine = best_machine(3);
    Columns columns(kNodes);
    ASSERT_TRUE(machine.run(run_components, graph.view(), columns.spans()).is_ok());
    EXPECT_EQ(std::count(columns.label.begin(), columns.label.end(), 0), kNodes);
  }
}

// The second arcs of the first nodes build a chain of trees, each hung below the next; those of all
// others lead to its far end. Walked anew for each of them it would take 1e12 steps: the test would
// not come to its end.
TEST(Components, AChainOfTreesIsNotWalkedAnewForEveryNode) {
  constexpr NodeID kChain = 1000000, kOthers = 1000000;
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
  Machine machine(1);
  Columns columns(graph.view().num_nodes());
  ASSERT_TRUE(machine.run(run_components, graph.view(), columns.spans()).is_ok());
  EXPECT_EQ(verify_components(graph.view(), columns.label).message(), "");
}

TEST(Components, MostArcsOfAGiantComponentAreNeverLookedAt) {
  const Graph graph = testing::random_graph({.nodes = 4000, .edges = 80000}, 2);
  Machine machine(2);
  Columns columns(4000);
  Components components = machine.make<Components>(graph.view());
  components.start(columns.spans());
  run_to_end(components, columns);
  EXPECT_LT(components.edges_examined(), graph.view().num_arcs() / 5);
}

TEST(Components, AStepAfterTheEndOnlyClearsActive) {
  const Graph graph = testing::chain_graph(100, 1, false);
  Machine machine(1);
  Columns columns(100);
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
