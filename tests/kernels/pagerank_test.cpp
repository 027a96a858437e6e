#include "kernels/pagerank.h"

#include <cmath>
#include <complex>
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
      EXPECT_EQ(verify_pagerank(graph, columns.rank, 0.85, pagerank.most_change()).message(), "");
      PageRankVectors whole(graph.num_nodes());
      ASSERT_TRUE(machine.run(run_pagerank, graph, PageRankOptions{}, whole.spans()).is_ok());
      EXPECT_EQ(whole.rank, columns.rank);
    });
    EXPECT_LE(steps.size(), 20u);
  }
}

// What iterations to come would add up to, twice because ranks are scores over their sum.
TEST(PageRank, ComesAsNearToThePowerMethodAsItSays) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    for (const double damping : {0.5, 0.85}) {
      const std::vector<double> expected = naive_ranks(graph, damping);
      Machine machine = testing::best_machine(2);
      PageRankVectors columns(graph.num_nodes());
      PageRank pagerank = machine.make<PageRank>(
          graph, PageRankOptions{.damping = damping, .tolerance = 2e-7, .max_iterations = 300});
      for (pagerank.start(columns.spans()); !pagerank.finished();) {
        pagerank.step(columns.spans());
        EXPECT_LT(difference(columns.rank, expected),
                  2 * pagerank.most_change() / (1 - damping) + 5e-7);
      }
      EXPECT_TRUE(pagerank.settled());
      EXPECT_LT(difference(columns.rank, expected), 5e-6);
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
  EXPECT_EQ(verify_pagerank(graph.view(), columns.rank, 0.85, pagerank.most_change()).message(),
            "");
  const std::vector<float> rank = columns.rank;
  pagerank.step(columns.spans());
  EXPECT_EQ(columns.rank, rank);
  EXPECT_EQ(columns.active, std::vector<std::uint64_t>(columns.active.size(), 0));
}

int iterations_of(const GraphView& graph, double tolerance) {
  Machine machine(1);
  PageRankVectors columns(graph.num_nodes());
  PageRank pagerank =
      machine.make<PageRank>(graph, PageRankOptions{.tolerance = tolerance, .max_iterations = 300});
  pagerank.run(columns.spans());
  EXPECT_TRUE(pagerank.settled());
  EXPECT_LT(difference(columns.rank, naive_ranks(graph, 0.85)), tolerance / 0.15);
  return pagerank.iterations();
}

// Plain iterations shrink a change along a chain by the damping and no more: from 1e-2 to 1e-6 in
// 57, by momentum (0.557 in an iteration) in 16.
TEST(PageRank, MomentumTakesAThirdOfTheIterationsAlongAChain) {
  EXPECT_LT(iterations_of(testing::chain_graph(3000, 1, false).view(), 1e-6), 20);
}

// Momentum would take it 24: the eigenvalues of a random directed graph fill a disc.
TEST(PageRank, ADirectedGraphTakesAsManyIterationsAsWithoutMomentum) {
  const Graph graph = testing::random_graph({.nodes = 5000, .edges = 40000, .directed = true}, 3);
  EXPECT_LE(iterations_of(graph.view(), 1e-4), 9);
}

TEST(PageRank, ADirectedGraphWhoseArcsLeadBothWaysHasMomentum) {
  std::vector<Edge> edges;
  for (NodeID v = 0; v + 1 < 3000; ++v) edges.insert(edges.end(), {{v, v + 1, 1}, {v + 1, v, 1}});
  const Graph graph = build_graph(edges, {.directed = true, .num_nodes = 3000}).value();
  EXPECT_LT(iterations_of(graph.view(), 1e-6), 20);
}

// Where nothing changes any more there is no ratio of changes to learn from.
TEST(PageRank, AToleranceOfZeroIsForTheLimitOfIterations) {
  const std::vector<Edge> ring = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 0, 1}};
  const Graph graph = build_graph(ring, {.num_nodes = 4}).value();
  for (const double damping : {0.0, 0.85}) {
    Machine machine(1);
    PageRankVectors columns(4);
    const PageRankOptions options{.damping = damping, .tolerance = 0, .max_iterations = 9};
    ASSERT_TRUE(machine.run(run_pagerank, graph.view(), options, columns.spans()).is_ok());
    EXPECT_EQ(columns.rank, std::vector<float>(4, 0.25f));
  }
}

// x = M x + c, where M has these eigenvalues: how many iterations it takes to a change of 1e-6.
int iterations_with(double radius, double norm,
                    const std::vector<std::complex<double>>& eigenvalues) {
  ChebyshevMomentum momentum;
  momentum.start(radius, norm);
  std::vector<std::complex<double>> older(eigenvalues.size(), 1), error = older;
  for (int i = 1;; ++i) {
    const double factor = momentum.next(1e-6);
    EXPECT_TRUE(factor >= 1 && factor < 2) << i;
    double change = 0;
    for (std::size_t k = 0; k < error.size(); ++k) {
      const std::complex<double> plain = eigenvalues[k] * error[k];
      change += std::abs(plain - error[k]);
      older[k] += factor * (plain - older[k]);
    }
    older.swap(error);
    momentum.observe(change);
    if (change < 1e-6 || i == 1000) return i;
  }
}

TEST(ChebyshevMomentum, FindsTheRadiusWhateverTheFirstGuess) {
  const std::vector<std::complex<double>> wide = {-0.9, -0.4, 0.2, 0.9};
  const int known = iterations_with(0.9, 0.9, wide);
  EXPECT_LT(known, 38);  // plain: 144
  for (const double guess : {0.0, 0.2, 0.5, 0.8}) {
    EXPECT_LT(iterations_with(guess, 0.9, wide), known + 8);
  }
  EXPECT_LE(iterations_with(0, 0.9, {0.01, -0.02}), 5);
}

// With eigenvalues that are not real it would make changes grow by a third in every iteration.
TEST(ChebyshevMomentum, EndsWhereItWouldDiverge) {
  EXPECT_LT(iterations_with(0.85, 0.85, {std::complex<double>(0, 0.85), 0.2}), 110);  // plain: 87
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
