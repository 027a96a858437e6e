#include "kernels/pagerank.h"

#include <cmath>
#include <numeric>

#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::Machine;
using testing::NamedGraph;
using testing::run_to_end;
using testing::wave_graphs;

struct PageRankVectors {
  explicit PageRankVectors(NodeID nodes) : rank(at(nodes), 77), active(at(bit_words(nodes)), 77) {}
  PageRankColumns spans() { return {rank, active}; }
  bool is_active(NodeID v) const { return (active[at(v >> 6)] & bit_of(v)) != 0; }
  friend bool operator==(const PageRankVectors&, const PageRankVectors&) = default;
  std::vector<float> rank;
  std::vector<std::uint64_t> active;
};

// The power method on the whole walk, jumps of dangling nodes among it, in double.
std::vector<double> naive_ranks(const GraphView& graph, double damping) {
  const auto nodes = static_cast<double>(graph.num_nodes());
  std::vector<double> rank(at(graph.num_nodes()), 1 / nodes);
  for (int i = 0; i < 120; ++i) {
    std::vector<double> next(rank.size(), 0);
    double jumps = 0;
    for (NodeID u = 0; u < graph.num_nodes(); ++u) {
      const auto neighbours = graph.out_neigh(u);
      jumps += (neighbours.empty() ? 1 : 1 - damping) * rank[at(u)];
      for (const NodeID v : neighbours) {
        next[at(v)] += damping * rank[at(u)] / static_cast<double>(neighbours.size());
      }
    }
    for (double& r : next) r += jumps / nodes;
    rank = next;
  }
  return rank;
}

double difference(const std::vector<float>& rank, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t v = 0; v < rank.size(); ++v) sum += std::abs(double{rank[v]} - expected[v]);
  return sum;
}

TEST(PageRank, EveryMachineGivesTheSameRanksAfterEachIteration) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    std::vector<PageRankVectors> steps;
    testing::for_each_machine([&](Machine& machine) {
      PageRankVectors columns(graph.num_nodes());
      PageRank pagerank = machine.make<PageRank>(graph, PageRankOptions{});
      pagerank.start(columns.spans());
      for (std::size_t step = 0; !pagerank.finished(); ++step) {
        const PageRankVectors before = columns;
        pagerank.step(columns.spans());
        if (step == steps.size()) steps.push_back(columns);
        ASSERT_TRUE(columns == steps[step]) << "step " << step;
        for (NodeID v = 0; v < graph.num_nodes(); ++v) {
          ASSERT_EQ(columns.is_active(v), columns.rank[at(v)] != before.rank[at(v)]);
        }
      }
      EXPECT_EQ(pagerank.iterations(), static_cast<int>(steps.size()));
      EXPECT_EQ(pagerank.edges_examined(), pagerank.iterations() * graph.num_arcs());
      EXPECT_EQ(verify_pagerank(graph, columns.rank, 0.85, pagerank.change()).message(), "");
      PageRankVectors whole(graph.num_nodes());
      ASSERT_TRUE(machine.run(run_pagerank, graph, PageRankOptions{}, whole.spans()).is_ok());
      EXPECT_EQ(whole.rank, columns.rank);
    });
    EXPECT_LE(steps.size(), 20u);
  }
}

TEST(PageRank, ComesToTheRanksOfThePowerMethod) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    for (const double damping : {0.5, 0.85}) {
      Machine machine = testing::best_machine(2);
      PageRankVectors columns(graph.num_nodes());
      const PageRankOptions options{.damping = damping, .tolerance = 2e-7, .max_iterations = 300};
      ASSERT_TRUE(machine.run(run_pagerank, graph, options, columns.spans()).is_ok());
      EXPECT_LT(difference(columns.rank, naive_ranks(graph, damping)), 3e-6);
    }
  }
}

