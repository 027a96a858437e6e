// Each way for a file to be wrong, and the exact sentence for it; then mutations of good files,
// which may be anything but a crash.
#include <quadrille/input.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/memory_budget.h"
#include "engine/random.h"
#include "scenes/input/text.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

struct Fault {
  const char* name;
  std::string text;
  const char* message;
  WeightKind weights = WeightKind::kInteger;
  StatusCode code = StatusCode::kInvalidInput;
};

void expect_graph_fault(const Fault& wrong) {
  const test::Folder folder;
  const std::string path = folder.write(wrong.name, wrong.text);
  for (const NodeOrder order : {NodeOrder::kFile, NodeOrder::kDegree, NodeOrder::kPlaced}) {
    for (const int count : {1, 3}) {
      const ReadOptions options{.weights = wrong.weights, .order = order};
      const Status status = read_graph(path, options, *test::threads(count)).status();
      EXPECT_EQ(folder.local(status.message()), wrong.message) << wrong.text;
      EXPECT_EQ(status.code(), wrong.code) << wrong.text;
    }
  }
}

TEST(Malformed, EdgeLists) {
  const Fault cases[] = {
      {"a.el", "0 1\n1\n", "a.el:2: target is missing"},
      {"a.el", "0 1\n1 x\n", "a.el:2: target 'x' is not a number"},
      {"a.el", "0 1\n-3 1\n", "a.el:2: node -3 is below 0"},
      {"a.el", "0 1\n0 1.5\n", "a.el:2: node 1.5 is not a whole number"},
      {"a.el", "0 2147483647\n",
       "a.el:1: node 2147483647 is out of range; dense ids end at 2147483646"},
      {"a.el", "0 99999999999999999999\n",
       "a.el:1: node 99999999999999999999 is out of range; dense ids end at 2147483646"},
      {"a.el", "0 nan\n", "a.el:1: node nan is not finite"},
      {"a.el", "0 1 what\n", "a.el:1: weight 'what' is not a number"},
      {"a.el", "0 1\n1 2 what\n", "a.el:2: unexpected 'what' after the target"},
      {"a.el", "0 1 5 6\n", "a.el:1: unexpected '6' after the weight"},
      {"a.csv", "0,1,\n", "a.csv:1: unexpected ',' after the target"},
      {"a.csv", "0,,1\n", "a.csv:1: target is missing"},
      {"a.csv", ",1\n", "a.csv:1: source is missing"},
      {"a.wel", "0 1 1\r\n0 1\r\n", "a.wel:2: weight is missing"},
      {"a.wel", "0 1 -4\n", "a.wel:1: weight -4 is below 0"},
      {"a.wel", "0 1 2.5\n",
       "a.wel:1: weight 2.5 is not a whole number; integer weights are needed here"},
      {"a.wel", "0 1 2147483648\n",
       "a.wel:1: weight 2147483648 is too large; weights end at 2147483647"},
      {"a.wel", "0 1 1e99\n", "a.wel:1: weight 1e99 is too large; weights end at 2147483647"},
      {"a.wel", "0 1 inf\n", "a.wel:1: weight inf is not finite"},
      {"a.wel", "0 1 -0.5\n", "a.wel:1: weight -0.5 is below 0", WeightKind::kReal},
      {"a.wel", "0 1 1e39\n", "a.wel:1: weight 1e39 is too large", WeightKind::kReal},
      {"a.wel", "0 1 nan\n", "a.wel:1: weight nan is not finite", WeightKind::kIgnore},
      {"a.wel", "0 1 -1\n", "a.wel:1: weight -1 is below 0", WeightKind::kEither},
      {"a.el", std::string("0 1\n\0\x01\xff 2\n", 10), "a.el:2: source '\?\?\?' is not a number"},
  };
  for (const Fault& wrong : cases) expect_graph_fault(wrong);
}

