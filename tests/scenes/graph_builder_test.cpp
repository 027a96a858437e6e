#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/memory_budget.h"
#include "engine/random.h"
#include "scenes/degree_order.h"

namespace quadrille {
namespace {

std::unique_ptr<Parallel> threads(int count) {
  return Parallel::create({.backend = TaskBackend::kThreads, .num_threads = count}).value();
}

std::vector<Edge> random_edges(Random& random, NodeID nodes, int count) {
  std::vector<Edge> edges;
  for (int i = 0; i < count; ++i) {
    const auto id = [&] {
      return static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(nodes)));
    };
    edges.push_back({id(), id(), static_cast<Weight>(random.next_below(9))});
  }
  return edges;
}

// The naive answer: sets of neighbours, the least weight of each.
using Oracle = std::vector<std::map<NodeID, Weight>>;

void add_arc(Oracle& lists, NodeID u, NodeID v, Weight w) {
  const auto [place, fresh] = lists[static_cast<std::size_t>(u)].emplace(v, w);
  if (!fresh) place->second = std::min(place->second, w);
}

void expect_lists(const Adjacency& adjacency, const Oracle& oracle) {
  for (NodeID u = 0; u < static_cast<NodeID>(oracle.size()); ++u) {
    const auto& expected = oracle[static_cast<std::size_t>(u)];
    ASSERT_EQ(node_record(adjacency, u).out_degree, expected.size()) << "node " << u;
    EdgeOffset e = first_edge(adjacency, u);
    for (const auto& [v, w] : expected) {
      ASSERT_EQ(adjacency.targets[e], v) << "node " << u;
      if (adjacency.weights != nullptr) {
        ASSERT_EQ(adjacency.weights[e], w) << u << " -> " << v;
      }
      ++e;
    }
  }
}

struct ListKind {
  bool directed, weighted;
};

class GraphBuilderOracle : public testing::TestWithParam<ListKind> {};

TEST_P(GraphBuilderOracle, ListsAreThoseOfANaiveSetOfEdges) {
  Random random(7);
  for (int round = 0; round < 60; ++round) {
    const auto nodes = static_cast<NodeID>(1 + random.next_below(round % 10 == 0 ? 9000 : 40));
    const std::vector<Edge> edges =
        random_edges(random, nodes, static_cast<int>(random.next_below(400)));
    Oracle out(static_cast<std::size_t>(nodes)), in(out);
    std::int64_t loops = 0;
    std::set<std::pair<NodeID, NodeID>> distinct;
    for (const Edge& edge : edges) {
      add_arc(out, edge.u, edge.v, edge.w);
      add_arc(GetParam().directed ? in : out, edge.v, edge.u, edge.w);
      loops += edge.u == edge.v;
      const bool swap = !GetParam().directed && edge.v < edge.u;
      distinct.emplace(swap ? edge.v : edge.u, swap ? edge.u : edge.v);
    }
    BuildReport report;
    const Graph graph =
        build_graph(
            edges,
            {.directed = GetParam().directed, .weighted = GetParam().weighted, .num_nodes = nodes},
            *threads(1 + round % 3), nullptr, &report)
            .value();
    const GraphView& view = graph.view();
    ASSERT_EQ(view.num_nodes(), nodes);
    ASSERT_EQ(view.weighted(), GetParam().weighted);
    expect_lists(view.out(), out);
    expect_lists(view.in(), GetParam().directed ? in : out);
    EXPECT_EQ(view.num_edges(), static_cast<std::int64_t>(distinct.size()));
    EXPECT_EQ(report.edges_in_input, static_cast<std::int64_t>(edges.size()));
    EXPECT_EQ(report.self_loops, loops);
    EXPECT_EQ(report.duplicate_edges, report.edges_in_input - view.num_edges());
    const auto isolated = [&](std::size_t v) {
      return out[v].empty() && (!GetParam().directed || in[v].empty());
    };
    std::int64_t num_isolated = 0;
    for (std::size_t v = 0; v < out.size(); ++v) num_isolated += isolated(v);
    EXPECT_EQ(report.isolated_nodes, num_isolated);
    const Status verified = verify_graph_image(graph.image());
    ASSERT_TRUE(verified.is_ok()) << verified.message();
  }
}

