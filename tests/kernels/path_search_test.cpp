#include "kernels/path_search.h"

#include "engine/random.h"
#include "tests/kernels/naive_paths.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::best_machine;
using testing::Machine;
using testing::naive_distances;
using testing::naive_parents;
using PathSearchVectors = testing::PathColumns<SsspColumns, PathLength>;

void expect_naive_answers(const GraphView& graph, PathSearch& search,
                          std::initializer_list<NodeID> sources) {
  PathSearchVectors columns(graph.num_nodes());
  for (const NodeID source : sources) {
    search.run(source, columns.spans());
    const auto distance = naive_distances(graph, source);
    EXPECT_EQ(columns.distance, distance) << "source " << source;
    EXPECT_EQ(columns.parent, naive_parents(graph, source, distance)) << "source " << source;
  }
}

// With a path beyond 32 bits in between, which the search has to begin anew for.
TEST(PathSearch, SearchesAgainInTheSameScratchMemory) {
  std::vector<Edge> edges;
  for (NodeID v = 0; v < 50; ++v) edges.push_back({v, v + 1, v < 40 ? 0x7ffffffe : 3});
  for (NodeID v = 60; v < 400; ++v) edges.push_back({v, v + 1, v % 7});
  const Graph graph = build_graph(edges, {.directed = true, .weighted = true}).value();
  for (const int threads : {1, 3}) {
    Machine machine = best_machine(threads);
    PathSearch search = machine.make<PathSearch>(graph.view(), 0);
    expect_naive_answers(graph.view(), search, {45, 0, 60, 39, 60, 0});
  }
}

// Both ways of relaxing, in buckets of a few entries and in one that holds nearly all.
TEST(PathSearch, AnyWidthAndAnyTeamGiveTheNaiveAnswerOnGraphsOfFewArcsAndOfMany) {
  for (const std::int64_t edges : {5000, 40000}) {
    const Graph graph = testing::random_graph(
        {.nodes = 4000, .edges = edges, .weighted = true, .max_weight = 200}, 5);
    for (const int threads : {1, 2, 3, 8}) {
      for (const std::int64_t delta : {0, 1, 1 << 20}) {
        Machine machine = best_machine(threads);
        PathSearch search = machine.make<PathSearch>(graph.view(), delta);
        expect_naive_answers(graph.view(), search, {0, 3999});
      }
    }
  }
}

// Blocks of nodes that a search does not reach are written without a look at their nodes; those
// that the search before reached among them.
TEST(PathSearch, WhatTheSearchBeforeReachedIsForgotten) {
  std::vector<Edge> edges;
  Random random(3);
  for (const NodeID first : {0, 3000, 6000}) {
    for (NodeID v = 0; v + 1 < 2900; ++v) {
      const auto w = static_cast<Weight>(random.next_below(9));
      edges.push_back({first + v, first + v + 1, w});
    }
  }
  const Graph graph = build_graph(edges, {.weighted = true, .num_nodes = 9000}).value();
  for (const int threads : {1, 3}) {
    Machine machine = best_machine(threads);
    PathSearch search = machine.make<PathSearch>(graph.view(), 0);
    expect_naive_answers(graph.view(), search, {100, 6001, 2950, 8999, 4000, 100});
  }
}

// Each of many nodes lowers the same others, in the order in which they are taken: more entries at
// a time than the pool has room for.
TEST(PathSearch, MoreEntriesThanThePoolHoldsLoseNothing) {
  constexpr NodeID kMiddle = 400, kLast = 400;
  std::vector<Edge> edges;
  for (NodeID m = 0; m < kMiddle; ++m) {
    const NodeID taken = (kMiddle / 63 - m / 63) * 63 + m % 63;  // the newest chunk comes first
    edges.push_back({0, 1 + m, 1});
    for (NodeID v = 0; v < kLast; ++v) edges.push_back({1 + m, 1 + kMiddle + v, 2000 - taken});
  }
  const Graph graph = build_graph(edges, {.directed = true, .weighted = true}).value();
  for (const int threads : {1, 3}) {
    Machine machine = best_machine(threads);
    PathSearch search = machine.make<PathSearch>(graph.view(), 1 << 20);
    expect_naive_answers(graph.view(), search, {0, 5, 0});
  }
}

// Most arcs lead beyond the ring, so it is filled anew again and again.
TEST(PathSearch, ArcsBeyondTheRingLoseNothing) {
  for (const std::int64_t edges : {2000, 12000}) {
    const Graph graph = testing::random_graph(
        {.nodes = 1000, .edges = edges, .weighted = true, .max_weight = 1 << 20}, 8);
    for (const int threads : {1, 3}) {
      Machine machine = best_machine(threads);
      PathSearch search = machine.make<PathSearch>(graph.view(), 16);
      expect_naive_answers(graph.view(), search, {0, 999});
    }
  }
}

}  // namespace
}  // namespace quadrille
