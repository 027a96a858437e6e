#include "kernels/betweenness.h"

#include <cmath>

#include "kernels/sources.h"
#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::for_each_machine;
using testing::Machine;
using testing::NamedGraph;
using testing::wave_graphs;

struct BetweennessVectors {
  explicit BetweennessVectors(NodeID nodes)
      : betweenness(at(nodes), 77), active(at(bit_words(nodes)), 77) {}
  BetweennessColumns spans() { return {betweenness, active}; }
  bool is_active(NodeID v) const { return (active[at(v >> 6)] & bit_of(v)) != 0; }
  friend bool operator==(const BetweennessVectors&, const BetweennessVectors&) = default;
  std::vector<float> betweenness;
  std::vector<std::uint64_t> active;
};

// Of all nodes as sources.
std::vector<float> exact(const Graph& graph) {
  Machine machine(2);
  BetweennessVectors columns(graph.view().num_nodes());
  const std::vector<NodeID> all = sample_sources(graph.view(), graph.view().num_nodes(), 1);
  EXPECT_TRUE(
      machine.run(run_betweenness, graph.view(), std::span<const NodeID>(all), columns.spans())
          .is_ok());
  EXPECT_EQ(verify_betweenness(graph.view(), all, columns.betweenness).message(), "");
  return columns.betweenness;
}

TEST(Betweenness, EveryMachineGivesTheSameBytesAfterEachSourceAndBrandesAgrees) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    const std::vector<NodeID> sources = sample_sources(graph, 3, 5);
    std::vector<BetweennessVectors> steps;
    std::int64_t edges = -1;
    for_each_machine([&](Machine& machine) {
      BetweennessVectors columns(graph.num_nodes());
      Betweenness kernel = machine.make<Betweenness>(graph, std::span<const NodeID>(sources));
      kernel.start(columns.spans());
      for (std::size_t step = 0; !kernel.finished(); ++step) {
        const BetweennessVectors before = columns;
        kernel.step(columns.spans());
        if (step == steps.size()) steps.push_back(columns);
        ASSERT_TRUE(columns == steps[step]) << "step " << step;
        for (NodeID v = 0; v < graph.num_nodes(); ++v)
          ASSERT_EQ(columns.is_active(v), columns.betweenness[at(v)] != before.betweenness[at(v)]);
      }
      if (edges == -1) edges = kernel.edges_examined();
      EXPECT_EQ(kernel.edges_examined(), edges);
    });
    if (steps.empty()) continue;
    EXPECT_EQ(verify_betweenness(graph, sources, steps.back().betweenness).message(), "");
  }
}

TEST(Betweenness, OfAllSourcesIsTheShareOfPairs) {
  // 0 - 1 - 2 - 3 - 4: of 4 * 3 ordered pairs of others, 2 * 1 * 3 and 2 * 2 * 2 pass.
  EXPECT_EQ(exact(testing::chain_graph(5, 1, false)),
            (std::vector<float>{0, 0.5f, 8.0f / 12, 0.5f, 0}));
  EXPECT_EQ(exact(testing::chain_graph(5, 1, true)),
            (std::vector<float>{0, 3.0f / 12, 4.0f / 12, 3.0f / 12, 0}));
  const std::vector<Edge> star = {{0, 3, 1}, {1, 3, 1}, {2, 3, 1}, {3, 3, 1}};
  EXPECT_EQ(exact(build_graph(star, {.num_nodes = 5}).value()),
            (std::vector<float>{0, 0, 0, 0.5f, 0}));
  // Two ways around a square, half of the paths each.
  const std::vector<Edge> square = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 0, 1}};
  EXPECT_EQ(exact(build_graph(square, {}).value()), std::vector<float>(4, 1.0f / 6));
  EXPECT_EQ(exact(testing::chain_graph(2, 1, false)), std::vector<float>(2, 0.0f));
}

