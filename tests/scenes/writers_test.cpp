// What is written reads back as the same graph, in every format that can hold it.
#include <quadrille/output.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <quadrille/graph_builder.h>
#include <quadrille/input.h>

#include "engine/memory_budget.h"
#include "engine/random.h"
#include "engine/slab.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

enum class Weights { kNone, kInteger, kReal };

struct WrittenShape {
  bool directed;
  Weights weights;
  bool placed;  // with coordinates, and nodes in Morton order
};

Graph random_graph(const WrittenShape& shape, NodeID num_nodes, std::uint64_t seed) {
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
  options.x = x, options.y = y,
  options.order = shape.placed ? NodeOrder::kMorton : NodeOrder::kFile;
  return build_graph(edges, options).value();
}

constexpr std::string_view kNames[] = {
    "a.el", "a.wel", "a.csv", "a.tsv",     "a.txt",    "a.mtx",   "a.graph",   "a.gr",
    "a.sg", "a.wsg", "a.qg",  "a.graphml", "a.wel.gz", "a.gr.gz", "a.mtx.zst", "a.qg.zst"};

bool fits(std::string_view name, const WrittenShape& shape) {
  const bool metis = name.starts_with("a.graph") && !name.starts_with("a.graphml");
  if (metis && shape.directed) return false;
  const bool integers = metis || name.starts_with("a.gr.") || name == "a.gr" || name == "a.wsg";
  return shape.weights != Weights::kReal || !integers;
}

void expect_round_trip(std::string_view name, const WrittenShape& shape, const Graph& graph) {
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
        const WrittenShape shape{directed, weights, placed};
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
            "a.xyz: points are written to .csv, .tsv or .qt");
}

PointSet random_points(int count, bool in_floats) {
  Random random(14);
  PointSet points;
  for (int i = 0; i < count; ++i) {
    const double x = random.next_unit() * 1e8, y = random.next_unit() - 0.5;
    points.x.push_back(in_floats ? double{static_cast<float>(x)} : x);
    points.y.push_back(in_floats ? double{static_cast<float>(y)} : y);
  }
  return points;
}

TEST(WriteQuadtree, PlacesReadBackToTheLastBitInTheOrderOfTheirIds) {
  const test::Folder folder;
  for (const bool in_floats : {true, false}) {
    for (const int count : {0, 1, 5, 3000}) {
      const PointSet points = random_points(count, in_floats);
      for (const char* name : {"a.qt", "a.qt.gz", "a.qt.zst"}) {
        ASSERT_EQ(write_quadtree(points, folder / name, *test::threads(2)).message(), "");
        auto back = read_points(folder / name, *test::threads(2));
        ASSERT_EQ(back.status().message(), "");
        EXPECT_TRUE(back->points.x == points.x && back->points.y == points.y) << name << count;
        EXPECT_EQ(back->report.format, "quadtree image");
        EXPECT_EQ(back->report.points, count);
      }
    }
  }
}

TEST(WriteQuadtree, BytesDoNotDependOnThreadsAndDoublesStandOnlyWhereFloatsDoNotHold) {
  const test::Folder folder;
  const PointSet points = random_points(3000, false);
  ASSERT_TRUE(write_quadtree(points, folder / "a.qt", *test::threads(1)).is_ok());
  ASSERT_TRUE(write_quadtree(points, folder / "b.qt", *test::threads(8)).is_ok());
  EXPECT_EQ(test::file_bytes(folder / "a.qt"), test::file_bytes(folder / "b.qt"));
  ASSERT_TRUE(
      write_quadtree(random_points(3000, true), folder / "c.qt", *test::threads(1)).is_ok());
  EXPECT_EQ(test::file_bytes(folder / "c.qt").size() + 2 * 3000 * sizeof(double),
            test::file_bytes(folder / "a.qt").size());
}

TEST(WriteQuadtree, TheImageIsReadAsATreeByItsFirstBytesWhateverItsName) {
  const test::Folder folder;
  const PointSet points = random_points(100, false);
  ASSERT_TRUE(write_quadtree(points, folder / "a.csv", *test::threads(1)).is_ok());
  auto read = read_points_or_tree(folder / "a.csv", *test::threads(1));
  ASSERT_EQ(read.status().message(), "");
  const auto& tree = std::get<ReadQuadtree>(read.value()).tree.view();
  ASSERT_EQ(tree.order.size(), 100u);
  EXPECT_EQ(tree.exact_x[7], points.x[static_cast<std::size_t>(tree.order[7])]);
  folder.write("b.csv", "x,y\n1,2\n");
  auto text = read_points_or_tree(folder / "b.csv", *test::threads(1));
  ASSERT_EQ(text.status().message(), "");
  EXPECT_EQ(std::get<ReadPoints>(text.value()).points.y[0], 2.0);
}

TEST(WriteQuadtree, WhatCannotBeWrittenOrReadIsOneSentence) {
  const test::Folder folder;
  PointSet points = random_points(100, true);
  ASSERT_TRUE(write_quadtree(points, folder / "a.qt", *test::threads(1)).is_ok());
  std::string bytes = test::file_bytes(folder / "a.qt");
  const auto problem_of = [&](const std::string& content) {
    folder.write("d.qt", content);
    return folder.local(read_points(folder / "d.qt", *test::threads(1)).status().message());
  };
  EXPECT_EQ(problem_of(""), "d.qt: quadtree image: it has 0 bytes, less than a header");
  EXPECT_EQ(problem_of("x,y\n" + std::string(600, ' ')),
            "d.qt: quadtree image: it does not begin with QADRILLE");
  EXPECT_EQ(problem_of(bytes.substr(0, 640)), "d.qt: quadtree image: its header says " +
                                                  std::to_string(bytes.size()) +
                                                  " bytes, but there are 640");
  bytes[sizeof(HeaderSlab)] = bytes[sizeof(HeaderSlab) + sizeof(BodyID)];  // the order's first two
  EXPECT_EQ(problem_of(bytes), "d.qt: quadtree: place 1 does not name a new body");
  EXPECT_EQ(folder.local(read_graph(folder / "a.qt", {}, *test::threads(1)).status().message()),
            "a.qt: holds points, not a graph");
  ASSERT_TRUE(
      write_graph(random_graph({true, Weights::kReal, false}, 10, 1), folder / "g.qg").is_ok());
  EXPECT_EQ(folder.local(read_points(folder / "g.qg", *test::threads(1)).status().message()),
            "g.qg: holds a graph, not points");
  points.y[3] = -1e39;
  EXPECT_EQ(folder.local(write_quadtree(points, folder / "b.qt", *test::threads(1)).message()),
            "b.qt: cannot hold point 3: a coordinate is beyond 3.4e38");
  MemoryBudget budget({.hard_bytes = 4096});
  EXPECT_EQ(
      write_quadtree(random_points(100, true), folder / "b.qt", *test::threads(1), &budget).code(),
      StatusCode::kBudgetExceeded);
  EXPECT_FALSE(std::filesystem::exists(folder / "b.qt"));
}

}  // namespace
}  // namespace quadrille
