// What may be changed of a graph while it is read, and that it is counted.
#include <quadrille/input.h>
#include <quadrille/output.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/random.h"
#include "engine/slab.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

using test::read_or_fail;

struct ListShape {
  bool directed, twice;  // each edge named from both of its ends
};
constexpr ListShape kListShapes[] = {{false, false}, {false, true}, {true, false}};
constexpr NodeOrder kOrders[] = {NodeOrder::kFile, NodeOrder::kDegree, NodeOrder::kPlaced};

// Parts of falling size, 40 nodes in all, with loops and duplicates; the largest is not the first.
std::vector<Edge> parts(bool twice) {
  Random random(5);
  std::vector<Edge> edges;
  const auto add = [&](NodeID u, NodeID v) {
    const auto w = static_cast<Weight>(random.next_below(50));
    edges.push_back({u, v, w});
    if (twice && u != v) edges.push_back({v, u, w});
  };
  for (NodeID u = 0; u < 4; ++u) add(u, u + 1);
  for (NodeID u = 10; u < 30; u += 2) add(u, u + 2), add(u + 2, 10), add(u, u);
  for (NodeID u = 31; u < 37; u += 2) add(u, u + 2);
  add(6, 6), add(6, 6), add(39, 39);
  return edges;
}

std::string list_of(const std::vector<Edge>& edges) {
  std::string text;
  for (const Edge& e : edges) {
    text += std::to_string(e.u) + " " + std::to_string(e.v) + " " + std::to_string(e.w) + "\n";
  }
  return text;
}

// As an edge list with weights, and as the image of that.
std::vector<std::string> files_of(const test::Folder& folder, const ListShape& shape) {
  const std::string list = folder.write("a.wel", list_of(parts(shape.twice)));
  const std::string image = folder / "a.qg";
  const ReadGraph graph =
      read_or_fail(list, {.directed = shape.directed, .weights = WeightKind::kInteger});
  EXPECT_TRUE(write_graph(graph.graph, image).is_ok());
  return {list, image};
}

TEST(ChangeGraph, SelfLoopsAreDroppedAndCounted) {
  const test::Folder folder;
  for (const ListShape& shape : kListShapes) {
    std::vector<Edge> edges = parts(shape.twice);
    std::erase_if(edges, [](const Edge& e) { return e.u == e.v; });
    const Graph expected =
        build_graph(edges, {.directed = shape.directed, .weighted = true, .num_nodes = 40}).value();
    for (const std::string& path : files_of(folder, shape)) {
      for (const NodeOrder order : kOrders) {
        const ReadGraph graph = read_or_fail(path, {.directed = shape.directed,
                                                    .weights = WeightKind::kInteger,
                                                    .order = order,
                                                    .changes = {.drop_self_loops = true}});
        EXPECT_EQ(test::arcs_of(graph.graph.view()), test::arcs_of(expected.view())) << path;
        const BuildReport& report = graph.report.build;
        const bool is_image = path.ends_with(".qg");
        EXPECT_EQ(report.dropped_loops, is_image ? 12 : 13);  // the list names one twice
        EXPECT_EQ(report.self_loops, report.dropped_loops);
        EXPECT_EQ(report.edges_in_input - report.dropped_loops - report.duplicate_edges,
                  expected.view().num_edges());
        EXPECT_TRUE(verify_graph_image(graph.graph.image()).is_ok());
      }
    }
  }
}

TEST(ChangeGraph, TheLargestComponentKeepsItsIds) {
  const test::Folder folder;
  for (const ListShape& shape : kListShapes) {
    std::vector<Edge> kept;  // by rank: the ids are 10, 12, 14 ...
    for (const Edge& e : parts(shape.twice)) {
      if (e.u >= 10 && e.u <= 30 && e.u % 2 == 0)
        kept.push_back({(e.u - 10) / 2, (e.v - 10) / 2, e.w});
    }
    const Graph expected =
        build_graph(kept, {.directed = shape.directed, .weighted = true}).value();
    for (const std::string& path : files_of(folder, shape)) {
      for (const NodeOrder order : kOrders) {
        const ReadGraph graph = read_or_fail(path, {.directed = shape.directed,
                                                    .weights = WeightKind::kInteger,
                                                    .order = order,
                                                    .changes = {.largest_component = true}});
        const GraphView& view = graph.graph.view();
        EXPECT_EQ(test::arcs_of(view), test::arcs_of(expected.view())) << path;
        for (NodeID user = 0; user < view.num_nodes(); ++user)
          EXPECT_EQ(view.names().number(user), static_cast<std::uint64_t>(10 + 2 * user));
        const BuildReport& report = graph.report.build;
        EXPECT_EQ(report.dropped_nodes, 40 - view.num_nodes());
        EXPECT_EQ(report.edges_in_input - report.duplicate_edges - report.dropped_edges,
                  view.num_edges());
        EXPECT_EQ(report.components, 23);
        EXPECT_EQ(report.isolated_nodes, 0);
        EXPECT_TRUE(verify_graph_image(graph.graph.image()).is_ok());
      }
    }
  }
}