// From an end of 0 - 1 - 2 - 3 - 4: its search sees all 8 arcs, counting paths the 7 that lead to
// nodes beyond the source, adding dependencies the 6 of the nodes between.
TEST(Betweenness, CountsTheArcsOfTheSearchAndOfBothPasses) {
  const Graph chain = testing::chain_graph(5, 1, false);
  const std::vector<NodeID> sources = {0};
  Machine machine(1);
  Betweenness kernel = machine.make<Betweenness>(chain.view(), std::span<const NodeID>(sources));
  kernel.start();
  kernel.advance();
  EXPECT_EQ(kernel.edges_examined(), 8 + 7 + 6);
}

// A row of squares, corner to corner: paths double with each.
Graph row_of_squares(NodeID squares) {
  std::vector<Edge> edges;
  for (NodeID i = 0; i < 3 * squares; i += 3) {
    for (const NodeID side : {i + 1, i + 2}) {
      edges.push_back({i, side, 1});
      edges.push_back({side, i + 3, 1});
    }
  }
  return build_graph(edges, {}).value();
}

TEST(Betweenness, CountsMorePathsThanADoubleHolds) {
  for (const NodeID squares : {990, 1010, 2600}) {
    SCOPED_TRACE(squares);
    const Graph graph = row_of_squares(squares);
    const std::vector<NodeID> sources = {0};
    const NodeID nodes = 3 * squares + 1;
    Machine machine(2);
    BetweennessVectors columns(nodes);
    ASSERT_TRUE(
        machine
            .run(run_betweenness, graph.view(), std::span<const NodeID>(sources), columns.spans())
            .is_ok());
    EXPECT_EQ(verify_betweenness(graph.view(), sources, columns.betweenness).message(), "");
    const double others = nodes - 1, scale = nodes / others / (others - 1);  // it stands for all
    for (NodeID i = 3; i < nodes; i += 3) {
      const double behind = nodes - 1 - i;
      EXPECT_FLOAT_EQ(columns.betweenness[at(i)], static_cast<float>(behind * scale));
      EXPECT_FLOAT_EQ(columns.betweenness[at(i - 1)], static_cast<float>((behind + 1) / 2 * scale));
    }
  }
}

TEST(ScaledNumber, IsADoubleOfALongerExponent) {
  Random random(3);
  const auto draw = [&] {
    return std::ldexp(1 + random.next_unit(), static_cast<int>(random.next_below(1200)) - 600);
  };
  for (int i = 0; i < 10000; ++i) {
    const double a = draw(), b = draw();
    const ScaledNumber x = ScaledNumber::of(a), y = ScaledNumber::of(b);
    const auto expect = [](const ScaledNumber& number, double value) {
      if (value > 1e-300) {
        EXPECT_EQ(number.value(), value);
      }
      EXPECT_TRUE(number.fraction >= 0x1p-256 && number.fraction < 0x1p256);
    };
    expect(x, a);
    expect(x + y, a + b);
    expect(x * y, a * b);
    expect(x / y, a / b);
  }
  const ScaledNumber huge = ScaledNumber::of(0x1p700) * ScaledNumber::of(0x1p700);
  EXPECT_EQ((huge / ScaledNumber::of(0x1p700)).value(), 0x1p700);
  EXPECT_EQ((ScaledNumber::of(1) / huge / huge).value(), 0);
  EXPECT_EQ((ScaledNumber() + ScaledNumber::of(3)).value(), 3);
  EXPECT_EQ((ScaledNumber() * huge).value(), 0);
}

TEST(Betweenness, RefusesSourcesThatAreNoNodesOrNamedTwice) {
  const Graph graph = testing::chain_graph(10, 1, false);
  Machine machine(1);
  BetweennessVectors columns(10);
  const auto message = [&](const std::vector<NodeID>& sources) {
    return machine
        .run(run_betweenness, graph.view(), std::span<const NodeID>(sources), columns.spans())
        .message();
  };
  EXPECT_EQ(message({3, 10}), "source 10 is out of range: the graph has 10 nodes");
  EXPECT_EQ(message({3, 2, 3}), "source 3 is named twice");
  EXPECT_EQ(message({}), "");
  EXPECT_EQ(columns.betweenness, std::vector<float>(10, 0.0f));
}

