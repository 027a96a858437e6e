#include "kernels/kcore.h"

#include <algorithm>
#include <utility>

#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::Machine;
using testing::NamedGraph;
using testing::wave_graphs;

struct KcoreVectors {
  explicit KcoreVectors(NodeID nodes) : core(at(nodes), 77), active(at(bit_words(nodes)), 77) {}
  KcoreColumns spans() { return {core, active}; }
  bool is_active(NodeID v) const { return (active[at(v >> 6)] & bit_of(v)) != 0; }
  friend bool operator==(const KcoreVectors&, const KcoreVectors&) = default;
  std::vector<std::int32_t> core;
  std::vector<std::uint64_t> active;
};

// The h-index of the neighbours' numbers [Lü et al. 2016], until nothing changes: no peeling.
std::vector<std::int32_t> naive_cores(const GraphView& graph) {
  std::vector<std::int32_t> core(at(graph.num_nodes()), 1 << 30), seen;
  for (bool changed = true; changed;) {
    changed = false;
    for (NodeID v = 0; v < graph.num_nodes(); ++v) {
      seen.clear();
      for (const NodeID u : graph.out_neigh(v)) seen.push_back(u == v ? 0 : core[at(u)]);
      if (graph.directed())
        for (const NodeID u : graph.in_neigh(v)) seen.push_back(u == v ? 0 : core[at(u)]);
      std::sort(seen.rbegin(), seen.rend());
      std::int32_t h = 0;
      while (at(h) < seen.size() && seen[at(h)] > h) ++h;
      changed = changed || core[at(v)] != h;
      core[at(v)] = h;
    }
  }
  return core;
}

TEST(Kcore, EveryNumberOfThreadsGivesTheNaiveAnswerAfterTheSameSteps) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    const std::vector<std::int32_t> expected = naive_cores(graph);
    std::vector<KcoreVectors> steps;
    for (const int threads : {1, 2, 3, 8}) {
      SCOPED_TRACE(threads);
      Machine machine(threads);
      KcoreVectors columns(graph.num_nodes());
      Kcore kcore = Kcore::create(graph, machine.parallel, machine.scratch).value();
      kcore.start(columns.spans());
      std::int32_t last_level = -1;
      for (std::size_t step = 0; !kcore.finished(); ++step) {
        const KcoreVectors before = columns;
        kcore.step(columns.spans());
        EXPECT_GT(kcore.level(), std::exchange(last_level, kcore.level()));
        if (step == steps.size()) steps.push_back(columns);
        ASSERT_TRUE(columns == steps[step]) << "step " << step;
        std::vector<NodeID> changed(kcore.changed().begin(), kcore.changed().end()), due;
        std::sort(changed.begin(), changed.end());
        for (NodeID v = 0; v < graph.num_nodes(); ++v) {
          ASSERT_EQ(columns.is_active(v), columns.core[at(v)] != before.core[at(v)]);
          if (columns.is_active(v) || (step > 0 && before.is_active(v))) due.push_back(v);
        }
        ASSERT_EQ(changed, due);
      }
      EXPECT_EQ(columns.core, expected);
      EXPECT_EQ(kcore.edges_examined(), graph.num_arcs() * (graph.directed() ? 2 : 1));
      EXPECT_EQ(verify_cores(graph, columns.core).message(), "");
      kcore.step(columns.spans());
      EXPECT_EQ(columns.core, expected);
      EXPECT_EQ(columns.active, std::vector<std::uint64_t>(columns.active.size(), 0));
    }
  }
}

// A square with both diagonals, a triangle on it, a tail with a loop at its end, and a lonely node.
TEST(Kcore, LoopsDoNotCountAndArcsInBothDirectionsCountTwice) {
  const std::vector<Edge> edges = {{0, 1, 1}, {0, 2, 1}, {0, 3, 1}, {1, 2, 1}, {1, 3, 1}, {2, 3, 1},
                                   {3, 4, 1}, {4, 2, 1}, {4, 5, 1}, {5, 5, 1}, {6, 6, 1}};
  for (const bool directed : {false, true}) {
    std::vector<Edge> both = edges;
    if (directed) {
      for (const Edge& edge : edges) both.push_back({edge.v, edge.u, 1});
    }
    const Graph graph = build_graph(both, {.directed = directed}).value();
    Machine machine(1);
    KcoreVectors columns(7);
    ASSERT_TRUE(
        run_kcore(graph.view(), columns.spans(), machine.parallel, machine.scratch).is_ok());
    std::vector<std::int32_t> expected = {3, 3, 3, 3, 2, 1, 0};
    for (std::int32_t& core : expected) core *= directed ? 2 : 1;
    EXPECT_EQ(columns.core, expected);
  }
}

TEST(Verify, CoreNumbersAreAcceptedOnlyIfEachIsRight) {
  const Graph graph = testing::random_graph({.nodes = 200, .edges = 900}, 4);
  const std::vector<std::int32_t> right = naive_cores(graph.view());
  EXPECT_EQ(verify_cores(graph.view(), right).message(), "");
  for (std::size_t v = 0; v < right.size(); ++v) {
    for (const std::int32_t wrong : {-1, right[v] - 1, right[v] + 1, 1 << 30}) {
      std::vector<std::int32_t> core = right;
      core[v] = wrong;
      EXPECT_FALSE(verify_cores(graph.view(), core).is_ok()) << v << ' ' << wrong;
    }
  }
  for (const std::int32_t all : {0, 1}) {  // what no node alone shows to be too low
    const std::vector<std::int32_t> core(right.size(), all);
    EXPECT_FALSE(verify_cores(graph.view(), core).is_ok());
  }
  EXPECT_EQ(verify_cores(graph.view(), std::span(right).first(199)).code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