TEST(ChangeGraph, TheLargestComponentKeepsNamesAndCoordinates) {
  const test::Folder folder;
  const std::string named = folder.write("a.el", "ann bob\nx y\ny z\nz x\n");
  const ReadGraph texts =
      read_or_fail(named, {.ids = NodeIds::kSparse, .changes = {.largest_component = true}});
  EXPECT_EQ(texts.graph.view().names().bytes(), "xyz");

  folder.write("b.co", "p aux sp co 5\nv 1 0 1\nv 2 0 2\nv 3 0 3\nv 4 0 4\nv 5 0 5\n");
  const std::string roads = folder.write("b.gr", "p sp 5 3\na 1 2 1\na 3 5 1\na 5 4 1\n");
  for (const NodeOrder order : {NodeOrder::kFile, NodeOrder::kMorton}) {
    const ReadGraph placed = read_or_fail(
        roads, {.order = order, .changes = {.symmetrize = true, .largest_component = true}});
    const GraphView& view = placed.graph.view();
    EXPECT_FALSE(view.directed());
    EXPECT_EQ(placed.report.build.arcs_symmetrized, 3);
    ASSERT_EQ(view.num_nodes(), 3);
    for (NodeID user = 0; user < 3; ++user) {
      EXPECT_EQ(view.y()[static_cast<std::size_t>(view.internal_id(user))],
                static_cast<float>(view.names().number(user) + 1));
    }
  }
}

// Of a front part nothing is renamed; of one part nothing changes at all.
TEST(ChangeGraph, WhatNeedsNoNamesHasNone) {
  const test::Folder folder;
  const std::string front = folder.write("a.el", "0 1\n1 2\n3 4\n");
  const ReadGraph kept = read_or_fail(front, {.changes = {.largest_component = true}});
  EXPECT_TRUE(kept.graph.view().names().empty());
  EXPECT_EQ(kept.graph.view().num_nodes(), 3);

  const std::string image = folder / "a.qg";
  ASSERT_TRUE(write_graph(kept.graph, image).is_ok());
  const ReadGraph whole = read_or_fail(
      image, {.changes = {.symmetrize = true, .drop_self_loops = true, .largest_component = true}});
  EXPECT_TRUE(whole.graph.is_mapped());
  EXPECT_EQ(whole.report.build.components, 1);
  EXPECT_EQ(whole.report.build.dropped_nodes, 0);
}

TEST(ChangeGraph, ArcsBecomeEdgesInEachFormat) {
  const test::Folder folder;
  const std::string arcs = "1 2 5\n2 1 4\n3 1 7\n3 3 1\n";
  const std::string list =
      folder.write("a.mtx", "%%MatrixMarket matrix coordinate integer general\n3 3 4\n" + arcs);
  const ReadGraph directed = read_or_fail(list, {.weights = WeightKind::kInteger});
  for (const char* const name : {"a.gr", "a.wsg", "a.graphml", "a.qg", "b.mtx"}) {
    const std::string path = folder / name;
    ASSERT_TRUE(write_graph(directed.graph, path).is_ok());
    for (const NodeOrder order : kOrders) {
      const ReadGraph graph = read_or_fail(
          path, {.weights = WeightKind::kInteger, .order = order, .changes = {.symmetrize = true}});
      EXPECT_FALSE(graph.graph.view().directed());
      EXPECT_EQ(test::arcs_of(graph.graph.view()), "0>1*4 0>2*7 1>0*4 2>0*7 2>2*1") << name;
      EXPECT_EQ(graph.report.build.arcs_symmetrized, 4);
      EXPECT_EQ(graph.report.build.duplicate_edges, 1);
    }
  }
}

