// What is written reads back as the same graph, in every format that can hold it.
#include <quadrille/output.h>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <quadrille/graph_builder.h>
#include <quadrille/input.h>

#include "engine/random.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

enum class Weights { kNone, kInteger, kReal };

struct Shape {
  bool directed;
  Weights weights;
  bool placed;  // with coordinates, and nodes in Morton order
};

Graph random_graph(const Shape& shape, NodeID num_nodes, std::uint64_t seed) {
  Random random(seed);
  const auto below = static_cast<std::uint32_t>(num_nodes);
  std::vector<Edge> edges;
  for (NodeID i = 0; i < 3 * num_nodes; ++i) {
    const auto u = static_cast<NodeID>(random.next_below(below)),
               v = static_cast<NodeID>(random.next_below(below));
    const auto w = static_cast<Weight>(random.next_below(100));
    edges.push_back(shape.weights == Weights::kReal ? real_edge(u, v, static_cast<float>(w) / 7)
                                                    : Edge{u, v, w});
  }
  edges.push_back({num_nodes - 1, num_nodes - 1, 0});  // edge lists can tell the last node
  std::vector<float> x, y;
  for (NodeID v = 0; v < num_nodes && shape.placed; ++v) {
    x.push_back(static_cast<float>(random.next_unit()) * 1000 - 500);
    y.push_back(static_cast<float>(random.next_unit()));
  }
  BuildOptions options;
  options.directed = shape.directed;
  options.weighted = shape.weights != Weights::kNone;
  options.real_weights = shape.weights == Weights::kReal;
  options.num_nodes = num_nodes;
  options.x = x, options.y = y, options.morton_order = shape.placed;
  return build_graph(edges, options).value();
}

constexpr std::string_view kNames[] = {
    "a.el", "a.wel", "a.csv", "a.tsv",     "a.txt",    "a.mtx",   "a.graph",   "a.gr",
    "a.sg", "a.wsg", "a.qg",  "a.graphml", "a.wel.gz", "a.gr.gz", "a.mtx.zst", "a.qg.zst"};

bool fits(std::string_view name, const Shape& shape) {
  const bool metis = name.starts_with("a.graph") && !name.starts_with("a.graphml");
  if (metis && shape.directed) return false;
  const bool integers = metis || name.starts_with("a.gr.") || name == "a.gr" || name == "a.wsg";
  return shape.weights != Weights::kReal || !integers;
}

void expect_round_trip(std::string_view name, const Shape& shape, const Graph& graph) {
  const test::Folder folder;
  const std::string path = folder / name;
  WriteReport report;
  const Status written = write_graph(graph, path, &report);
  if (!fits(name, shape)) {
    EXPECT_EQ(written.code(), StatusCode::kUnsupported) << name;
    EXPECT_FALSE(std::filesystem::exists(path));
    return;
  }
  ASSERT_TRUE(written.is_ok()) << written.message();
  EXPECT_EQ(report.nodes_dropped, 0);
  EXPECT_EQ(report.weights_dropped,
            shape.weights != Weights::kNone && (name == "a.el" || name == "a.sg"))
      << name;
  const WeightKind kind = shape.weights == Weights::kNone || report.weights_dropped
                              ? WeightKind::kIgnore
                          : shape.weights == Weights::kReal ? WeightKind::kReal
                                                            : WeightKind::kInteger;
  Result<ReadGraph> read =
      read_graph(path, {.directed = shape.directed, .weights = kind}, *test::threads(2));
  ASSERT_TRUE(read.is_ok()) << read.status().message();
  const GraphView& back = read->graph.view();
  Graph plain;  // what a format without weights is to give back
  if (report.weights_dropped)
    plain =
        random_graph({shape.directed, Weights::kNone, shape.placed}, graph.view().num_nodes(), 1);
  const GraphView& expected = report.weights_dropped ? plain.view() : graph.view();
  EXPECT_TRUE(test::arcs_of(back) == test::arcs_of(expected)) << name;
  EXPECT_EQ(back.num_nodes(), expected.num_nodes()) << name;
  const bool arcs_as_given = name.starts_with("a.gr") && !name.starts_with("a.graph");
  EXPECT_EQ(back.directed(), shape.directed || arcs_as_given) << name;
  EXPECT_EQ(back.has_coordinates(), shape.placed && !report.coordinates_dropped) << name;
  if (!back.has_coordinates()) return;
  for (NodeID user = 0; user < back.num_nodes(); ++user) {
    const auto a = static_cast<std::size_t>(back.internal_id(user)),
               b = static_cast<std::size_t>(expected.internal_id(user));
    ASSERT_EQ(back.x()[a], expected.x()[b]);
    ASSERT_EQ(back.y()[a], expected.y()[b]);
  }
}