INSTANTIATE_TEST_SUITE_P(AllKinds, GraphBuilderOracle,
                         testing::Values(ListKind{false, false}, ListKind{false, true},
                                         ListKind{true, false}, ListKind{true, true}));

TEST(GraphBuilder, GivesTheSameBytesForAnyThreadCountAndAnyOrderOfTheEdges) {
  Random random(11);
  std::vector<Edge> edges = random_edges(random, 20000, 200000);
  std::vector<float> x, y;
  for (int v = 0; v < 20000; ++v) {
    x.push_back(static_cast<float>(random.next_unit()));
    y.push_back(static_cast<float>(random.next_unit()));
  }
  for (const bool directed : {false, true}) {
    const BuildOptions options{.directed = directed,
                               .weighted = true,
                               .x = x,
                               .y = y,
                               .order = directed ? NodeOrder::kMorton : NodeOrder::kDegree};
    const Graph expected = build_graph(edges, options).value();
    ASSERT_TRUE(verify_graph_image(expected.image()).is_ok());
    for (const int count : {1, 2, 3, 8}) {
      std::reverse(edges.begin(), edges.end());
      const Graph graph = build_graph(edges, options, *threads(count)).value();
      EXPECT_TRUE(std::ranges::equal(graph.image(), expected.image())) << count << " threads";
    }
  }
}

TEST(GraphBuilder, MortonOrderRenamesNodesAndKeepsWhoIsLinkedToWhom) {
  Random random(3);
  const std::vector<Edge> edges = random_edges(random, 300, 900);
  std::vector<float> x, y;
  for (int v = 0; v < 300; ++v) {
    x.push_back(static_cast<float>(random.next_unit()) * 100 - 50);
    y.push_back(static_cast<float>(random.next_unit()) - 3);
  }
  const Graph plain = build_graph(edges, {.x = x, .y = y}).value();
  const Graph placed = build_graph(edges, {.x = x, .y = y, .order = NodeOrder::kMorton}).value();
  const GraphView &a = plain.view(), &b = placed.view();
  EXPECT_FALSE(a.reordered());
  ASSERT_TRUE(b.reordered());
  for (NodeID user = 0; user < 300; ++user) {
    const NodeID v = b.internal_id(user);
    ASSERT_EQ(b.user_id(v), user);
    EXPECT_EQ(b.x()[static_cast<std::size_t>(v)], x[static_cast<std::size_t>(user)]);
    EXPECT_EQ(b.y()[static_cast<std::size_t>(v)], y[static_cast<std::size_t>(user)]);
    std::set<NodeID> neighbours;
    for (const NodeID target : b.out_neigh(v)) neighbours.insert(b.user_id(target));
    EXPECT_TRUE(std::ranges::equal(neighbours, a.out_neigh(user)));
  }
}

TEST(GraphBuilder, DegreeOrderPutsHubsFirstAndKeepsWhoIsLinkedToWhom) {
  Random random(4);
  for (const bool directed : {false, true}) {
    std::vector<Edge> edges = random_edges(random, 300, 900);
    for (NodeID v = 0; v < 250; ++v) edges.push_back({7, v, 1});  // a hub
    const Graph plain = build_graph(edges, {.directed = directed}).value();
    const Graph placed =
        build_graph(edges, {.directed = directed, .order = NodeOrder::kDegree}).value();
    ASSERT_EQ(verify_graph_image(placed.image()).message(), "");
    const GraphView &a = plain.view(), &b = placed.view();
    ASSERT_TRUE(b.reordered());
    EXPECT_EQ(b.user_id(0), 7);
    for (NodeID user = 0; user < a.num_nodes(); ++user) {
      std::set<NodeID> neighbours;
      for (const NodeID v : b.out_neigh(b.internal_id(user))) neighbours.insert(b.user_id(v));
      EXPECT_TRUE(std::ranges::equal(neighbours, a.out_neigh(user)));
    }
  }
}

TEST(DegreeOrder, FallsAndGoesByIdAmongEqualsAlsoBeyondTheCounters) {
  const std::vector<std::uint32_t> degrees = {0, 3, 70000, 3, 4000000000, 65536, 65535, 0, 70000};
  EXPECT_EQ(degree_order(degrees), (std::vector<NodeID>{4, 2, 8, 5, 6, 1, 3, 0, 7}));
  EXPECT_TRUE(degree_order({}).empty());
}

