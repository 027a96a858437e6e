// Edge lists whose nodes are called by any numbers or texts.
#include <quadrille/input.h>
#include <quadrille/output.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/memory_budget.h"
#include "engine/random.h"
#include "scenes/input/name_table.h"
#include "scenes/input/parallel_sort.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

// Edges as a text says them, and the graph that they are by rank.
template <class Name>
struct NamedList {
  std::vector<std::pair<Name, Name>> edges;

  Graph by_rank(bool directed) const {
    std::map<Name, NodeID> rank;
    for (const auto& [u, v] : edges) rank[u] = rank[v] = 0;
    NodeID next = 0;
    for (auto& [name, id] : rank) id = next++;
    std::vector<Edge> ranked;
    for (const auto& [u, v] : edges) ranked.push_back({rank[u], rank[v], 1});
    return build_graph(ranked, {.directed = directed}).value();
  }
  std::set<Name> names() const {
    std::set<Name> all;
    for (const auto& [u, v] : edges) all.insert({u, v});
    return all;
  }
};

std::string text_of(const NamedList<std::uint64_t>& list) {
  std::string text;
  for (const auto& [u, v] : list.edges) text += std::to_string(u) + " " + std::to_string(v) + "\n";
  return text;
}
std::string text_of(const NamedList<std::string>& list) {
  std::string text;
  for (const auto& [u, v] : list.edges) text.append(u).append("\t").append(v).append("\n");
  return text;
}

Result<ReadGraph> try_read(const std::string& path, const ReadOptions& options, int workers = 3) {
  return read_graph(path, options, *test::threads(workers));
}

std::string image_of(const Graph& graph) {
  return {reinterpret_cast<const char*>(graph.image().data()), graph.image_bytes()};
}

// Of every number of digits; a thousand of them, so that each comes often.
NamedList<std::uint64_t> random_numbers(int edges) {
  Random random(7);
  std::vector<std::uint64_t> pool;
  for (int i = 0; i < 1000; ++i) pool.push_back(random.next() >> (i % 64));
  pool.push_back(UINT64_MAX);
  const auto pick = [&] {
    return pool[random.next_below(static_cast<std::uint32_t>(pool.size()))];
  };
  NamedList<std::uint64_t> list;
  for (int i = 0; i < edges; ++i) list.edges.emplace_back(pick(), pick());
  return list;
}

TEST(NamedEdges, NumbersOf64BitsBecomeTheirRanks) {
  const test::Folder folder;
  const NamedList<std::uint64_t> list = random_numbers(35000);  // some chunks of text
  const std::string path = folder.write("a.el", text_of(list));
  for (const bool directed : {false, true}) {
    const ReadOptions options{.directed = directed, .ids = NodeIds::kSparse};
    const ReadGraph read_one = try_read(path, options, 1).value();
    EXPECT_EQ(image_of(read_one.graph), image_of(try_read(path, options, 3)->graph));
    const GraphView& view = read_one.graph.view();
    EXPECT_EQ(test::arcs_of(view), test::arcs_of(list.by_rank(directed).view()));
    const auto names = list.names();
    ASSERT_EQ(static_cast<std::size_t>(view.num_nodes()), names.size());
    EXPECT_TRUE(std::ranges::equal(view.names().numbers(), names));
    NodeID rank = 0;
    for (const std::uint64_t name : names) EXPECT_EQ(view.find_user(std::to_string(name)), rank++);
    EXPECT_EQ(view.find_user("3.5"), -1);
    EXPECT_EQ(read_one.report.lines, 35000);
    EXPECT_EQ(read_one.report.build.edges_in_input, 35000);
    EXPECT_TRUE(verify_graph_image(read_one.graph.image()).is_ok());
  }
}