TEST(Malformed, MatrixMarket) {
  const std::string banner = "%%MatrixMarket matrix coordinate integer general\n";
  const Fault cases[] = {
      {"a.mtx", "", "a.mtx:1: the banner '%%MatrixMarket matrix coordinate ...' is missing"},
      {"a.mtx", "3 3 1\n", "a.mtx:1: the banner '%%MatrixMarket matrix coordinate ...' is missing"},
      {"a.mtx", banner, "a.mtx:2: the line 'rows columns entries' is missing"},
      {"a.mtx", banner + "3 4 1\n1 1 1\n",
       "a.mtx:2: 3 rows but 4 columns; the matrix of a graph is square"},
      {"a.mtx", banner + "3 3\n", "a.mtx:2: number of entries is missing"},
      {"a.mtx", banner + "3 3 2\n1 1 1\n", "a.mtx:3: the file ends after entry 1; header says 2"},
      {"a.mtx", banner + "3 3 1\n1 1 1\n2 2 2\n", "a.mtx:4: entry 2 is too many; header says 1"},
      {"a.mtx", banner + "3 3 1\n0 1 1\n",
       "a.mtx:3: node 0 is below 1, the first id of this format"},
      {"a.mtx", banner + "3 3 1\n1 4 1\n", "a.mtx:3: node 4 is out of range; header says 3 nodes"},
      {"a.mtx", banner + "3 3 1\n1 2\n", "a.mtx:3: weight is missing"},
      {"a.mtx", banner + "2147483648 2147483648 0\n",
       "a.mtx:2: number of rows 2147483648 is too large; at most 2147483647 are possible"},
      {"a.mtx", "%%MatrixMarket matrix array real general\n",
       "a.mtx:1: only coordinate matrices are graphs, not 'array'", WeightKind::kInteger,
       StatusCode::kUnsupported},
      {"a.mtx", "%%MatrixMarket matrix coordinate complex general\n",
       "a.mtx:1: values must be pattern, integer or real, not 'complex'", WeightKind::kInteger,
       StatusCode::kUnsupported},
      {"a.mtx", "%%MatrixMarket matrix coordinate real hermitian\n",
       "a.mtx:1: a matrix must be general or symmetric, not 'hermitian'", WeightKind::kInteger,
       StatusCode::kUnsupported},
  };
  for (const Fault& wrong : cases) expect_graph_fault(wrong);
}

TEST(Malformed, Metis) {
  const Fault cases[] = {
      {"a.graph", "", "a.graph:1: the header 'nodes edges [format]' is missing"},
      {"a.graph", "2 1 7\n2\n1\n", "a.graph:1: format 7 is not three digits of 0 and 1"},
      {"a.graph", "3 1\n2\n1", "a.graph:3: the file ends after node 2; header says 3 nodes"},
      {"a.graph", "4 1\n2\n1\n", "a.graph:3: the file ends after node 2; header says 4 nodes"},
      {"a.graph", "2 1\n2\n1\n1\n", "a.graph:4: node 3 is too many; header says 2 nodes"},
      {"a.graph", "2 1\n3\n1\n", "a.graph:2: node 3 is out of range; header says 2 nodes"},
      {"a.graph", "2 1\n0\n1\n", "a.graph:2: node 0 is below 1, the first id of this format"},
      {"a.graph", "2 1 1\n2\n1 1\n", "a.graph:2: weight is missing"},
      {"a.graph", "2 1 10\n\n1 1\n", "a.graph:2: node weight is missing"},
      {"a.graph", "2 2\n2\n1\n",
       "a.graph:1: header says 2 edges, so that lists would hold 4 entries; they hold 2"},
      {"a.graph", "% c\n3 1\n2\n\n1\n",
       "a.graph:3: node 1 has an edge to node 2, which does not have it back"},
      {"a.graph", "4 2\n2\n3\n4\n1\n",  // one way around
       "a.graph:2: node 1 has an edge to node 2, which does not have it back"},
      {"a.graph", "2 1 1\n2 5\n1 6\n",
       "a.graph:2: node 1 has an edge to node 2, which does not have it back with the same weight"},
  };
  for (const Fault& wrong : cases) expect_graph_fault(wrong);
}

