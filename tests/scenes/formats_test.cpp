// What each format means: small files whose graphs are known, and real ones whose counts are.
#include <quadrille/input.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "scenes/input/text.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

using test::read_or_fail;

std::string arcs(std::string_view name, std::string_view text, const ReadOptions& options = {}) {
  const test::Folder folder;
  return test::arcs_of(read_or_fail(folder.write(name, text), options).graph.view());
}

TEST(EdgeList, IsUndirectedUnlessAskedAndCountsWhatItMeets) {
  const test::Folder folder;
  const std::string path = folder.write("a.el", "# comment\n0 1\r\n1 2\n\n% other\n2 2\n1 0\n4 2");
  const ReadGraph undirected = read_or_fail(path);
  EXPECT_EQ(test::arcs_of(undirected.graph.view()), "0>1 1>0 1>2 2>1 2>2 2>4 4>2");
  const InputReport& report = undirected.report;
  EXPECT_EQ(report.format, "edge list");
  EXPECT_EQ(report.lines, 8);
  EXPECT_EQ(report.comments, 2);
  EXPECT_EQ(report.crlf_lines, 1);
  EXPECT_EQ(report.build.edges_in_input, 5);
  EXPECT_EQ(report.build.self_loops, 1);
  EXPECT_EQ(report.build.duplicate_edges, 1);
  EXPECT_EQ(report.build.isolated_nodes, 1);
  const ReadGraph directed = read_or_fail(path, {.directed = true});
  EXPECT_EQ(test::arcs_of(directed.graph.view()), "0>1 1>0 1>2 2>2 4>2");
  EXPECT_EQ(directed.report.build.duplicate_edges, 0);
}

TEST(EdgeList, AnySeparatorAnyWeightAndAHeaderInCsv) {
  const ReadOptions integer{.weights = WeightKind::kInteger};
  for (const char* text : {"0 1 5\n1 2 7\n", "0,1,5\n1,2,7\n", "0\t1\t5\r\n1\t2\t7",
                           "0;1;5\n1;2;7\n", "0, 1, 5.0\n1, 2, 7e0\n"}) {
    EXPECT_EQ(arcs("a.csv", text, integer), "0>1*5 1>0*5 1>2*7 2>1*7") << text;
    EXPECT_EQ(arcs("a.txt", text), "0>1 1>0 1>2 2>1") << text;
  }
  EXPECT_EQ(arcs("a.csv", "source,target,weight\n0,1,5\n", integer), "0>1*5 1>0*5");
  EXPECT_EQ(arcs("a.tsv", "\"from\"\t\"to\"\n0\t1\n", integer), "0>1 1>0");
  EXPECT_EQ(arcs("a.wel", "0 1 2.5\n", {.weights = WeightKind::kReal}), "0>1*2.5 1>0*2.5");
  EXPECT_EQ(arcs("a.wel", "0 1 -2.5\n"), "0>1 1>0");
  EXPECT_EQ(arcs("a.wel", "0 1 9\n0 1 3\n1 0 4\n", integer), "0>1*3 1>0*3");
  EXPECT_EQ(arcs("a.el", "0 1\n", integer), "0>1 1>0");
  EXPECT_EQ(arcs("a.wel", "0 1 2\n", {.weights = WeightKind::kEither}), "0>1*2 1>0*2");
  EXPECT_EQ(arcs("a.wel", "0 1 2\n1 2 0.5\n", {.weights = WeightKind::kEither}),
            "0>1*2 1>0*2 1>2*0.5 2>1*0.5");
}

TEST(EdgeList, EmptyFilesAreEmptyGraphs) {
  for (const char* text : {"", "\n", "# nothing\n", "\r\n\r\n", "%"}) {
    EXPECT_EQ(arcs("a.el", text), "") << text;
  }
}

TEST(MatrixMarket, GeneralIsDirectedAndSymmetricIsNot) {
  const ReadOptions either{.weights = WeightKind::kEither};
  EXPECT_EQ(
      arcs("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n% c\n3 3 2\n1 2\n3 1\n",
           either),
      "0>1 2>0");
  EXPECT_EQ(
      arcs("a.mtx", "%%MatrixMarket matrix coordinate integer symmetric\n3 3 2\n2 1 4\n3 3 9\n",
           either),
      "0>1*4 1>0*4 2>2*9");
  EXPECT_EQ(
      arcs("odd.name", "%%MatrixMarket MATRIX Coordinate Real General\r\n2 2 1\r\n2 1 0.5", either),
      "1>0*0.5");
  EXPECT_EQ(arcs("a.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n2 1 -0.5\n"),
            "1>0");
}

