#include "kernels/sssp.h"

#include <algorithm>
#include <set>

#include "kernels/path_search.h"
#include "kernels/verify.h"
#include "tests/kernels/naive_paths.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::best_machine;
using testing::Machine;
using testing::naive_distances;
using testing::naive_parents;
using testing::NamedGraph;
using testing::run_to_end;
using testing::wave_graphs;
using SsspVectors = testing::PathColumns<SsspColumns, PathLength>;

std::vector<NodeID> first_and_last(const GraphView& graph) {
  if (graph.num_nodes() == 0) return {};
  return {0, graph.num_nodes() - 1};
}

TEST(Sssp, EveryMachineGivesTheNaiveAnswerOnEveryGraph) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    for (const NodeID source : first_and_last(graph)) {
      const auto distance = naive_distances(graph, graph.internal_id(source));
      const auto parent = naive_parents(graph, graph.internal_id(source), distance);
      testing::for_each_machine([&](Machine& machine) {
        SsspVectors columns(graph.num_nodes());
        ASSERT_TRUE(machine.run(run_sssp, graph, source, 0, columns.spans()).is_ok());
        EXPECT_EQ(columns.distance, distance);
        EXPECT_EQ(columns.parent, parent);
      });
    }
  }
}

TEST(Sssp, AnyDeltaGivesTheSameAnswer) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    if (graph.num_nodes() == 0) continue;
    const auto distance = naive_distances(graph, 0);
    const auto parent = naive_parents(graph, 0, distance);
    for (const std::int64_t delta :
         {std::int64_t{1}, std::int64_t{7}, std::int64_t{4096}, std::int64_t{1} << 50}) {
      Machine machine = best_machine(2);
      SsspVectors columns(graph.num_nodes());
      Sssp sssp = machine.make<Sssp>(graph, delta);
      EXPECT_LE(sssp.delta(), delta);
      sssp.start(0, columns.spans());
      run_to_end(sssp, columns);
      EXPECT_EQ(columns.distance, distance) << "delta " << delta;
      EXPECT_EQ(columns.parent, parent) << "delta " << delta;
    }
  }
}

// The columns after each step, of the first machine; all others must agree.
TEST(Sssp, EachStepGivesTheSameColumnsOnEveryMachineAndNamesWhatItChanged) {
  for (const NamedGraph& named : wave_graphs()) {
    const GraphView& graph = named.graph.view();
    if (graph.num_nodes() == 0 || graph.num_nodes() > 5000) continue;
    SCOPED_TRACE(named.name);
    std::vector<SsspVectors> expected;
    testing::for_each_machine([&](Machine& machine) {
      SsspVectors columns(graph.num_nodes());
      Sssp sssp = machine.make<Sssp>(graph, 0);
      sssp.start(0, columns.spans());
      const bool first = expected.empty();
      std::size_t steps = 0;
      for (; !sssp.finished(); ++steps) {
        const SsspVectors before = columns;
        sssp.step(columns.spans());
        if (first && steps < 200) expected.push_back(columns);
        if (steps < expected.size()) {
          ASSERT_TRUE(columns == expected[steps]) << "step " << steps;
        }
        const std::set<NodeID> changed(sssp.changed().begin(), sssp.changed().end());
        for (NodeID v = 0; v < graph.num_nodes() && steps < 200; ++v) {
          const bool lowered = columns.distance[at(v)] != before.distance[at(v)];
          ASSERT_EQ(columns.is_active(v), lowered);
          const bool touched =
              lowered || before.is_active(v) || columns.parent[at(v)] != before.parent[at(v)];
          if (sssp.sparse() && touched) {
            ASSERT_TRUE(changed.contains(v));
          }
        }
      }
    });
  }
}

// One heavy arc after another among light ones: buckets as narrow as the light ones want would be
// filled again for each.
// One bucket as wide as a heavy arc would hold the whole grid, and relax it forty times over.
TEST(Sssp, FewVeryHeavyArcsDoNotDecideTheWidthOfTheBuckets) {
  constexpr NodeID kSide = 150;
  for (const int heavy : {0, 1, 100}) {
    Random random(3);
    std::vector<Edge> edges;
    for (NodeID v = 0; v < kSide * kSide; ++v) {
      if ((v + 1) % kSide != 0)
        edges.push_back({v, v + 1, static_cast<Weight>(1 + random.next_below(100))});
      if (v + kSide < kSide * kSide)
        edges.push_back({v, v + kSide, static_cast<Weight>(1 + random.next_below(100))});
    }
    for (int i = 0; i < heavy; ++i)
      edges[random.next_below(static_cast<std::uint32_t>(edges.size()))].w = 2147483647;
    const Graph graph = build_graph(edges, {.weighted = true}).value();
    Machine machine(1);
    SsspVectors columns(graph.view().num_nodes());
    Sssp sssp = machine.make<Sssp>(graph.view(), 0);
    EXPECT_EQ(sssp.delta(), 64) << heavy;
    sssp.start(0, columns.spans());
    run_to_end(sssp, columns);
    EXPECT_LT(sssp.edges_examined(), 2 * graph.view().num_arcs()) << heavy;
    EXPECT_EQ(verify_sssp(graph.view(), 0, columns.distance, columns.parent).message(), "");
  }
}