TEST(NamedEdges, TextsBecomeTheirRanksInTheOrderOfTheirBytes) {
  const test::Folder folder;
  Random random(3);
  NamedList<std::string> list;
  const auto pick = [&] {
    std::string name = "node";
    if (random.next_below(2) == 0) name = "n\xc3\xb6" + std::string(random.next_below(70), 'x');
    return name + std::to_string(random.next_below(999));
  };
  for (int i = 0; i < 15000; ++i) list.edges.emplace_back(pick(), pick());
  const std::string path = folder.write("a.tsv", text_of(list));
  for (const NodeOrder order : {NodeOrder::kFile, NodeOrder::kPlaced}) {
    const ReadOptions options{.order = order, .ids = NodeIds::kSparse};
    const ReadGraph read_one = try_read(path, options, 1).value();
    EXPECT_EQ(image_of(read_one.graph), image_of(try_read(path, options, 3)->graph));
    const GraphView& view = read_one.graph.view();
    EXPECT_EQ(test::arcs_of(view), test::arcs_of(list.by_rank(false).view()));
    NodeID rank = 0;
    for (const std::string& name : list.names()) {
      ASSERT_EQ(view.names().text(rank), name);
      EXPECT_EQ(view.find_user(name), rank);
      EXPECT_EQ(view.name_of(view.internal_id(rank++)), name);
    }
    EXPECT_EQ(view.find_user("node1000"), -1);
  }
}

TEST(NamedEdges, NumbersMayBeReadAsTexts) {
  const test::Folder folder;
  const std::string path = folder.write("a.el", "7 007\n10 7\n");
  EXPECT_EQ(try_read(path, {.ids = NodeIds::kSparse})->graph.view().num_nodes(), 2);
  const ReadGraph texts = try_read(path, {.ids = NodeIds::kTexts}).value();
  EXPECT_EQ(texts.graph.view().names().bytes(), "007107");
}

TEST(NamedEdges, AFirstLineOfCsvNamesColumnsIfItLooksSo) {
  const test::Folder folder;
  const auto names = [&](const std::string& text, NodeIds ids) {
    const ReadGraph graph = try_read(folder.write("a.csv", text), {.ids = ids}).value();
    const NodeNames& found = graph.graph.view().names();
    std::string joined;
    for (NodeID user = 0; user < found.size(); ++user) joined += found[user] + " ";
    return joined;
  };
  EXPECT_EQ(names("person,friend\n5,60\n", NodeIds::kSparse), "5 60 ");
  EXPECT_EQ(names("person,friend\n5,60\n", NodeIds::kTexts), "5 60 ");
  EXPECT_EQ(names("person,friend,weight\n\"5\",\"60\",1\n", NodeIds::kTexts), "5 60 ");
  EXPECT_EQ(names("a,b,strength\nann,bob,0.5\n", NodeIds::kSparse), "ann bob ");
  EXPECT_EQ(names("ann,bob,1\nbob,c,2\n", NodeIds::kTexts), "ann bob c ");
  EXPECT_EQ(names("ann,bob,1\n007,ann,2\n", NodeIds::kTexts), "007 ann bob ");
  EXPECT_EQ(names("Source,\"Target\"\nann,bob\n", NodeIds::kSparse), "ann bob ");
  EXPECT_EQ(names("\xef\xbb\xbfsource,target,weight\nann,bob,1\n", NodeIds::kTexts), "ann bob ");
  EXPECT_EQ(names("ann,bob\nbob,\"c\xc3\xa9line\"\n", NodeIds::kSparse), "ann bob c\xc3\xa9line ");
}

TEST(NamedEdges, ANumberTooLargeBelowColumnNamesIsToldAsSuch) {
  const test::Folder folder;
  const std::string path = folder.write("a.csv", "person,friend\n99999999999999999999,5\n");
  const Status status = try_read(path, {.ids = NodeIds::kSparse}).status();
  EXPECT_NE(status.message().find("has more than 64 bits"), std::string::npos) << status.message();
}

TEST(NamedEdges, EmptyListsAreEmptyGraphs) {
  const test::Folder folder;
  for (const char* const text : {"", "# nobody\n", "\n\n"}) {
    const ReadGraph graph = try_read(folder.write("a.el", text), {.ids = NodeIds::kSparse}).value();
    EXPECT_EQ(graph.graph.view().num_nodes(), 0);
    EXPECT_TRUE(graph.graph.view().names().empty());
  }
}