TEST(Metis, ListsAreLinesAndNodeWeightsAreSkipped) {
  const ReadOptions integer{.weights = WeightKind::kInteger};
  EXPECT_EQ(arcs("a.graph", "% c\n3 2\n2 3\n1\n1\n", integer), "0>1 0>2 1>0 2>0");
  EXPECT_EQ(arcs("a.graph", "3 1 0\n\n3\n2\n", integer), "1>2 2>1");
  EXPECT_EQ(arcs("a.graph", "3 1\n2\n1\n", integer), "0>1 1>0")
      << "the last empty line lacks its end";
  EXPECT_EQ(arcs("a.graph", "2 1 1\n2 7\n1 7\n", integer), "0>1*7 1>0*7");
  EXPECT_EQ(arcs("a.graph", "2 1 10\n5 2\n6 1\n", integer), "0>1 1>0");
  EXPECT_EQ(arcs("a.graph", "2 1 11 2\n5 5 2 7\n6 6 1 7\n", integer), "0>1*7 1>0*7");
  EXPECT_EQ(arcs("a.graph", "2 1 100\n5 2\n6 1\n", integer), "0>1 1>0");
  EXPECT_EQ(arcs("a.graph", "2 1 111 1\n9 5 2 7\n9 6 1 7\n\n\n", integer), "0>1*7 1>0*7");
}

TEST(Dimacs, ArcsAreAsGivenAndCoordinatesStandBeside) {
  const test::Folder folder;
  const std::string path =
      folder.write("a.gr", "c road\np sp 3 3\na 1 2 10\nc mid\na 2 1 12\na 3 3 0\n");
  const ReadOptions integer{.weights = WeightKind::kInteger};
  ReadGraph graph = read_or_fail(path, integer);
  EXPECT_EQ(test::arcs_of(graph.graph.view()), "0>1*10 1>0*12 2>2*0");
  EXPECT_FALSE(graph.graph.view().has_coordinates());
  folder.write("a.co", "p aux sp co 3\nv 2 5 -6\nv 1 1.5 2\nv 3 0 100\n");
  for (const NodeOrder order : {NodeOrder::kFile, NodeOrder::kMorton}) {
    graph = read_or_fail(path, {.weights = WeightKind::kInteger, .order = order});
    const GraphView& view = graph.graph.view();
    EXPECT_EQ(test::arcs_of(view), "0>1*10 1>0*12 2>2*0");
    ASSERT_TRUE(view.has_coordinates());
    EXPECT_EQ(folder.local(graph.report.coordinates_path), "a.co");
    EXPECT_EQ(view.x()[static_cast<std::size_t>(view.internal_id(0))], 1.5f);
    EXPECT_EQ(view.y()[static_cast<std::size_t>(view.internal_id(1))], -6.0f);
    EXPECT_EQ(view.reordered(), order == NodeOrder::kMorton);
  }
}

TEST(Gapbs, BinaryGraphsAreReadAsTheyWereSaved) {
  std::string bytes;
  const auto put = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  put(std::uint8_t{0}), put(std::int64_t{2}), put(std::int64_t{3});
  for (const std::int64_t offset : {0, 1, 2, 2}) put(offset);
  const std::string lists = bytes;
  put(1), put(0);
  EXPECT_EQ(arcs("a.sg", bytes), "0>1 1>0");
  bytes = lists;
  put(1), put(40), put(0), put(40);
  EXPECT_EQ(arcs("a.wsg", bytes, {.weights = WeightKind::kInteger}), "0>1*40 1>0*40");
}

TEST(GraphMl, NodesDirectionWeightsDefaultsAndCoordinates) {
  const std::string text =
      "<?xml version='1.0'?><graphml xmlns='http://graphml.graphdrawing.org/xmlns'>"
      "<key id='d0' for='edge' attr.name='weight' attr.type='double'><default>3</default></key>"
      "<key id='d1' for='node' attr.name='x'/><key id='d2' for='node' attr.name='y'/>"
      "<key id='d3' for='node' attr.name='colour'/>"
      "<graph edgedefault='directed'>"
      "<node id='b'><data key='d1'>1.5</data><data key='d2'> -2\n</data><data "
      "key='d3'>red</data></node>"
      "<node id='a &amp; c'><data key='d1'>0</data><data key='d2'>0</data></node>"
      "<edge source='a &amp; c' target='b'><data key='d0'>7</data></edge><edge source='b' "
      "target='b'/>"
      "</graph></graphml>";
  const test::Folder folder;
  const ReadGraph graph =
      read_or_fail(folder.write("a.graphml", text), {.weights = WeightKind::kInteger});
  EXPECT_EQ(test::arcs_of(graph.graph.view()), "0>0*3 1>0*7");
  ASSERT_TRUE(graph.graph.view().has_coordinates());
  EXPECT_EQ(graph.graph.view().x()[0], 1.5f);
  EXPECT_EQ(graph.graph.view().y()[0], -2.0f);
  EXPECT_EQ(arcs("a.xml",
                 "<graphml><graph edgedefault='undirected'><node id='0'/><node id='1'/>"
                 "<edge source='0' target='1'/></graph></graphml>"),
            "0>1 1>0");
}

