#include <gtest/gtest.h>
#include <quadrille/graph.h>

#include <quadrille/parallel.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/graph_image.h"
#include "engine/memory_budget.h"
#include "engine/region.h"
#include "tests/engine/graph_images.h"
#include "tests/engine/image_bytes.h"
#include "tests/folder.h"

namespace quadrille {
namespace {

struct Kind {
  bool directed, weighted, decorated;
};
constexpr Kind kKinds[] = {
    {false, false, false}, {false, true, true}, {true, false, true}, {true, true, false}};

EdgeSet triangle_and_loop() {
  EdgeSet set{5, false, true, {}};
  set.insert(0, 1, 10);
  set.insert(1, 2, 20);
  set.insert(2, 0, 30);
  set.insert(3, 3, 40);
  return set;
}

TEST(GraphImage, SlabsAreAlignedAndInTheOrderOfTheirNames) {
  const HeaderSlab header = plan_graph_image({.num_nodes = 4097,
                                              .num_edges = 10,
                                              .num_arcs = 21,
                                              .directed = true,
                                              .weighted = true,
                                              .has_coordinates = true,
                                              .reordered = true});
  std::uint64_t end = sizeof(HeaderSlab);
  for (const SlabRange& range : std::span(header.slabs).first(12)) {
    EXPECT_EQ(range.offset % 64, 0U);
    EXPECT_GE(range.offset, end);
    EXPECT_LT(range.offset, end + 64);
    end = range.offset + range.length;
  }
  EXPECT_EQ(header.slabs[kSlabBlockTable].length, 2 * sizeof(NodeBlock));
  EXPECT_EQ(header.slabs[kSlabInEdges].length, 21 * sizeof(NodeID));
  EXPECT_EQ(header.image_bytes, (end + 63) / 64 * 64);
}

TEST(Graph, AViewGivesTheListsOfTheImage) {
  const Graph graph = Graph::adopt(make_image(triangle_and_loop()));
  const GraphView& view = graph.view();
  EXPECT_EQ(view.num_nodes(), 5);
  EXPECT_EQ(view.num_edges(), 4);
  EXPECT_EQ(view.num_arcs(), 7);
  EXPECT_TRUE(view.weighted());
  EXPECT_FALSE(view.directed());
  const auto list = view.out_neigh(0);
  const auto weights = view.out_weights(0);
  EXPECT_EQ(std::vector<NodeID>(list.begin(), list.end()), (std::vector<NodeID>{1, 2}));
  EXPECT_EQ(std::vector<Weight>(weights.begin(), weights.end()), (std::vector<Weight>{10, 30}));
  EXPECT_EQ(view.out_degree(3), 1);
  EXPECT_EQ(view.in_degree(4), 0);
  EXPECT_EQ(view.user_id(3), 3);
}

TEST(Graph, ADirectedViewHasTheTransposeAndCoordinatesAndIds) {
  EdgeSet set{3, true, false, {}};
  set.insert(0, 2);
  set.insert(1, 2);
  const Graph graph = Graph::adopt(make_image(set, true));
  const GraphView& view = graph.view();
  const auto in = view.in_neigh(2);
  EXPECT_EQ(std::vector<NodeID>(in.begin(), in.end()), (std::vector<NodeID>{0, 1}));
  EXPECT_EQ(view.out_degree(2), 0);
  EXPECT_TRUE(view.out_weights(0).empty());
  EXPECT_EQ(view.x()[2], 2.0f);
  EXPECT_EQ(view.user_id(0), 2);
  EXPECT_EQ(view.internal_id(2), 0);
}

TEST(Graph, OpenedBytesAreVerifiedCopiedAndCounted) {
  for (const Kind& kind : kKinds) {
    Region image =
        make_image(random_edges(9000, 20000, kind.directed, kind.weighted, 7), kind.decorated);
    MemoryBudget budget;
    auto opened = Graph::open(bytes_of(image), {.budget = &budget});
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    ASSERT_EQ(opened->image_bytes(), image.capacity());
    EXPECT_EQ(std::memcmp(opened->image().data(), image.base(), image.capacity()), 0);
    EXPECT_GE(budget.used(), image.capacity());
    std::vector<std::byte> askew(image.capacity() + 1);  // a file's bytes may stand anywhere
    std::memcpy(askew.data() + 1, image.base(), image.capacity());
    EXPECT_TRUE(Graph::open(std::span(askew).subspan(1)).is_ok());
  }
}

std::string file_of(const test::Folder& folder, const Region& image) {
  return folder.write("g.qg", {reinterpret_cast<const char*>(image.base()), image.capacity()});
}
std::shared_ptr<const MappedFile> mapped(const std::string& path) {
  return std::make_shared<const MappedFile>(MappedFile::open(path).value());
}
std::unique_ptr<Parallel> three_threads() {
  return Parallel::create({.backend = TaskBackend::kThreads, .num_threads = 3}).value();
}

TEST(Graph, AFileIsUsedWhereItLiesAndCountedOnTheWay) {
  const test::Folder folder;
  const auto threads = three_threads();
  for (const Kind& kind : kKinds) {
    const EdgeSet set = random_edges(9000, 20000, kind.directed, kind.weighted, 8);
    const Region image = make_image(set, kind.decorated);
    MemoryBudget budget;
    GraphTotals totals;
    auto file = mapped(file_of(folder, image));
    auto opened =
        Graph::open(file, {.budget = &budget, .parallel = threads.get(), .totals = &totals});
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    EXPECT_EQ(opened->image().data(), reinterpret_cast<const std::byte*>(file->bytes().data()));
    EXPECT_EQ(budget.used(), 0U);
    // Another file under its name is none of its business.
    std::filesystem::remove(folder / "g.qg");
    folder.write("g.qg", "something else");
    file.reset();
    const Graph moved = std::move(opened).value();
    EXPECT_TRUE(moved.is_mapped());
    EXPECT_EQ(std::memcmp(moved.image().data(), image.base(), image.capacity()), 0);

    GraphTotals expected;
    std::vector<std::int64_t> degree(9000, 0), touched(9000, 0);
    for (const auto& [arc, weight] : set.arcs) {
      expected.self_loops += arc.first == arc.second;
      ++degree[static_cast<std::size_t>(arc.first)];
      touched[static_cast<std::size_t>(arc.first)] = 1;
      touched[static_cast<std::size_t>(arc.second)] = 1;
    }
    expected.isolated_nodes = std::count(touched.begin(), touched.end(), 0);
    expected.max_out_degree = *std::max_element(degree.begin(), degree.end());
    EXPECT_EQ(totals.self_loops, expected.self_loops);
    EXPECT_EQ(totals.isolated_nodes, expected.isolated_nodes);
    EXPECT_EQ(totals.max_out_degree, expected.max_out_degree);
  }
}

// Blocks are checked apart from each other: damage in any, at its ends too, gets the sentence of
// the walk from first to last.
TEST(Graph, DamageInAnyBlockIsFoundByAnyNumberOfThreads) {
  const auto threads = three_threads();
  TestRandom random(5);
  for (const Kind& kind : kKinds) {
    Region image =
        make_image(random_edges(9000, 9000, kind.directed, kind.weighted, 9), kind.decorated);
    const HeaderSlab header = header_of(image);
    for (int round = 0; round < 300; ++round) {
      const SlabRange& slab = header.slabs[random.below(kNumSlabs)];
      if (slab.length == 0) continue;
      const std::uint64_t word = random.below(static_cast<std::uint32_t>(slab.length / 4));
      std::byte* const at = image.base() + slab.offset + word * 4;
      std::uint32_t value = 0;
      std::memcpy(&value, at, 4);
      const std::uint32_t damaged = value ^ (1U << random.below(32));
      std::memcpy(at, &damaged, 4);
      const Status verified = verify_graph_image(bytes_of(image));
      const Status opened = Graph::open(bytes_of(image), {.parallel = threads.get()}).status();
      ASSERT_EQ(opened.message(), verified.message()) << "slab at " << slab.offset;
      std::memcpy(at, &value, 4);
    }
  }
}

// A sum of sums would not see them: as many arcs, the same ids in each list taken together.
TEST(Graph, ArcsThatOnlySwapTheirEndsAreFound) {
  const std::pair<NodeID, NodeID> rounds[][3] = {{{0, 1}, {1, 2}, {2, 0}},
                                                 {{5, 9}, {9, 7}, {7, 5}}};
  for (const auto& round : rounds) {
    EdgeSet set{12, true, false, {}};
    for (const auto& [u, v] : round) set.insert(u, v);
    set.directed = false;  // each node of a round has one arc out and one in, never the same
    Region image = make_image(set, false);
    EXPECT_NE(check_graph_image(bytes_of(image)).message().find("other direction"),
              std::string::npos);
  }
}

TEST(Graph, EmptyAndEdgelessGraphsAreValid) {
  for (const std::int64_t nodes : {0, 1, 4096, 4097}) {
    for (const Kind& kind : kKinds) {
      Region image = make_image({nodes, kind.directed, kind.weighted, {}}, kind.decorated);
      const Status status = verify_graph_image(bytes_of(image));
      EXPECT_TRUE(status.is_ok()) << status.message();
    }
  }
}

// Each damage alone must be found: what is verified is exactly what the view relies on.
TEST(VerifyGraphImage, EachKindOfDamageIsNamed) {
  struct Damage {
    const char* sentence;
    void (*apply)(Region&);
  };
  const Damage damages[] = {
      {"QADRILLE", [](Region& i) { header_of(i).magic ^= 1; }},
      {"its format is 9", [](Region& i) { header_of(i).format = 9; }},
      {"not a graph", [](Region& i) { header_of(i).kind = SlabKind::kQuadtree; }},
      {"bytes, but there are", [](Region& i) { header_of(i).image_bytes += 64; }},
      {"cannot have", [](Region& i) { header_of(i).num_nodes = std::int64_t{1} << 31; }},
      {"cannot have", [](Region& i) { header_of(i).num_arcs = -1; }},
      {"does not fit", [](Region& i) { header_of(i).num_arcs += 1000; }},
      {"flags", [](Region& i) { header_of(i).flags |= 64; }},
      {"does not fit", [](Region& i) { header_of(i).slabs[kSlabEdges].offset += 64; }},
      {"does not fit", [](Region& i) { header_of(i).reserved1[3] = 1; }},
      {"bounds",
       [](Region& i) { header_of(i).bounds[2] = std::numeric_limits<double>::quiet_NaN(); }},
      {"edges, but its lists", [](Region& i) { header_of(i).num_edges = INT64_MAX; }},
      {"padding", [](Region& i) { slab_of<NodeBlock>(i, kSlabBlockTable)[1].first_record = 1; }},
      {"block 0", [](Region& i) { slab_of<NodeBlock>(i, kSlabBlockTable)[0].edge_base = 1; }},
      {"block 0", [](Region& i) { slab_of<NodeBlock>(i, kSlabBlockTable)[0].first_record = -1; }},
      {"record is damaged",
       [](Region& i) { slab_of<NodeRecord>(i, kSlabNodes)[1].edge_index = ~0U; }},
      {"record is damaged", [](Region& i) { slab_of<NodeRecord>(i, kSlabNodes)[1].reserved = 1; }},
      {"after the last arc",
       [](Region& i) { slab_of<NodeRecord>(i, kSlabNodes)[3].out_degree = ~0U; }},
      {"but its header says 7",
       [](Region& i) {
         slab_of<NodeRecord>(i, kSlabNodes)[3].out_degree = 0;
         slab_of<NodeRecord>(i, kSlabNodes)[4].edge_index = 6;
       }},
      {"out of range", [](Region& i) { slab_of<NodeID>(i, kSlabEdges)[1] = 5; }},
      {"out of range", [](Region& i) { slab_of<NodeID>(i, kSlabEdges)[0] = -1; }},
      {"do not ascend", [](Region& i) { slab_of<NodeID>(i, kSlabEdges)[0] = 2; }},
      {"other direction", [](Region& i) { slab_of<NodeID>(i, kSlabEdges)[1] = 4; }},
      {"other direction", [](Region& i) { slab_of<Weight>(i, kSlabWeights)[1] = 31; }},
      {"negative weight", [](Region& i) { slab_of<Weight>(i, kSlabWeights)[1] = -31; }},
      {"coordinates",
       [](Region& i) { slab_of<float>(i, kSlabX)[4] = std::numeric_limits<float>::infinity(); }},
      {"user id", [](Region& i) { slab_of<NodeID>(i, kSlabUserIds)[4] = 1; }},
      {"user id", [](Region& i) { slab_of<NodeID>(i, kSlabInternalIds)[4] = INT32_MIN; }},
  };
  for (const Damage& damage : damages) {
    Region image = make_image(triangle_and_loop(), true);
    ASSERT_TRUE(verify_graph_image(bytes_of(image)).is_ok());
    damage.apply(image);
    const Status status = verify_graph_image(bytes_of(image));
    EXPECT_FALSE(status.is_ok()) << damage.sentence;
    EXPECT_NE(status.message().find(damage.sentence), std::string::npos) << status.message();
    EXPECT_EQ(Graph::open(bytes_of(image)).status().message(), status.message());
  }
}

// Five names, as numbers and as texts.
constexpr std::uint64_t kNumbers[] = {0, 7, 10, 1U << 31, UINT64_MAX};
constexpr std::string_view kTexts = "7annbob~\xc3\xb6";
constexpr std::uint64_t kOffsets[] = {0, 1, 4, 7, 8, 10};

TEST(Graph, NodesAreCalledByTheirNames) {
  for (const bool decorated : {false, true}) {
    Region numbers = make_image(triangle_and_loop(), decorated, NodeNames(kNumbers));
    Region texts = make_image(triangle_and_loop(), decorated, {kOffsets, kTexts});
    const Graph by_number = Graph::open(bytes_of(numbers)).value();
    const Graph by_text = Graph::open(bytes_of(texts)).value();
    for (NodeID user = 0; user < 5; ++user) {
      const auto i = static_cast<std::size_t>(user);
      const std::string text(kTexts.substr(kOffsets[i], kOffsets[i + 1] - kOffsets[i]));
      const std::string number = std::to_string(kNumbers[i]);
      for (const auto& [graph, name] :
           {std::pair(&by_number.view(), number), std::pair(&by_text.view(), text)}) {
        EXPECT_EQ(graph->names()[user], name);
        EXPECT_EQ(graph->name_of(graph->internal_id(user)), name);
        EXPECT_EQ(graph->find_user(name), user);
      }
    }
    for (const char* const other : {"", "1", "an", "anna", "-7", "18446744073709551616", "zz"}) {
      EXPECT_EQ(by_number.view().find_user(other), -1);
      EXPECT_EQ(by_text.view().find_user(other), -1);
    }
  }
  Region image = make_image(triangle_and_loop());
  const Graph plain = Graph::open(bytes_of(image)).value();
  EXPECT_EQ(plain.view().name_of(4), "4");
  EXPECT_EQ(plain.view().find_user("4"), 4);
  EXPECT_EQ(plain.view().find_user("5"), -1);
  EXPECT_EQ(plain.view().find_user("four"), -1);
}

TEST(VerifyGraphImage, NamesThatAreNoneAreRefused) {
  const auto expect_refused = [](Region& image) {
    const Status status = verify_graph_image(bytes_of(image));
    EXPECT_NE(status.message().find("name"), std::string::npos) << status.message();
    EXPECT_EQ(Graph::open(bytes_of(image)).status().message(), status.message());
  };
  for (const std::size_t node : {0U, 1U, 4U}) {
    Region image = make_image(triangle_and_loop(), true, NodeNames(kNumbers));
    slab_of<std::uint64_t>(image, kSlabNameNumbers)[node] = 10;
    expect_refused(image);
  }
  for (std::size_t i = 0; i < std::size(kOffsets); ++i) {
    for (const std::uint64_t value : {i == 0 ? 1 : kOffsets[i - 1], UINT64_MAX}) {
      Region image = make_image(triangle_and_loop(), true, {kOffsets, kTexts});
      slab_of<std::uint64_t>(image, kSlabNameOffsets)[i] = value;
      expect_refused(image);
    }
  }
  for (const char wrong : {'\0', ' ', ',', '\x7f', '\xff', 'c', '#'}) {
    Region image = make_image(triangle_and_loop(), true, {kOffsets, kTexts});
    slab_of<char>(image, kSlabNameBytes)[1] = wrong;  // of "ann"
    expect_refused(image);
  }
}

TEST(VerifyGraphImage, TruncatedBytesAreRefusedAtEveryLength) {
  Region image = make_image(triangle_and_loop(), true);
  for (std::size_t bytes = 0; bytes < image.capacity(); ++bytes) {
    ASSERT_FALSE(Graph::open(bytes_of(image).first(bytes)).is_ok()) << bytes;
  }
}

// Nearly every bit of an image is bound by a promise; free are only the version, bounds,
// coordinates and how weights are to be read.
TEST(VerifyGraphImage, AnyFlippedBitIsRefusedOrHarmless) {
  for (const Kind& kind : kKinds) {
    EdgeSet set = random_edges(40, 90, kind.directed, kind.weighted, 3);
    for (NodeID u = 0; u < 40; ++u) set.erase(u, u);  // a loop's weight has no twin
    Region image = make_image(set, kind.decorated);
    const HeaderSlab header = header_of(image);
    for (std::size_t at = 0; at < image.capacity(); ++at) {
      const auto inside = [&](SlabName name) {
        return at >= header.slabs[name].offset &&
               at < header.slabs[name].offset + header.slabs[name].length;
      };
      const bool is_free =
          (at >= offsetof(HeaderSlab, version) && at < offsetof(HeaderSlab, num_nodes)) ||
          (at >= offsetof(HeaderSlab, bounds) && at < offsetof(HeaderSlab, slabs)) ||
          inside(kSlabX) || inside(kSlabY);
      for (int bit = 0; bit < 8; ++bit) {
        const bool reads_weights =
            kind.weighted && at == offsetof(HeaderSlab, flags) && 1U << bit == kGraphRealWeights;
        image.base()[at] ^= std::byte{1} << bit;
        const bool accepted = verify_graph_image(bytes_of(image)).is_ok();
        if (bit == 0) {
          ASSERT_EQ(check_graph_image(bytes_of(image)).is_ok(), accepted);
        }
        image.base()[at] ^= std::byte{1} << bit;
        ASSERT_TRUE(!accepted || is_free || reads_weights) << "byte " << at << " bit " << bit;
      }
    }
  }
}

TEST(VerifyGraphImage, ManyWrongWordsAtOnceNeverReadOutOfRange) {
  TestRandom random(11);
  for (int round = 0; round < 20000; ++round) {
    const Kind& kind = kKinds[round % 4];
    static Region images[4];
    Region& image = images[round % 4];
    if (image.base() == nullptr) {
      image = make_image(random_edges(30, 60, kind.directed, kind.weighted, 5), kind.decorated);
    }
    std::vector<std::byte> bytes(image.base(), image.base() + image.capacity());
    for (std::uint32_t i = 0; i <= random.below(4); ++i) {
      const std::uint32_t values[] = {0,          1,          31,         64,
                                      0x7fffffff, 0x80000000, 0xffffffff, random.below(1U << 30)};
      const std::size_t word = random.below(static_cast<std::uint32_t>(bytes.size() / 4));
      std::memcpy(&bytes[word * 4], &values[random.below(8)], 4);
    }
    auto opened = Graph::open(bytes);
    if (!opened.is_ok()) continue;
    for (NodeID u = 0; u < opened->view().num_nodes(); ++u) {
      for (const NodeID v : opened->view().out_neigh(u)) ASSERT_LT(v, opened->view().num_nodes());
    }
  }
}

}  // namespace
}  // namespace quadrille