TEST(Malformed, Dimacs) {
  const Fault cases[] = {
      {"a.gr", "", "a.gr:1: the header 'p sp NODES ARCS' is missing"},
      {"a.gr", "a 1 2 3\n", "a.gr:1: the header 'p sp NODES ARCS' is missing"},
      {"a.gr", "p max 3 4\n", "a.gr:1: the header 'p sp NODES ARCS' is missing"},
      {"a.gr", "p sp 3\n", "a.gr:1: number of arcs is missing"},
      {"a.gr", "p sp 3 1\na 1 4 1\n", "a.gr:2: node 4 is out of range; header says 3 nodes"},
      {"a.gr", "p sp 3 1\na 1 2\n", "a.gr:2: weight is missing"},
      {"a.gr", "p sp 3 1\na 1 2 -7\n", "a.gr:2: weight -7 is below 0"},
      {"a.gr", "p sp 3 1\ne 1 2 7\n",
       "a.gr:2: unexpected 'e'; lines after the header are arcs 'a u v w' or comments 'c ...'"},
      {"a.gr", "p sp 3 2\na 1 2 7\n", "a.gr:2: the file ends after arc 1; header says 2"},
      {"a.gr", "p sp 3 1\na 1 2 7\nc x\na 2 1 7\n", "a.gr:4: arc 2 is too many; header says 1"},
  };
  for (const Fault& wrong : cases) expect_graph_fault(wrong);
}

// Else these few bytes would take 16 GB before anything is refused.
TEST(Malformed, DimacsCoordinatesThatCannotBeThereTakeNoMemory) {
  const test::Folder folder;
  folder.write("a.co", "p aux sp co 2147483647\nv 1 0 0\n");
  MemoryBudget budget({.hard_bytes = std::size_t{16} << 20});
  const Status status =
      read_graph(folder.write("a.gr", "p sp 2147483647 0\n"), {}, *test::threads(2), &budget)
          .status();
  EXPECT_EQ(folder.local(status.message()),
            "a.co:1: header says 2147483647 nodes; the file is too short to hold them");
}

TEST(Malformed, DimacsCoordinates) {
  const std::pair<const char*, const char*> cases[] = {
      {"p aux sp co 3\n", "a.co:1: header says 3 nodes; the graph has 2"},
      {"p sp 2\n", "a.co:1: the header 'p aux sp co NODES' is missing"},
      {"p aux sp co 2\nv 1 0 0\n", "a.co: node 2 has no coordinates"},
      {"p aux sp co 2\nv 1 0 0\nv 1 5 5\n", "a.co:3: node 1 has coordinates already"},
      {"p aux sp co 2\nv 1 0 0\nv 3 5 5\n", "a.co:3: node 3 is out of range; header says 2 nodes"},
      {"p aux sp co 2\nv 1 0 nan\n", "a.co:2: y nan is not finite"},
      {"p aux sp co 2\nv 1 inf 0\n", "a.co:2: x inf is not finite"},
      {"p aux sp co 2\nv 1 1e60 0\n", "a.co:2: x 1e60 is too large"},
      {"p aux sp co 2\nv 1 0\n", "a.co:2: y is missing"},
  };
  for (const auto& [text, message] : cases) {
    const test::Folder folder;
    folder.write("a.co", text);
    const Status status =
        read_graph(folder.write("a.gr", "p sp 2 1\na 1 2 7\n"), {}, *test::threads(2)).status();
    EXPECT_EQ(folder.local(status.message()), message);
  }
}