TEST(Points, ColumnsGoByTheirNames) {
  const test::Folder folder;
  const auto points = [&](std::string_view name, std::string_view text) {
    Result<ReadPoints> read = read_points(folder.write(name, text), *test::threads(2));
    EXPECT_TRUE(read.is_ok()) << read.status().message();
    return std::move(read).value();
  };
  const ReadPoints bodies = points("a.csv", "mass,y,x,vy\n1,2,3,4\r\n# c\n\n0.5,-2,1e3,0");
  EXPECT_EQ(bodies.points.x, (std::vector<double>{3, 1000}));
  EXPECT_EQ(bodies.points.y, (std::vector<double>{2, -2}));
  EXPECT_EQ(bodies.points.mass, (std::vector<float>{1, 0.5f}));
  EXPECT_EQ(bodies.points.vy, (std::vector<float>{4, 0}));
  EXPECT_EQ(bodies.points.vx, (std::vector<float>{0, 0}));
  EXPECT_TRUE(bodies.points.radius.empty());
  EXPECT_EQ(bodies.report.comments, 1);
  EXPECT_EQ(bodies.report.crlf_lines, 1);
  EXPECT_EQ(points("b.tsv", "x\ty\n4257952\t165362\n").points.x[0], 4257952);
  EXPECT_EQ(points("c.csv", "1,2\n3,4\n").points.y, (std::vector<double>{2, 4}));
  const ReadPoints xyz = points("d.xyz", "1 2 3\n4 5 6\n");
  EXPECT_EQ(xyz.points.x, (std::vector<double>{1, 4}));
  EXPECT_EQ(xyz.report.z_ignored, 2);
  EXPECT_EQ(points("e.csv", "x,y\n").points.size(), 0);
}

TEST(Formats, ManyChunksGiveTheSameGraphOnAnyThreadCount) {
  std::string edges, list = "200000 199999\n", points = "x,y\n";
  for (int i = 0; i + 1 < 200000; ++i)
    edges += std::to_string(i) + " " + std::to_string(i + 1) + "\n";
  for (int i = 1; i <= 200000; ++i) {
    list += (i > 1 ? std::to_string(i - 1) + " " : "") + (i < 200000 ? std::to_string(i + 1) : "") +
            "\n";
    points += std::to_string(i) + "," + std::to_string(-i) + "\n";
  }
  const test::Folder folder;
  const std::string el = folder.write("a.el", edges), metis = folder.write("a.graph", list);
  ASSERT_GT(edges.size(), 2 * TextChunks::kBytes);
  const Graph expected = read_or_fail(el, {}, 1).graph;
  for (const int count : {1, 2, 3, 8}) {
    EXPECT_TRUE(std::ranges::equal(read_or_fail(el, {}, count).graph.image(), expected.image()));
    EXPECT_TRUE(std::ranges::equal(read_or_fail(metis, {}, count).graph.image(), expected.image()));
    const ReadPoints read =
        read_points(folder.write("p.csv", points), *test::threads(count)).value();
    ASSERT_EQ(read.points.size(), 200000);
    for (std::size_t i = 0; i < 200000; ++i)
      ASSERT_EQ(read.points.y[i], -static_cast<double>(i + 1));
  }
}

// The METIS files of the reference data need no preparation.
TEST(Formats, RealFilesHaveTheCountsThatOtherToolsFound) {
  const char* const folder = std::getenv("QUADRILLE_DATA");
  const std::string data =
      folder == nullptr
          ? (std::filesystem::path(__FILE__).parent_path() / "../../../shared/data").string()
          : folder;
  if (!std::filesystem::exists(data + "/power.graph"))
    GTEST_SKIP() << "no reference data at " << data;
  struct Known {
    const char* name;
    std::int64_t nodes, edges, max_degree;
  };
  for (const Known& known : {Known{"karate", 34, 78, 17},
                             {"lesmis", 77, 254, 36},
                             {"jazz", 198, 2742, 100},
                             {"power", 4941, 6594, 19}}) {
    const ReadGraph graph =
        read_or_fail(data + "/" + known.name + ".graph", {.weights = WeightKind::kInteger});
    EXPECT_EQ(graph.graph.view().num_nodes(), known.nodes);
    EXPECT_EQ(graph.graph.view().num_edges(), known.edges);
    EXPECT_EQ(graph.report.build.max_out_degree, known.max_degree);
    EXPECT_EQ(graph.report.build.self_loops + graph.report.build.duplicate_edges +
                  graph.report.build.isolated_nodes,
              0);
  }
}

}  // namespace
}  // namespace quadrille