TEST(GraphBuilder, AnEdgeNamedFromBothEndsCountsOnce) {
  const std::vector<Edge> edges = {{0, 1, 1}, {1, 0, 1}, {2, 2, 1}, {1, 2, 1}, {2, 1, 1}};
  BuildReport report;
  const Graph graph = build_graph(edges, {.both_arcs = true}, &report).value();
  EXPECT_EQ(report.edges_in_input, 3);
  EXPECT_EQ(report.self_loops, 1);
  EXPECT_EQ(report.duplicate_edges, 0);
  EXPECT_EQ(graph.view().num_edges(), 3);
  EXPECT_EQ(graph.view().num_arcs(), 5);
}

TEST(GraphBuilder, NoEdgesMakeAnEmptyGraphOrIsolatedNodes) {
  for (const bool directed : {false, true}) {
    BuildReport report;
    const Graph empty =
        build_graph(std::span<const Edge>(), {.directed = directed}, &report).value();
    EXPECT_EQ(empty.view().num_nodes(), 0);
    EXPECT_TRUE(verify_graph_image(empty.image()).is_ok());
    const Graph isolated =
        build_graph(std::span<const Edge>(),
                    {.directed = directed, .weighted = true, .num_nodes = 5000}, &report)
            .value();
    EXPECT_EQ(isolated.view().num_nodes(), 5000);
    EXPECT_EQ(isolated.view().out_degree(4999), 0);
    EXPECT_EQ(report.isolated_nodes, 5000);
    EXPECT_TRUE(verify_graph_image(isolated.image()).is_ok());
  }
}

TEST(GraphBuilder, RealWeightsKeepTheirBitsAndTheLeastOfParallelEdges) {
  const std::vector<Edge> edges = {real_edge(0, 1, 2.5f), real_edge(1, 0, 0.25f),
                                   real_edge(1, 2, 1e-30f)};
  const Graph graph = build_graph(edges, {.real_weights = true}).value();
  ASSERT_TRUE(graph.view().real_weights());
  const auto weight = [&](NodeID u, std::size_t i) {
    return __builtin_bit_cast(float, graph.view().out_weights(u)[i]);
  };
  EXPECT_EQ(weight(0, 0), 0.25f);
  EXPECT_EQ(weight(1, 0), 0.25f);
  EXPECT_EQ(weight(1, 1), 1e-30f);
}

TEST(GraphBuilder, WrongEdgesAreRefusedWithASentence) {
  const auto message = [](Edge edge, const BuildOptions& options) {
    const std::vector<Edge> edges = {{0, 1, 1}, edge};
    const Result<Graph> graph = build_graph(edges, options);
    EXPECT_EQ(graph.status().code(), StatusCode::kInvalidInput);
    return graph.status().message();
  };
  EXPECT_EQ(message({3, 8, 1}, {.num_nodes = 8}),
            "edge 3 -> 8: node 8 is out of range; the graph has 8 nodes");
  EXPECT_EQ(message({-2, 1, 1}, {}), "edge -2 -> 1: node -2 is below 0");
  EXPECT_EQ(message({2, 1, -5}, {.weighted = true}), "edge 2 -> 1: its weight is below 0");
  EXPECT_EQ(
      build_graph(std::span<const Edge>(), {.num_nodes = std::int64_t{1} << 31}).status().message(),
      "2147483648 nodes are too many; a graph holds 2147483647 at most");
  EXPECT_EQ(build_graph(std::vector<Edge>{{0, INT32_MAX, 1}}).status().message(),
            "2147483648 nodes are too many; a graph holds 2147483647 at most");
}

TEST(GraphBuilder, CoordinatesAndRealWeightsThatAreNotFiniteAreRefused) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  for (const float wrong : {inf, -inf, nan, -nan}) {
    const std::vector<float> fine = {0, 1, 2}, bad = {0, 1, wrong};
    for (const bool in_x : {false, true}) {
      const BuildOptions options{
          .x = in_x ? bad : fine, .y = in_x ? fine : bad, .order = NodeOrder::kMorton};
      EXPECT_EQ(build_graph(std::span<const Edge>(), options).status().message(),
                "node 2: its coordinates are not finite");
    }
    const std::vector<Edge> edges = {real_edge(0, 1, 1), real_edge(1, 2, wrong)};
    EXPECT_EQ(build_graph(edges, {.real_weights = true}).status().code(),
              StatusCode::kInvalidInput);
  }
}

