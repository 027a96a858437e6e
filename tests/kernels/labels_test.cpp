#include "kernels/labels.h"

#include <map>
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
using LabelVectors = testing::LabelColumns<LabelsColumns>;

// One round over all nodes, counted in a map (which iterates from the smallest label on).
std::vector<NodeID> naive_round(const GraphView& graph, const std::vector<NodeID>& last) {
  std::vector<NodeID> next;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    std::map<NodeID, int> counts;
    ++counts[last[at(v)]];
    for (const NodeID u : graph.out_neigh(v)) ++counts[last[at(u)]];
    if (graph.directed()) {
      for (const NodeID u : graph.in_neigh(v)) ++counts[last[at(u)]];
    }
    auto best = counts.begin();
    for (auto it = counts.begin(); it != counts.end(); ++it) {
      if (it->second > best->second) best = it;
    }
    next.push_back(best->first);
  }
  return next;
}

TEST(Labels, EveryRoundEqualsTheNaiveOneOnEveryMachine) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    std::vector<std::vector<NodeID>> rounds(1);
    for (NodeID v = 0; v < graph.num_nodes(); ++v) rounds[0].push_back(graph.user_id(v));
    while (rounds.size() <= Labels::kMaxRounds) {
      rounds.push_back(naive_round(graph, rounds.back()));
      if (rounds.back() == rounds[rounds.size() - 2]) break;
    }
    const std::size_t last = graph.num_nodes() == 0 ? 0 : rounds.size() - 1;
    std::set<std::int64_t> edges;
    testing::for_each_machine([&](Machine& machine) {
      LabelVectors columns(graph.num_nodes());
      Labels labels = machine.make<Labels>(graph);
      labels.start(columns.spans());
      for (std::size_t round = 1; !labels.finished(); ++round) {
        ASSERT_LE(round, last);
        const LabelVectors before = columns;
        labels.step(columns.spans());
        ASSERT_EQ(columns.label, rounds[round]);
        const std::set<NodeID> changed(labels.changed().begin(), labels.changed().end());
        for (NodeID v = 0; v < graph.num_nodes() && round < 12; ++v) {
          ASSERT_EQ(columns.is_active(v), columns.label[at(v)] != before.label[at(v)]);
          if (labels.sparse() && (columns.is_active(v) || before.is_active(v))) {
            ASSERT_TRUE(changed.contains(v));
          }
        }
      }
      EXPECT_EQ(labels.rounds(), static_cast<std::int64_t>(last));
      EXPECT_EQ(verify_labels(graph, columns.label, labels.settled()).message(), "");
      edges.insert(labels.edges_examined());
    });
    EXPECT_EQ(edges.size(), 1u);
  }
}

TEST(Labels, TwoCliquesWithOneEdgeBetweenKeepApart) {
  std::vector<Edge> edges = {{9, 10, 1}};
  for (NodeID u = 0; u < 20; ++u) {
    for (NodeID v = u + 1; v < (u < 10 ? 10 : 20); ++v) edges.push_back({u, v, 1});
  }
  const Graph graph = build_graph(edges).value();
  Machine machine(2);
  LabelVectors columns(20);
  ASSERT_TRUE(machine.run(run_labels, graph.view(), columns.spans()).is_ok());
  for (NodeID v = 0; v < 20; ++v) EXPECT_EQ(columns.label[at(v)], v < 10 ? 0 : 10);
}

TEST(Labels, ALongChainTakesAtMostTheMostRounds) {
  const Graph graph = testing::chain_graph(3000, 1, false);
  Machine machine = best_machine(2);
  LabelVectors columns(3000);
  Labels labels = machine.make<Labels>(graph.view());
  labels.start(columns.spans());
  run_to_end(labels, columns);
  EXPECT_LE(labels.rounds(), Labels::kMaxRounds);
  const std::vector<NodeID> end = columns.label;
  labels.step(columns.spans());
  EXPECT_EQ(columns.label, end);
  EXPECT_EQ(std::set<std::uint64_t>(columns.active.begin(), columns.active.end()),
            std::set<std::uint64_t>{0});
}

// Around the number of labels that fit in registers, and far beyond.
TEST(Labels, StarsOfEverySizeTakeTheSmallestOfTheMostFrequent) {
  for (const NodeID leaves : {1, 7, 8, 13, 14, 15, 16, 17, 31, 32, 33, 500}) {
    std::vector<Edge> edges;
    for (NodeID v = 1; v <= leaves; ++v) edges.push_back({0, v, 1});
    const Graph graph = build_graph(edges).value();
    std::vector<NodeID> expected;
    for (NodeID v = 0; v <= leaves; ++v) expected.push_back(v);
    testing::for_each_machine([&](Machine& machine) {
      LabelVectors columns(leaves + 1);
      Labels labels = machine.make<Labels>(graph.view());
      labels.start(columns.spans());
      labels.step(columns.spans());
      EXPECT_EQ(columns.label, naive_round(graph.view(), expected));
    });
  }
}

}  // namespace
}  // namespace quadrille
