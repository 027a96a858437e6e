#include "bench/placement_summary.h"

#include <vector>

#include <gtest/gtest.h>
#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>

namespace quadrille::program {
namespace {

TEST(PlacementSummary, CountsComponentsByClassAndTimesOnlyWhenAsked) {
  // A star of four leaves, a path of three nodes, a node alone.
  const std::vector<Edge> edges = {{0, 1, 1}, {0, 2, 1}, {0, 3, 1},
                                   {0, 4, 1}, {5, 6, 1}, {6, 7, 1}};
  const Graph graph = build_graph(edges, {.num_nodes = 9}).value();
  const auto parallel = Parallel::create({.num_threads = 2}).value();
  const PlacementSummary plain = summarize_placement(graph, false, *parallel, nullptr).value();
  const auto classes = summarize_components(plain.placement);
  const ClassSummary& trees = classes[static_cast<std::size_t>(ComponentClass::kShallowTree)];
  const ClassSummary& chains = classes[static_cast<std::size_t>(ComponentClass::kChain)];
  EXPECT_EQ(trees.components, 1);
  EXPECT_EQ(trees.edges, 4);
  EXPECT_EQ(trees.largest, 5);
  EXPECT_EQ(chains.components, 2);
  EXPECT_EQ(chains.nodes, 4);
  EXPECT_EQ(chains.diameter, 2);
  EXPECT_EQ(placement_lines(plain).find("bfs"), std::string::npos);
  const PlacementSummary timed = summarize_placement(graph, true, *parallel, nullptr).value();
  EXPECT_NE(placement_lines(timed).find("bfs"), std::string::npos);
  EXPECT_EQ(placement_lines(timed).find("sssp"), std::string::npos);
  EXPECT_EQ(timed.placement.order, plain.placement.order);
  const Graph weighted = build_graph(edges, {.weighted = true, .num_nodes = 9}).value();
  const PlacementSummary both = summarize_placement(weighted, true, *parallel, nullptr).value();
  EXPECT_NE(placement_lines(both).find("sssp"), std::string::npos);
}

TEST(PlacementSummary, OfAnEmptyGraphIsEmpty) {
  const Graph graph = build_graph({}, {.num_nodes = 0}).value();
  const auto parallel = Parallel::create({.num_threads = 1}).value();
  EXPECT_EQ(placement_lines(summarize_placement(graph, true, *parallel, nullptr).value()), "");
}

}  // namespace
}  // namespace quadrille::program