TEST(ChangeGraph, AnImageIsOrderedAsAListIs) {
  const test::Folder folder;
  for (const ListShape& shape : kListShapes) {
    const std::vector<std::string> files = files_of(folder, shape);
    std::vector<std::string> images;
    for (const std::string& path : files) {
      const ReadGraph graph = read_or_fail(path, {.directed = shape.directed,
                                                  .weights = WeightKind::kInteger,
                                                  .order = NodeOrder::kPlaced});
      images.emplace_back(reinterpret_cast<const char*>(graph.graph.image().data()),
                          graph.graph.image_bytes());
    }
    EXPECT_EQ(images[0], images[1]);
  }
  const ReadGraph hub = read_or_fail((folder / "a.qg"), {.order = NodeOrder::kDegree});
  EXPECT_TRUE(hub.graph.view().reordered());
  EXPECT_FALSE(hub.graph.is_mapped());
}

// By what users call the nodes, in the order in which they stand.
std::vector<std::string> standing(const GraphView& view) {
  std::vector<std::string> names;
  for (NodeID v = 0; v < view.num_nodes(); ++v) names.push_back(view.name_of(v));
  return names;
}

TEST(ChangeGraph, AnImageKeepsItsOrderAndItsVersion) {
  const test::Folder folder;
  for (const ListShape& shape : kListShapes) {
    const std::vector<std::string> files = files_of(folder, shape);
    for (const NodeOrder order : {NodeOrder::kDegree, NodeOrder::kPlaced}) {
      const std::string ordered = folder / "ordered.qg";
      const ReadOptions plain{.directed = shape.directed, .weights = WeightKind::kInteger};
      ReadOptions with_order = plain;
      with_order.order = order;
      const Graph before = std::move(read_or_fail(files[0], with_order).graph);
      std::string bytes(reinterpret_cast<const char*>(before.image().data()), before.image_bytes());
      reinterpret_cast<HeaderSlab*>(bytes.data())->version = 7;
      folder.write("ordered.qg", bytes);
      for (int bits = 1; bits < 8; ++bits) {
        ReadOptions changed = plain;
        changed.changes = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
        // Without coordinates that order keeps what is there.
        if (bits % 2 == 0) changed.order = NodeOrder::kMorton;
        const ReadGraph after = read_or_fail(ordered, changed);
        const GraphView& view = after.graph.view();
        EXPECT_EQ(test::arcs_of(view), test::arcs_of(read_or_fail(files[0], changed).graph.view()));
        std::vector<std::string> expected = standing(before.view());
        std::erase_if(expected, [&](const std::string& name) { return view.find_user(name) < 0; });
        EXPECT_EQ(standing(view), expected) << bits;
        EXPECT_EQ(view.version(), 7U);
        EXPECT_TRUE(verify_graph_image(after.graph.image()).is_ok());
      }
    }
  }
}

TEST(ChangeGraph, CountsAreThoseOfAListThatNamesEachEdgeOnce) {
  const test::Folder folder;
  for (const ListShape& shape : kListShapes) {
    const std::string image = files_of(folder, shape)[1], list = folder / "once.wel";
    ASSERT_TRUE(write_graph(read_or_fail(image, {}).graph, list).is_ok());
    for (int bits = 0; bits < 8; ++bits) {
      const ReadOptions options{.directed = shape.directed,
                                .weights = WeightKind::kInteger,
                                .changes = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}};
      const ReadGraph one = read_or_fail(list, options), other = read_or_fail(image, options);
      const auto counts = [](const BuildReport& r) {
        return std::vector{r.edges_in_input,   r.self_loops,    r.dropped_loops, r.duplicate_edges,
                           r.arcs_symmetrized, r.components,    r.dropped_nodes, r.dropped_edges,
                           r.isolated_nodes,   r.max_out_degree};
      };
      const BuildReport& report = one.report.build;
      EXPECT_EQ(counts(report), counts(other.report.build)) << shape.directed << " " << bits;
      EXPECT_EQ(report.edges_in_input - report.dropped_loops - report.duplicate_edges -
                    report.dropped_edges,
                one.graph.view().num_edges());
    }
  }
}

TEST(ChangeGraph, GivesTheSameBytesForAnyThreadCount) {
  const test::Folder folder;
  std::string text;
  Random random(2);
  for (int i = 0; i < 9000; ++i) {
    text += std::to_string(random.next_below(9000)) + " " +
            std::to_string(random.next_below(9000)) + "\n";
  }
  const std::string path = folder.write("a.el", text);
  const ReadOptions options{.order = NodeOrder::kDegree,
                            .changes = {.drop_self_loops = true, .largest_component = true}};
  const ReadGraph one = read_or_fail(path, options, 1), three = read_or_fail(path, options, 3);
  EXPECT_GT(one.report.build.components, 1);
  EXPECT_TRUE(std::ranges::equal(one.graph.image(), three.graph.image()));
}

}  // namespace
}  // namespace quadrille