TEST(Malformed, GraphMl) {
  const std::string open = "<graphml>\n<graph edgedefault='directed'>\n",
                    close = "</graph></graphml>";
  const std::string key =
      "<graphml>\n<key id='w' for='edge' attr.name='weight'/><graph edgedefault='directed'>\n<node "
      "id='a'/>\n";
  const Fault cases[] = {
      {"a.graphml", "", "a.graphml:1: no element found"},
      {"a.graphml", "<graphml>\n", "a.graphml:2: no element found"},
      {"a.graphml", "<graphml/>", "a.graphml:1: there is no <graph>"},
      {"a.graphml", "<graphml>\n<graph edgedefault='x'></graph></graphml>",
       "a.graphml:2: edgedefault 'x' is neither 'directed' nor 'undirected'"},
      {"a.graphml", open + "<node/>" + close, "a.graphml:3: a node has no id"},
      {"a.graphml", open + "<node id='a'/>\n<node id='a'/>" + close,
       "a.graphml:4: a second node 'a'"},
      {"a.graphml", open + "<edge source='a' target='b'/>" + close,
       "a.graphml:3: source 'a' is no node of this graph"},
      {"a.graphml", open + "<node id='a'/><edge source='a'/>" + close,
       "a.graphml:3: an edge has no target"},
      {"a.graphml", open + "<graph edgedefault='directed'/>" + close,
       "a.graphml:3: a second graph; a file may hold one"},
      {"a.graphml",
       open + "<node id='a'/>\n<edge source='a' target='a'><edge source='a' target='a'/></edge>" +
           close,
       "a.graphml:4: an edge within an edge"},
      {"a.graphml", open + "<hyperedge/>" + close,
       "a.graphml:3: a hyperedge is not an edge between two nodes"},
      {"a.graphml", open + "<node id='a'/></edge>" + close, "a.graphml:3: mismatched tag"},
      {"a.graphml", key + "<edge source='a' target='a'><data key='w'>-1</data></edge>" + close,
       "a.graphml:4: weight -1 is below 0"},
      {"a.graphml", key + "<edge source='a' target='a'><data key='w'>x</data></edge>" + close,
       "a.graphml:4: weight 'x' is not a number"},
      {"a.graphml", key + "<edge source='a' target='a' directed='false'/>" + close,
       "a.graphml:4: an edge with directed='false'; all must be as edgedefault says"},
  };
  for (const Fault& wrong : cases) expect_graph_fault(wrong);
}

TEST(Malformed, Gapbs) {
  const auto bytes = [](std::uint8_t directed, std::vector<std::int64_t> numbers,
                        std::vector<std::int32_t> targets) {
    std::string text(1, static_cast<char>(directed));
    text.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * 8);
    text.append(reinterpret_cast<const char*>(targets.data()), targets.size() * 4);
    return text;
  };
  const Fault cases[] = {
      {"a.sg", "", "a.sg: the header takes 17 bytes; the file has 0"},
      {"a.sg", bytes(7, {2, 3}, {}), "a.sg: the first byte is 7; 0 or 1 says if directed"},
      {"a.sg", bytes(0, {2, -3}, {}), "a.sg: header says -3 nodes; 0 to 2147483647 are possible"},
      {"a.sg", bytes(0, {-2, 3}, {}), "a.sg: header says -2 arcs, which cannot be"},
      {"a.sg", bytes(0, {2, 2, 0, 1, 2}, {1}),
       "a.sg: header says 2 nodes and 2 arcs, which take 49 bytes; the file has 45"},
      {"a.sg", bytes(0, {2, 2, 0, 1, 1}, {1, 0}),
       "a.sg: lists run from 0 to 1; header says 2 arcs"},
      {"a.sg", bytes(0, {2, 2, 0, 5, 2}, {1, 0}),
       "a.sg: the list of node 0 runs from 0 to 5; there are 2 arcs"},
      {"a.sg", bytes(0, {2, 2, 0, 1, 2}, {1, 2}),
       "a.sg: node 2 in the list of node 1 is out of range; header says 2 nodes"},
      {"a.sg", bytes(0, {1, 2, 0, 1, 1}, {1}),
       "a.sg: node 0 has an edge to node 1, which does not have it back, but the graph is "
       "undirected"},
      {"a.wsg", bytes(0, {2, 2, 0, 1, 2}, {1, -5, 0, -5}),
       "a.wsg: weight -5 in the list of node 0 is below 0"},
  };
  for (const Fault& wrong : cases) expect_graph_fault(wrong);
}