TEST(Sssp, FewHeavyArcsAmongLightOnesWidenTheBuckets) {
  constexpr NodeID kHeavy = 2000;
  std::vector<Edge> edges;
  for (NodeID v = 0; v < kHeavy; ++v) edges.push_back({v, v + 1, 1 << 30});
  for (NodeID v = kHeavy; v < 40000; ++v) edges.push_back({v, v + 1, 1});
  const Graph graph = build_graph(edges, {.directed = true, .weighted = true}).value();
  Machine machine(1);
  SsspVectors columns(graph.view().num_nodes());
  Sssp sssp = machine.make<Sssp>(graph.view(), 1);
  sssp.start(0, columns.spans());
  const std::int64_t steps = run_to_end(sssp, columns);
  EXPECT_GT(sssp.delta(), 1);
  EXPECT_LT(steps, 40000);
  EXPECT_EQ(columns.distance, naive_distances(graph.view(), 0));
}

// Each node of the fan is lowered again and again, in distances that fall: more entries than the
// pool holds.
TEST(Sssp, MoreEntriesThanThePoolHoldsLoseNothing) {
  constexpr NodeID kChain = 300, kFan = 3000;
  std::vector<Edge> edges;
  for (NodeID i = 0; i < kChain; ++i) {
    if (i + 1 < kChain) edges.push_back({i, i + 1, 1});
    for (NodeID k = 0; k < kFan; ++k) edges.push_back({i, kChain + k, 100000 - 300 * i});
  }
  const Graph graph = build_graph(edges, {.directed = true, .weighted = true}).value();
  const auto distance = naive_distances(graph.view(), 0);
  const auto parent = naive_parents(graph.view(), 0, distance);
  for (const std::int64_t delta : {std::int64_t{1} << 10, std::int64_t{1} << 20}) {
    for (const int threads : {1, 3}) {
      Machine machine = best_machine(threads);
      SsspVectors columns(graph.view().num_nodes());
      ASSERT_TRUE(machine.run(run_sssp, graph.view(), 0, delta, columns.spans()).is_ok());
      EXPECT_EQ(columns.distance, distance);
      EXPECT_EQ(columns.parent, parent);
    }
  }
}

TEST(Sssp, SearchesAgainInTheSameScratchMemory) {
  const Graph graph = testing::random_graph(
      {.nodes = 2000, .edges = 8000, .directed = true, .weighted = true, .max_weight = 9}, 5);
  Machine machine = best_machine(3);
  SsspVectors columns(2000);
  Sssp sssp = machine.make<Sssp>(graph.view(), 0);
  for (const NodeID source : {0, 17, 1999, 0}) {
    sssp.start(source, columns.spans());
    run_to_end(sssp, columns);
    const auto distance = naive_distances(graph.view(), source);
    EXPECT_EQ(columns.distance, distance);
    EXPECT_EQ(columns.parent, naive_parents(graph.view(), source, distance));
  }
}

Status run_on(const Graph& graph, NodeID source, std::int64_t delta) {
  Machine machine(2);
  SsspVectors columns(graph.view().num_nodes());
  return machine.run(run_sssp, graph.view(), source, delta, columns.spans());
}

TEST(Sssp, WhatCannotBeSearchedIsSaidInASentence) {
  const Graph chain = testing::chain_graph(10, 1, false);
  EXPECT_EQ(run_on(chain, 10, 0).message(), "source 10 is out of range: the graph has 10 nodes");
  EXPECT_EQ(run_on(chain, 0, -3).message(),
            "delta is -3; it must be 1 or more, or 0 to have one chosen");
  const std::vector<Edge> real = {real_edge(0, 1, 0.5f)};
  const Status status = run_on(build_graph(real, {.real_weights = true}).value(), 0, 0);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "the graph has real weights; shortest paths need integers");
}

}  // namespace
}  // namespace quadrille