// Gives other edges each time it is read.
class Fickle final : public EdgeSource {
 public:
  Fickle(std::vector<Edge> first, std::vector<Edge> second)
      : passes_{std::move(first), std::move(second)} {}
  std::int64_t num_chunks() const override { return 1; }
  Status read(std::int64_t, EdgeSink& sink) override { return sink.take(passes_[pass_++]); }

 private:
  std::vector<Edge> passes_[2];
  std::size_t pass_ = 0;
};

TEST(GraphBuilder, ASourceThatChangesBetweenThePassesIsCaught) {
  const std::vector<Edge> edges = {{0, 1, 1}, {1, 2, 1}};
  const std::vector<std::vector<Edge>> others = {{{0, 1, 1}},
                                                 {{0, 1, 1}, {0, 2, 1}},
                                                 {{0, 1, 1}, {1, 2, 1}, {1, 2, 1}},
                                                 {{0, 1, 1}, {1, 900, 1}}};
  for (const std::vector<Edge>& other : others) {
    Fickle source(edges, other);
    EXPECT_EQ(build_graph(source, {.directed = true}, *threads(1)).status().message(),
              "the edges changed between the first and the second reading");
  }
}

class FailingChunks final : public EdgeSource {
 public:
  std::int64_t num_chunks() const override { return 64; }
  Status read(std::int64_t chunk, EdgeSink&) override {
    return chunk < 13 ? Status::ok()
                      : Status(StatusCode::kInvalidInput, "chunk " + std::to_string(chunk));
  }
};

TEST(GraphBuilder, TheFirstFailingChunkAnswersWhoeverRunsFirst) {
  for (int round = 0; round < 20; ++round) {
    FailingChunks source;
    EXPECT_EQ(build_graph(source, {}, *threads(3)).status().message(), "chunk 13");
  }
}

TEST(GraphBuilder, MemoryIsAccountedStaysNearTheImageAndIsGivenBack) {
  Random random(5);
  const std::vector<Edge> edges = random_edges(random, 1 << 17, 16 << 17);
  MemoryBudget budget;
  {
    const Graph graph = build_graph(edges, {}, *threads(2), &budget).value();
    EXPECT_GE(budget.used(), graph.image_bytes());
    EXPECT_LT(static_cast<double>(budget.high_water()),
              1.5 * static_cast<double>(graph.image_bytes()));
  }
  EXPECT_EQ(budget.used(), 0u);
}

// What most lists on the web look like.
std::vector<Edge> named_from_both_ends(std::vector<Edge> edges) {
  const std::size_t count = edges.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (edges[i].u != edges[i].v) edges.push_back({edges[i].v, edges[i].u, edges[i].w + 1});
  }
  return edges;
}

TEST(GraphBuilder, EdgesNamedFromBothEndsMakeTheSameGraphAsNamedOnce) {
  Random random(23);
  const std::vector<Edge> once = random_edges(random, 5000, 60000);
  const std::vector<Edge> both = named_from_both_ends(once);
  std::vector<float> x, y;
  for (int v = 0; v < 5000; ++v) {
    x.push_back(static_cast<float>(random.next_unit()));
    y.push_back(static_cast<float>(random.next_unit()));
  }
  for (const BuildOptions& options :
       {BuildOptions{}, BuildOptions{.weighted = true}, BuildOptions{.num_nodes = 5400},
        BuildOptions{.weighted = true, .x = x, .y = y, .order = NodeOrder::kMorton}}) {
    const Graph expected = build_graph(once, options).value();
    BuildReport report;
    const Graph graph = build_graph(both, options, *threads(2), nullptr, &report).value();
    EXPECT_TRUE(std::ranges::equal(graph.image(), expected.image()));
    EXPECT_EQ(report.edges_in_input, static_cast<std::int64_t>(both.size()));
    EXPECT_EQ(report.duplicate_edges, report.edges_in_input - graph.view().num_edges());
  }
}