TEST(Malformed, Points) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "a.csv:1: the line of column names is missing"},
      {"1,2,3\n", "a.csv:1: the line of column names is missing; only x and y go without one"},
      {"x,z\n", "a.csv:1: column 'z' is not one of x, y, vx, vy, mass, radius"},
      {"x,x\n", "a.csv:1: column 'x' stands twice"},
      {"x,mass\n", "a.csv:1: column y is missing"},
      {"x,y\n1,2\n3\n", "a.csv:3: y is missing"},
      {"x,y\n1,2,3\n", "a.csv:2: unexpected '3' after the y"},
      {"x,y\n1,nan\n", "a.csv:2: y nan is not finite"},
      {"x,y\n-inf,1\n", "a.csv:2: x -inf is not finite"},
      {"x,y\n1e300,1\n", "a.csv:2: x 1e300 is too large"},
      {"x,y\none,1\n", "a.csv:2: x 'one' is not a number"},
      {"x,y,mass\n1,1,-2\n", "a.csv:2: mass -2 is below 0"},
      {"x,y,radius\n1,1,-0.5\n", "a.csv:2: radius -0.5 is below 0"},
  };
  for (const auto& [text, message] : cases) {
    const test::Folder folder;
    const Status status = read_points(folder.write("a.csv", text), *test::threads(2)).status();
    EXPECT_EQ(folder.local(status.message()), message);
    EXPECT_EQ(status.code(), StatusCode::kInvalidInput);
  }
}

TEST(Malformed, FilesThatAreNone) {
  const test::Folder folder;
  const auto read = [&](const std::string& path) {
    return read_graph(path, {}, *test::threads(1)).status();
  };
  EXPECT_EQ(folder.local(read(folder / "absent.el").message()), "absent.el: no such file");
  EXPECT_EQ(read(folder / "absent.el").code(), StatusCode::kNotFound);
  std::filesystem::create_directory(folder / "sub.el");
  EXPECT_EQ(folder.local(read(folder / "sub.el").message()), "sub.el: is a folder");
  EXPECT_EQ(folder.local(read(folder.write("a.xyz", "1 2 3\n")).message()),
            "a.xyz: holds points, not a graph");
}

TEST(Malformed, CompressedFilesThatAreCutOrNone) {
  const test::Folder folder;
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i) + " " + std::to_string(i * 7 % 5000) + "\n";
  const auto message = [&](std::string_view name, std::string_view bytes) {
    const Status status = read_graph(folder.write(name, bytes), {}, *test::threads(1)).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidInput);
    return folder.local(status.message());
  };
  const std::string gzip = test::packed(text, Compression::kGzip),
                    zstd = test::packed(text, Compression::kZstd);
  EXPECT_EQ(message("a.el.gz", gzip.substr(0, gzip.size() / 2)),
            "a.el.gz: the gzip data is truncated");
  EXPECT_EQ(message("a.el.zst", zstd.substr(0, zstd.size() / 2)),
            "a.el.zst: the zstd data is truncated");
  EXPECT_EQ(message("b.el.gz", text), "b.el.gz: the data is neither gzip nor zstd");
  EXPECT_EQ(message("c.el.gz", test::packed("0 1\nx 2\n", Compression::kGzip)),
            "c.el.gz:2: source 'x' is not a number");
}