TEST(NamedEdges, WhatIsNoNameIsRefusedWithASentence) {
  struct Case {
    const char* name;
    std::string text;
    const char* message;
    NodeIds ids = NodeIds::kSparse;
  };
  const std::string huge(5000, 'z');
  const Case cases[] = {
      {"a.el", "1 2\n2 bob\n",
       "a.el:2: target 'bob' is not a whole number, as the first edge's source is"},
      {"a.el", "1 2\n2.5 3\n",
       "a.el:2: source '2.5' is not a whole number, as the first edge's source is"},
      {"a.el", "1 -2\n", "a.el:1: target '-2' is below 0"},
      {"a.el", "1 18446744073709551615\n1 18446744073709551616\n",
       "a.el:2: target '18446744073709551616' has more than 64 bits"},
      {"a.el", "7 123456789012345678901234567890123456789012345\n",
       "a.el:1: target '1234567890123456789012345678901234567890...' has more than 64 bits"},
      {"a.el", "1\n", "a.el:1: target is missing"},
      {"a.el", "a " + huge + "\n",
       "a.el:1: target 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...' is longer than 1024 bytes"},
      {"a.el", "a b\na \xff\xfe\n", "a.el:2: target '?\?' is not UTF-8"},
      {"a.el", "a b\na \xc3\n", "a.el:2: target '?' is not UTF-8"},
      {"a.csv", "\"Route 66\",7\n", "a.csv:1: source '\"Route' holds a quotation mark"},
      {"a.el", "a b\n\"q b\n", "a.el:2: source '\"q' holds a quotation mark"},
      {"a.el",
       "a b\nc\xc2\x9b"
       "31m b\n",
       "a.el:2: source 'c??31m' holds a control character"},
      {"a.el", std::string("a b\na\0c d\n", 10), "a.el:2: source 'a?c' holds a control character"},
      {"a.el", "a #b\n", "a.el:1: target '#b' begins as a comment does"},
      {"a.el", "a b\na b 3\n", "a.el:2: unexpected '3' after the target"},
      {"a.csv", "a,,b\n", "a.csv:1: target is missing"},
      {"a.wel", "a b x\n", "a.wel:1: weight 'x' is not a number"},
      {"a.graph", "1 0\n\n",
       "a.graph: METIS numbers its nodes: sparse ids are read from edge lists and GraphML"},
      {"a.gr", "p sp 1 0\n",
       "a.gr: DIMACS numbers its nodes: sparse ids are read from edge lists and GraphML",
       NodeIds::kTexts},
  };
  const test::Folder folder;
  for (const Case& wrong : cases) {
    const std::string path = folder.write(wrong.name, wrong.text);
    for (const int workers : {1, 3}) {
      const Status status =
          try_read(path, {.weights = WeightKind::kInteger, .ids = wrong.ids}, workers).status();
      EXPECT_EQ(folder.local(status.message()), wrong.message);
      EXPECT_EQ(status.code(), StatusCode::kInvalidInput);
    }
  }
}

TEST(NamedEdges, TheEarliestWrongLineAnswersAlsoIfItsNameIsMetAgain) {
  const test::Folder folder;
  std::string text = "a b\na \xff\n";
  for (int i = 0; i < 300000; ++i) text += "some thing\n";
  text += "a \xff\n";
  const std::string path = folder.write("a.el", text);
  for (const int workers : {1, 3}) {
    const Status status = try_read(path, {.ids = NodeIds::kSparse}, workers).status();
    EXPECT_EQ(folder.local(status.message()), "a.el:2: target '?' is not UTF-8");
  }
}