TEST(GraphBuilder, EdgesNamedFromBothEndsStayWithinOneAndAHalfImages) {
  Random random(29);
  for (const bool weighted : {false, true}) {
    const std::vector<Edge> edges = named_from_both_ends(random_edges(random, 1 << 15, 16 << 15));
    MemoryBudget budget;
    const Graph graph = build_graph(edges, {.weighted = weighted}, *threads(2), &budget).value();
    EXPECT_LE(static_cast<double>(budget.high_water()),
              1.5 * static_cast<double>(graph.image_bytes()));
  }
}

// Without a header one reading reckons with 4 million nodes. An id beyond, wherever it stands,
// means two readings of another kind, and the same graph, with its isolated nodes.
TEST(GraphBuilder, AnIdThatOutgrowsOneReadingChangesNothing) {
  constexpr NodeID kLast = 1 << 22;
  Random random(37);
  std::vector<Edge> edges = named_from_both_ends(random_edges(random, 3000, 150000));
  edges.insert(edges.begin() + 100000, {7, kLast, 3});
  edges.push_back({kLast, 7, 3});
  BuildOptions options{.weighted = true, .num_nodes = kLast + 1, .order = NodeOrder::kDegree};
  BuildReport of_one, of_two;
  const Graph one = build_graph(edges, options, *threads(2), nullptr, &of_one).value();
  options.num_nodes = -1;
  const Graph two = build_graph(edges, options, *threads(2), nullptr, &of_two).value();
  EXPECT_TRUE(std::ranges::equal(one.image(), two.image()));
  EXPECT_EQ(of_one.duplicate_edges, of_two.duplicate_edges);
  EXPECT_EQ(of_one.self_loops, of_two.self_loops);
  EXPECT_EQ(of_one.edges_in_input, of_two.edges_in_input);
}

TEST(GraphBuilder, DegreeOrderOfADirectedGraphKeepsItsIsolatedNodes) {
  const std::vector<Edge> edges = {{3, 0, 1}, {3, 9, 1}, {9, 3, 1}};
  const Graph graph =
      build_graph(edges, {.directed = true, .num_nodes = 20, .order = NodeOrder::kDegree}).value();
  EXPECT_EQ(graph.view().num_nodes(), 20);
  EXPECT_EQ(verify_graph_image(graph.image()).message(), "");
}

// Above 16 million nodes an arc no longer fits into 32 bits.
TEST(GraphBuilder, ListsOfVeryManyNodesAreSortedToo) {
  constexpr NodeID kNodes = (1 << 24) + 3000;
  Random random(31);
  std::vector<Edge> edges;
  for (int i = 0; i < 3000; ++i) {
    const auto v = static_cast<NodeID>(random.next_below(kNodes));
    edges.push_back({kNodes - 1, v, static_cast<Weight>(random.next_below(9))});
    edges.push_back({static_cast<NodeID>(i), v, static_cast<Weight>(random.next_below(9))});
  }
  std::map<NodeID, Weight> expected;
  for (const Edge& edge : edges) {
    if (edge.u != kNodes - 1) continue;
    const auto [place, fresh] = expected.emplace(edge.v, edge.w);
    if (!fresh) place->second = std::min(place->second, edge.w);
  }
  const Graph graph =
      build_graph(named_from_both_ends(edges), {.weighted = true, .num_nodes = kNodes}, *threads(2))
          .value();
  const GraphView& view = graph.view();
  const std::span<const NodeID> targets = view.out_neigh(kNodes - 1);
  ASSERT_EQ(targets.size(), expected.size());
  std::size_t i = 0;
  for (const auto& [v, w] : expected) {
    EXPECT_EQ(targets[i], v);
    EXPECT_EQ(view.out_weights(kNodes - 1)[i++], w);
    EXPECT_TRUE(std::ranges::binary_search(view.out_neigh(v), kNodes - 1));
  }
}

TEST(GraphBuilder, AHardLimitIsATypedErrorAndLeavesNothingBehind) {
  const std::vector<Edge> edges = {{0, 2000000000, 1}};
  for (const std::size_t limit : {std::size_t{1000}, std::size_t{64} << 20}) {
    MemoryBudget budget({.hard_bytes = limit});
    EXPECT_EQ(build_graph(edges, {}, *threads(2), &budget).status().code(),
              StatusCode::kBudgetExceeded);
    EXPECT_EQ(budget.used(), 0u);
  }
}

}  // namespace
}  // namespace quadrille