TEST(Malformed, TheEarliestLineAnswersWhicheverChunkFailsFirst) {
  std::string text;
  while (text.size() < 6 * TextChunks::kBytes) text += "123456 654321\n";
  const std::size_t line = 14;
  for (const std::size_t chunk : {5u, 3u, 2u})
    text[(chunk * TextChunks::kBytes / line + 7) * line] = 'x';
  const test::Folder folder;
  const std::string path = folder.write("a.el", text);
  const std::string expected = "a.el:" + std::to_string(2 * TextChunks::kBytes / line + 8) +
                               ": source 'x23456' is not a number";
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(folder.local(read_graph(path, {}, *test::threads(3)).status().message()), expected);
  }
}

// One to four edits of a good file: a byte changed, a run dropped or doubled, the end cut off.
std::string mutated(std::string text, Random& random) {
  for (std::uint32_t edits = 1 + random.next_below(4); edits > 0 && !text.empty(); --edits) {
    const std::size_t at = random.next_below(static_cast<std::uint32_t>(text.size()));
    const std::size_t length = 1 + random.next_below(8);
    switch (random.next_below(5)) {
      case 0: text[at] = static_cast<char>(random.next_below(256)); break;
      case 1: text[at] = "0123456789 \n-.,e%#"[random.next_below(18)]; break;
      case 2: text.erase(at, length); break;
      case 3: text.insert(at, text.substr(at, length)); break;
      default: text.resize(at); break;
    }
  }
  return text;
}

TEST(Malformed, MutatedFilesAreReadOrRefusedWithASentence) {
  std::string gapbs(1, '\0');
  for (const std::int64_t number : {4, 3, 0, 1, 3, 4})
    gapbs.append(reinterpret_cast<const char*>(&number), 8);
  for (const std::int32_t target : {1, 0, 2, 1})
    gapbs.append(reinterpret_cast<const char*>(&target), 4);
  const std::pair<const char*, std::string> seeds[] = {
      {"a.el", "# c\n0 1\n1 2\r\n3 4\n"},
      {"a.wel", "0 1 2.5\n1 2 3\n2 0 1e3\n"},
      {"a.mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 0.5\n3 3 1\n"},
      {"a.graph", "3 2 11 1\n9 2 5 3 6\n9 1 5\n9 1 6\n"},
      {"a.gr", "c x\np sp 3 2\na 1 2 3\na 3 1 4\n"},
      {"a.sg", gapbs},
      {"a.graphml",
       "<graphml><key id='w' for='edge' attr.name='weight'/><graph edgedefault='directed'><node "
       "id='a'/>"
       "<node id='b'/><edge source='a' target='b'><data key='w'>2</data></edge></graph></graphml>"},
      {"a.csv", "x,y,mass\n1,2,3\n4.5,-6e2,7\n"},
      {"a.el.gz", test::packed("0 1\n1 2\n", Compression::kGzip)},
      {"a.el.zst", test::packed("0 1\n1 2\n", Compression::kZstd)},
  };
  const test::Folder folder;
  Random random(9);
  const std::unique_ptr<Parallel> parallel = test::threads(1);
  for (const auto& [name, good] : seeds) {
    for (int round = 0; round < 250; ++round) {
      // A large id is a large graph, which is not the reader's fault: the budget says no.
      MemoryBudget budget({.hard_bytes = 8 << 20});
      const std::string text = mutated(good, random), path = folder.write(name, text);
      const auto weights = static_cast<WeightKind>(random.next_below(4));
      const Result<ReadGraph> graph = read_graph(path, {.weights = weights}, *parallel, &budget);
      const Result<ReadPoints> points = read_points(path, *parallel, &budget);
      for (const Status& status : {graph.status(), points.status()}) {
        if (status.is_ok() || status.code() == StatusCode::kBudgetExceeded) continue;
        EXPECT_TRUE(folder.local(status.message()).starts_with(name)) << status.message() << "\n"
                                                                      << text;
      }
      if (graph.is_ok()) {
        EXPECT_TRUE(verify_graph_image(graph.value().graph.image()).is_ok()) << text;
      }
    }
  }
}

}  // namespace
}  // namespace quadrille