TEST(NamedEdges, NamesComeBackFromEachFormatThatHoldsThem) {
  const test::Folder folder;
  const std::string paths[] = {folder.write("a.wel", "ann bob 3\nbob c 4\nz#1 ann 2\n"),
                               folder.write("b.wel", "18446744073709551615 5 1\n77 5 9\n"),
                               folder.write("c.csv", "u,v\nu,w\nsource,target\n")};
  for (const std::string& path : paths) {
    const ReadOptions options{
        .weights = WeightKind::kInteger, .order = NodeOrder::kDegree, .ids = NodeIds::kSparse};
    const Graph graph = std::move(try_read(path, options)->graph);
    for (const char* const name : {"back.wel", "back.csv", "back.tsv.gz", "back.qg"}) {
      const std::string back = folder / name;
      if (!graph.view().weighted() && std::string_view(name) == "back.wel") continue;
      WriteReport report;
      ASSERT_TRUE(write_graph(graph, back, &report).is_ok());
      EXPECT_FALSE(report.names_dropped);
      EXPECT_EQ(image_of(graph), image_of(try_read(back, options)->graph)) << path << " " << name;
    }
    WriteReport report;
    ASSERT_TRUE(write_graph(graph, (folder / "back.mtx"), &report).is_ok());
    EXPECT_TRUE(report.names_dropped);
  }
}

TEST(NamedEdges, GraphMlBearsTheNamesAndGivesThemBack) {
  const test::Folder folder;
  const std::string lists[] = {folder.write("a.wel", "a<b c&d 3\nz z 4\nc&d n5 1\n"),
                               folder.write("b.wel", "18446744073709551615 5 1\n77 5 9\n")};
  const ReadOptions options{.weights = WeightKind::kInteger, .ids = NodeIds::kSparse};
  for (const std::string& list : lists) {
    const Graph graph = std::move(try_read(list, options)->graph);
    const std::string path = folder / "a.graphml";
    ASSERT_TRUE(write_graph(graph, path).is_ok());
    EXPECT_EQ(image_of(try_read(path, options)->graph), image_of(graph)) << list;
    // The file has them in the order of their names.
    const Graph numbered = std::move(try_read(path, {.weights = WeightKind::kInteger})->graph);
    EXPECT_TRUE(numbered.view().names().empty());
    EXPECT_EQ(test::arcs_of(numbered.view()), test::arcs_of(graph.view()));
  }
  const std::string xml = test::file_bytes((folder / "a.graphml"));
  EXPECT_NE(xml.find("<node id=\"n18446744073709551615\"/>"), std::string::npos) << xml;
}

std::string graphml(const std::string& body) {
  return "<graphml><key id=\"x\" for=\"node\"/><key id=\"y\" for=\"node\"/>"
         "<graph edgedefault=\"undirected\">\n" +
         body + "</graph></graphml>\n";
}

TEST(NamedEdges, NamesOfGraphMlAreNumbersOnlyIfAllAre) {
  const test::Folder folder;
  const auto names = [&](const std::string& body, NodeIds ids) {
    const ReadGraph graph =
        try_read(folder.write("a.graphml", graphml(body)), {.ids = ids}).value();
    const NodeNames& found = graph.graph.view().names();
    std::string joined = found.are_texts() ? "texts:" : "";
    for (NodeID user = 0; user < found.size(); ++user) joined += " " + found[user];
    return joined;
  };
  const std::string tens = "<node id=\"n10\"/>\n<node id=\"9\"/>\n";
  EXPECT_EQ(names(tens, NodeIds::kSparse), " 9 10");
  EXPECT_EQ(names(tens, NodeIds::kTexts), "texts: 9 n10");
  EXPECT_EQ(names(tens + "<node id=\"n9\"/>", NodeIds::kSparse), "texts: 9 n10 n9");
  EXPECT_EQ(names(tens + "<node id=\"09\"/>", NodeIds::kSparse), "texts: 09 9 n10");
  EXPECT_EQ(names("", NodeIds::kSparse), "");
  const std::string path = folder.write("b.graphml", graphml("<node id=\"New York\"/>\n"));
  EXPECT_EQ(folder.local(try_read(path, {.ids = NodeIds::kTexts}).status().message()),
            "b.graphml:2: node 'New York' holds a separator");
  EXPECT_TRUE(try_read(path, {}).is_ok());
}