TEST(WriteGraph, EveryFormatGivesBackTheGraphThatItHolds) {
  for (const bool directed : {false, true}) {
    for (const Weights weights : {Weights::kNone, Weights::kInteger, Weights::kReal}) {
      for (const bool placed : {false, true}) {
        const Shape shape{directed, weights, placed};
        const Graph graph = random_graph(shape, 150, 1);
        for (const std::string_view name : kNames) expect_round_trip(name, shape, graph);
      }
    }
  }
}

TEST(WriteGraph, NodesThatAnEdgeListCannotNameAreCounted) {
  const test::Folder folder;
  const std::vector<Edge> edges = {{0, 2, 1}};
  BuildOptions options;
  options.num_nodes = 10;
  const Graph graph = build_graph(edges, options).value();
  WriteReport report;
  ASSERT_TRUE(write_graph(graph, folder / "a.el", &report).is_ok());
  EXPECT_EQ(report.nodes_dropped, 7);
  EXPECT_EQ(test::file_bytes(folder / "a.el"), "0 2\n");
}

TEST(WriteGraph, EmptyGraphsPassThroughEveryFormat) {
  const Graph empty = build_graph(std::span<const Edge>(), {}).value();
  for (const std::string_view name : kNames) {
    const test::Folder folder;
    ASSERT_TRUE(write_graph(empty, folder / name).is_ok()) << name;
    const Result<ReadGraph> read = read_graph(folder / name, {}, *test::threads(1));
    ASSERT_TRUE(read.is_ok()) << read.status().message();
    EXPECT_EQ(read.value().graph.view().num_nodes(), 0) << name;
  }
}

TEST(WriteGraph, AFailureLeavesTheOlderFileAlone) {
  const test::Folder folder;
  const Graph directed = random_graph({true, Weights::kReal, false}, 10, 1);
  folder.write("old.gr", "old");
  EXPECT_EQ(folder.local(write_graph(directed, folder / "old.gr").message()),
            "old.gr: DIMACS cannot hold real weights");
  EXPECT_EQ(test::file_bytes(folder / "old.gr"), "old");
  EXPECT_EQ(folder.local(write_graph(directed, folder / "a.graph").message()),
            "a.graph: METIS cannot hold a directed graph");
  EXPECT_EQ(write_graph(directed, folder / "no/such/a.el").code(), StatusCode::kIoError);
  EXPECT_TRUE(folder.local(write_graph(directed, folder / "a.pdf").message())
                  .starts_with("a.pdf: its ending names no graph format; there are .el,"));
}

TEST(WritePoints, ReadBackToTheLastBit) {
  const test::Folder folder;
  Random random(4);
  PointSet points;
  for (int i = 0; i < 1000; ++i) {
    points.x.push_back((random.next_unit() - 0.5) * 1e9);
    points.y.push_back(random.next_unit() * 1e-30);
    points.vy.push_back(static_cast<float>(random.next_unit()));
    points.mass.push_back(static_cast<float>(random.next_unit()));
  }
  points.vx.assign(1000, 0.0f);
  for (const char* name : {"a.csv", "a.tsv", "a.csv.gz"}) {
    ASSERT_TRUE(write_points(points, folder / name).is_ok());
    const PointSet back = read_points(folder / name, *test::threads(2)).value().points;
    EXPECT_TRUE(back.x == points.x && back.y == points.y && back.vx == points.vx &&
                back.vy == points.vy)
        << name;
    EXPECT_TRUE(back.mass == points.mass && back.radius.empty()) << name;
  }
  EXPECT_EQ(folder.local(write_points(points, folder / "a.xyz").message()),
            "a.xyz: points are written to .csv or .tsv");
}

}  // namespace
}  // namespace quadrille