// Half of the rank stays with the pair; what is left of the third leaves by jumps alone.
TEST(PageRank, ADanglingNodeJumpsToEveryNodeAlike) {
  const std::vector<Edge> edges = {{0, 1, 1}, {1, 0, 1}, {1, 2, 1}};
  const Graph graph = build_graph(edges, {.directed = true, .num_nodes = 3}).value();
  Machine machine(1);
  PageRankVectors columns(3);
  const PageRankOptions options{.damping = 0.5, .tolerance = 1e-7, .max_iterations = 100};
  ASSERT_TRUE(machine.run(run_pagerank, graph.view(), options, columns.spans()).is_ok());
  // By hand: r1 = j + r0 / 2, r0 = r2 = j + r1 / 4, j = (1 + r2) / 6.
  EXPECT_NEAR(columns.rank[0], 10.0 / 32, 1e-6);
  EXPECT_NEAR(columns.rank[1], 12.0 / 32, 1e-6);
  EXPECT_NEAR(columns.rank[2], 10.0 / 32, 1e-6);
}

TEST(PageRank, EndsAtTheLimitOfIterationsUnsettled) {
  const Graph graph = testing::chain_graph(3000, 1, true);
  Machine machine(2);
  PageRankVectors columns(3000);
  PageRank pagerank =
      machine.make<PageRank>(graph.view(), PageRankOptions{.tolerance = 1e-9, .max_iterations = 2});
  pagerank.start(columns.spans());
  EXPECT_EQ(run_to_end(pagerank, columns), 2);
  EXPECT_FALSE(pagerank.settled());
  EXPECT_EQ(verify_pagerank(graph.view(), columns.rank, 0.85, pagerank.change()).message(), "");
  const std::vector<float> rank = columns.rank;
  pagerank.step(columns.spans());
  EXPECT_EQ(columns.rank, rank);
  EXPECT_EQ(columns.active, std::vector<std::uint64_t>(columns.active.size(), 0));
}

TEST(PageRank, RefusesOptionsThatNoWalkHas) {
  const Graph graph = testing::chain_graph(3, 1, true);
  Machine machine(1);
  PageRankVectors columns(3);
  for (const PageRankOptions& options :
       {PageRankOptions{.damping = 1}, PageRankOptions{.damping = -0.1},
        PageRankOptions{.damping = std::nan("")}, PageRankOptions{.tolerance = -1},
        PageRankOptions{.max_iterations = -1}}) {
    const Status status = machine.run(run_pagerank, graph.view(), options, columns.spans());
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  }
  // Without damping there is nothing to follow.
  ASSERT_TRUE(
      machine.run(run_pagerank, graph.view(), PageRankOptions{.damping = 0}, columns.spans())
          .is_ok());
  EXPECT_EQ(columns.rank, std::vector<float>(3, 1.0f / 3));
}

TEST(Verify, RanksAreAcceptedOnlyWhereOneMoreIterationChangesLittle) {
  const Graph graph = testing::random_graph({.nodes = 300, .edges = 900, .directed = true}, 3);
  const std::vector<double> exact = naive_ranks(graph.view(), 0.85);
  const std::vector<float> right(exact.begin(), exact.end());
  EXPECT_EQ(verify_pagerank(graph.view(), right, 0.85, 1e-6).message(), "");
  EXPECT_FALSE(verify_pagerank(graph.view(), right, 0.8, 1e-6).is_ok());
  for (std::size_t v = 0; v + 1 < right.size(); ++v) {
    std::vector<float> rank = right;
    rank[v] += 1e-4f, rank[v + 1] -= 1e-4f;
    EXPECT_FALSE(verify_pagerank(graph.view(), rank, 0.85, 1e-6).is_ok()) << v;
    rank = right;
    rank[v] += 1e-4f;
    EXPECT_FALSE(verify_pagerank(graph.view(), rank, 0.85, 1e-3).is_ok()) << "the sum; " << v;
    rank[v] = v % 2 == 0 ? -1.0f : std::nanf("");
    EXPECT_FALSE(verify_pagerank(graph.view(), rank, 0.85, 1).is_ok()) << v;
  }
  const std::vector<float> shorter(299, 1.0f / 299);
  EXPECT_EQ(verify_pagerank(graph.view(), shorter, 0.85, 1).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace quadrille