TEST(NamedEdges, CoordinatesOfGraphMlGoWithTheNames) {
  const test::Folder folder;
  const auto node = [](const std::string& id, const std::string& x) {
    return "<node id=\"" + id + "\"><data key=\"x\">" + x +
           "</data><data key=\"y\">0</data></node>\n";
  };
  const std::string path =
      folder.write("a.graphml", graphml(node("c", "3") + node("a", "1") + node("b", "2") +
                                        "<edge source=\"c\" target=\"a\"/>"));
  const ReadGraph graph = try_read(path, {.ids = NodeIds::kSparse}).value();
  EXPECT_EQ(test::arcs_of(graph.graph.view()), "0>2 2>0");
  const std::span<const float> x = graph.graph.view().x();
  EXPECT_EQ(std::vector<float>(x.begin(), x.end()), (std::vector<float>{1, 2, 3}));
}

TEST(NamedEdges, IsolatedNodesHaveNoLineInAnEdgeList) {
  const test::Folder folder;
  const std::string path = folder.write("a.el", "5 5\n7 9\n");
  const ReadOptions options{.ids = NodeIds::kSparse, .changes = {.drop_self_loops = true}};
  const ReadGraph graph = try_read(path, options).value();
  EXPECT_EQ(graph.report.build.dropped_loops, 1);
  EXPECT_EQ(graph.report.build.isolated_nodes, 1);
  WriteReport report;
  ASSERT_TRUE(write_graph(graph.graph, (folder / "b.el"), &report).is_ok());
  EXPECT_EQ(report.nodes_dropped, 1);
  EXPECT_EQ(test::file_bytes((folder / "b.el")), "7 9\n");
}

TEST(NamedEdges, AHardLimitIsATypedErrorAndLeavesNothingBehind) {
  const test::Folder folder;
  std::string text;
  for (int i = 0; i < 40000; ++i) text += "name" + std::to_string(i) + " hub\n";
  const std::string path = folder.write("a.el", text);
  for (const std::size_t limit : {std::size_t{1} << 18, std::size_t{1} << 21}) {
    MemoryBudget budget({.hard_bytes = limit});
    const Status status =
        read_graph(path, {.ids = NodeIds::kSparse}, *test::threads(3), &budget).status();
    EXPECT_EQ(status.code(), StatusCode::kBudgetExceeded) << status.message();
    EXPECT_EQ(budget.used(), 0U);
  }
  MemoryBudget budget;
  {
    const auto graph = read_graph(path, {.ids = NodeIds::kTexts}, *test::threads(3), &budget);
  }
  EXPECT_EQ(budget.used(), 0U);
}

// A worker goes on with chunks before one that failed.
TEST(NameTable, ACollectorGoesOnAfterAFailure) {
  MemoryBudget budget({.hard_bytes = std::size_t{1} << 19});
  NameTable<NumberName> table(&budget);
  ASSERT_TRUE(table.open().is_ok());
  NameTable<NumberName>::Collector collector(table);
  int failures = 0;
  for (std::uint64_t number = 0; number < 200000; ++number) {
    const StatusCode code = collector.add(number).code();
    ASSERT_TRUE(code == StatusCode::kOk || code == StatusCode::kBudgetExceeded);
    failures += code != StatusCode::kOk;
  }
  EXPECT_GT(failures, 1000);
}

TEST(ParallelSort, SortsAsOneThreadDoes) {
  Random random(1);
  for (const std::size_t size : {0U, 1U, 5000U, 9000U, 200000U}) {
    std::vector<std::uint64_t> values(size), spare(size);
    for (std::size_t i = 0; i < size; ++i) values[i] = random.next() << 24 | i;
    std::vector<std::uint64_t> expected = values;
    std::sort(expected.begin(), expected.end());
    parallel_sort(std::span(values), std::span(spare), *test::threads(3), std::less<>());
    EXPECT_EQ(values, expected);
  }
}

}  // namespace
}  // namespace quadrille