// A row of squares and a chain as long, between the same two ends: of 2^200 + 1 shortest paths one
// leads along the chain, whose nodes' share of the far end no float holds.
TEST(Betweenness, WhatIsTooSmallForAFloatIsNothingAndAccepted) {
  constexpr NodeID kSquares = 200;
  std::vector<Edge> edges;
  for (NodeID s = 0; s < kSquares; ++s) {
    for (const NodeID middle : {3 * s + 1, 3 * s + 2}) {
      edges.push_back({3 * s, middle, 1});
      edges.push_back({middle, 3 * s + 3, 1});
    }
  }
  constexpr NodeID kEnd = 3 * kSquares, kChain = 2 * kSquares - 1;
  for (NodeID i = 0; i <= kChain; ++i) {
    edges.push_back({i == 0 ? 0 : kEnd + i, i == kChain ? kEnd : kEnd + i + 1, 1});
  }
  const Graph graph = build_graph(edges, {.directed = true}).value();
  const std::vector<NodeID> sources = {0};
  Machine machine(1);
  BetweennessVectors columns(graph.view().num_nodes());
  ASSERT_TRUE(
      machine.run(run_betweenness, graph.view(), std::span<const NodeID>(sources), columns.spans())
          .is_ok());
  EXPECT_EQ(columns.betweenness[at(kEnd + kChain)], 0.0f);
  EXPECT_EQ(verify_betweenness(graph.view(), sources, columns.betweenness).message(), "");
}

TEST(Verify, BetweennessIsAcceptedOnlyIfEachNumberIsRight) {
  const Graph graph = testing::random_graph({.nodes = 60, .edges = 150, .directed = true}, 6);
  const std::vector<NodeID> sources = sample_sources(graph.view(), 7, 1);
  Machine machine(1);
  BetweennessVectors columns(60);
  ASSERT_TRUE(
      machine.run(run_betweenness, graph.view(), std::span<const NodeID>(sources), columns.spans())
          .is_ok());
  for (std::size_t v = 0; v < 60; ++v) {
    std::vector<float> wrong = columns.betweenness;
    wrong[v] += 1e-4f;
    EXPECT_NE(verify_betweenness(graph.view(), sources, wrong)
                  .message()
                  .find("node " + std::to_string(v) + ": "),
              std::string::npos);
  }
  EXPECT_FALSE(
      verify_betweenness(graph.view(), std::vector<NodeID>{1}, columns.betweenness).is_ok());
  EXPECT_EQ(verify_betweenness(graph.view(), sources, std::vector<float>(59)).code(),
            StatusCode::kInvalidArgument);
}

TEST(Sources, ASampleIsDistinctNodesWithArcsAndDependsOnTheUsersIdsAlone) {
  std::vector<std::vector<NodeID>> samples;
  for (const bool reordered : {false, true}) {
    const Graph graph =
        testing::random_graph({.nodes = 700, .edges = 600, .reordered = reordered}, 4);
    const GraphView& view = graph.view();
    std::vector<NodeID> sources = sample_sources(view, 100, 9), users;
    EXPECT_EQ(sources.size(), 100u);
    EXPECT_TRUE(check_distinct_sources(view, sources).is_ok());
    for (const NodeID v : sources) {
      EXPECT_GT(view.out_degree(v), 0);
      users.push_back(view.user_id(v));
    }
    samples.push_back(users);
    EXPECT_EQ(std::ssize(sample_sources(view, 5000, 9)), num_nodes_with_arcs(view));
    EXPECT_NE(sample_sources(view, 100, 10), sources);
  }
  EXPECT_EQ(samples[0], samples[1]);
}

}  // namespace
}  // namespace quadrille
