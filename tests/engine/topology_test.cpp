#include "engine/topology.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/engine/graph_images.h"

namespace quadrille {
namespace {

constexpr std::uint32_t kNodes = 3 * kNodeBlockSize + 100;  // four blocks, the last one short

// Lives as long as any store.
Parallel& two_threads() {
  static const auto parallel =
      Parallel::create({.backend = TaskBackend::kThreads, .num_threads = 2}).value();
  return *parallel;
}

std::unique_ptr<TopologyStore> make_store(const EdgeSet& set, const TopologyOptions& options = {}) {
  const Graph graph = Graph::adopt(make_image(set, true));  // gone when the store is made
  auto store = TopologyStore::create(graph.view(), two_threads(), options);
  EXPECT_TRUE(store.is_ok()) << store.status().message();
  return std::move(store).value();
}

void expect_same_lists(const GraphView& view, const EdgeSet& set) {
  const Graph graph = Graph::adopt(make_image(set, true));
  const GraphView& expected = graph.view();
  ASSERT_EQ(view.num_nodes(), expected.num_nodes());
  EXPECT_EQ(view.num_arcs(), expected.num_arcs());
  EXPECT_EQ(view.num_edges(), expected.num_edges());
  EXPECT_EQ(view.directed(), expected.directed());
  const auto same = [](auto a, auto b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  };
  for (NodeID u = 0; u < view.num_nodes(); ++u) {
    ASSERT_TRUE(same(view.out_neigh(u), expected.out_neigh(u))) << u;
    ASSERT_TRUE(same(view.in_neigh(u), expected.in_neigh(u))) << u;
    ASSERT_TRUE(same(view.out_weights(u), expected.out_weights(u))) << u;
    ASSERT_EQ(view.user_id(u), expected.user_id(u));
  }
  EXPECT_TRUE(same(view.x(), expected.x()));
}

// Edits in `nodes` of the set: half of them delete an edge that is likely there.
std::vector<EdgeEdit> random_edits(EdgeSet& set, TestRandom& random, std::uint32_t first,
                                   std::uint32_t nodes, int count) {
  std::vector<EdgeEdit> edits;
  for (int i = 0; i < count; ++i) {
    EdgeEdit edit{static_cast<NodeID>(first + random.below(nodes)),
                  static_cast<NodeID>(first + random.below(nodes))};
    edit.w = set.weighted ? static_cast<Weight>(random.below(1000)) : 1;
    edit.is_insert = random.below(2) == 0;
    if (!edit.is_insert && random.below(4) != 0) {
      const auto near = set.arcs.lower_bound({edit.u, edit.v});
      if (near != set.arcs.end()) edit = {near->first.first, near->first.second, 1, false};
    }
    edit.is_insert ? set.insert(edit.u, edit.v, edit.w) : set.erase(edit.u, edit.v);
    edits.push_back(edit);
  }
  return edits;
}

TEST(Topology, EachVersionEqualsAGraphBuiltFromScratchAndStaysSo) {
  for (const bool directed : {false, true}) {
    for (const bool weighted : {false, true}) {
      TestRandom random(directed ? 1 : 2);
      EdgeSet set = random_edges(kNodes, 12000, directed, weighted, 9);
      const auto store = make_store(set);
      std::vector<std::pair<TopologyVersion, EdgeSet>> kept = {{store->current(), set}};
      for (int round = 0; round < 3; ++round) {
        const auto edits = random_edits(set, random, 0, kNodes, 400);
        ASSERT_TRUE(store->edit(edits).is_ok());
        kept.emplace_back(store->current(), set);
      }
      for (std::size_t i = 0; i < kept.size(); ++i) {
        EXPECT_EQ(kept[i].first.view().version(), i);
        expect_same_lists(kept[i].first.view(), kept[i].second);
      }
    }
  }
}

TEST(Topology, OnlyTouchedBlocksAreCopied) {
  EdgeSet set = random_edges(kNodes, 10000, false, false, 2);
  const auto store = make_store(set);
  const TopologyVersion before = store->current();
  const EdgeEdit edit{kNodeBlockSize + 5, kNodeBlockSize + 9};  // both ends in block 1
  ASSERT_TRUE(store->edit({&edit, 1}).is_ok());
  EXPECT_EQ(store->live_blocks(), 5);
  const TopologyVersion after = store->current();
  for (const std::int64_t block : {0, 1, 2, 3}) {
    const bool is_shared = before.view().out().blocks[block].first_record ==
                           after.view().out().blocks[block].first_record;
    EXPECT_EQ(is_shared, block != 1) << block;
  }
}

TEST(Topology, BlocksThatNoVersionNamesAreUsedAgain) {
  EdgeSet set = random_edges(kNodes, 20000, true, true, 4);
  MemoryBudget budget;
  const auto store = make_store(set, {.budget = &budget});
  TestRandom random(5);
  std::size_t after_warm_up = 0;
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(store->edit(random_edits(set, random, 0, kNodes, 50)).is_ok()) << round;
    EXPECT_EQ(store->live_versions(), 1U);
    EXPECT_EQ(store->live_blocks(), 8);
    if (round == 50) after_warm_up = budget.used();
  }
  EXPECT_LE(budget.used(), after_warm_up + after_warm_up / 8);
  expect_same_lists(store->current().view(), set);
}

TEST(Topology, TheLastEditOfAnEdgeWinsWhicheverWayItIsNamed) {
  EdgeSet set{10, false, true, {}};
  set.insert(1, 2, 5);
  const auto store = make_store(set);
  const EdgeEdit edits[] = {{1, 2, 7, true}, {2, 1, 8, true},  {3, 3, 4, true},
                            {4, 5, 6, true}, {5, 4, 6, false}, {8, 9, 1, false}};
  ASSERT_TRUE(store->edit(edits).is_ok());
  EdgeSet expected{10, false, true, {}};
  expected.insert(1, 2, 8);
  expected.insert(3, 3, 4);
  expect_same_lists(store->current().view(), expected);
  const EdgeEdit undo[] = {{3, 3, 0, false}, {1, 2, 0, false}};
  ASSERT_TRUE(store->edit(undo).is_ok());
  EXPECT_EQ(store->current().view().num_edges(), 0);
}

TEST(Topology, ARefusedEditChangesNothing) {
  EdgeSet set = random_edges(kNodes, 5000, true, true, 6);
  const auto store = make_store(set);
  const EdgeEdit edits[] = {{0, 1, 1, true}, {0, static_cast<NodeID>(kNodes), 1, true}};
  const Status refused = store->edit(edits);
  EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.message(), "edit 1: node 12388 is out of range; there are 12388 nodes");
  const EdgeEdit negative[] = {{0, 1, -1, true}};
  EXPECT_EQ(store->edit(negative).message(), "edit 0: the weight is below 0");
  expect_same_lists(store->current().view(), set);
}

void fill_with_versions(const TopologyOptions& options) {
  EdgeSet set = random_edges(kNodes, 20000, true, false, 8);
  const auto store = make_store(set, options);
  TestRandom random(1);
  std::vector<std::pair<TopologyVersion, EdgeSet>> held;
  Status status;
  for (int round = 0; round < 50 && status.is_ok(); ++round) {
    if (round % 4 == 0) held.emplace_back(store->current(), set);
    EdgeSet next = set;
    status = store->edit(random_edits(next, random, 0, kNodes, 1500));
    if (status.is_ok()) set = next;
  }
  EXPECT_EQ(status.code(), StatusCode::kOutOfMemory) << status.message();
  expect_same_lists(store->current().view(), set);
  for (const auto& [version, expected] : held) expect_same_lists(version.view(), expected);
  held.clear();
  EXPECT_TRUE(store->edit(random_edits(set, random, 0, kNodes, 200)).is_ok());
  EXPECT_EQ(store->live_versions(), 1U);
  EXPECT_EQ(store->live_blocks(), 8);
  expect_same_lists(store->current().view(), set);
}

TEST(Topology, VersionsThatAreHeldMayFillTheStoreButNeverSpoilIt) {
  fill_with_versions({.most_arcs = 100000});                       // of lists
  fill_with_versions({.most_nodes = kNodes, .most_versions = 6});  // of node blocks
}

TEST(Topology, AReaderOnAnotherThreadKeepsItsVersionWhileEditsGoOn) {
  EdgeSet set = random_edges(kNodes, 10000, false, false, 3);
  const auto store = make_store(set);
  TestRandom random(2);
  for (int round = 0; round < 20; ++round) {
    std::int64_t expected = 0, seen = 0;
    for (const auto& [arc, weight] : set.arcs) expected += arc.second;
    std::thread reader([version = store->current(), &seen] {
      for (NodeID u = 0; u < version.view().num_nodes(); ++u) {
        for (const NodeID v : version.view().out_neigh(u)) seen += v;
      }
    });
    for (int edit = 0; edit < 3; ++edit) {
      EXPECT_TRUE(store->edit(random_edits(set, random, 0, kNodes, 100)).is_ok());
    }
    reader.join();
    EXPECT_EQ(seen, expected);
  }
}

TEST(Topology, ABatchSaysWhatItDid) {
  EdgeSet set{10, false, true, {}};
  for (NodeID v = 1; v < 6; ++v) set.insert(0, v, 5);
  const auto store = make_store(set);
  const EdgeEdit edits[] = {{0, 1, 5, true},  {2, 0, 6, true},  {0, 3, 1, false}, {9, 8, 1, false},
                            {7, 7, 1, true},  {8, 9, 4, true},  {9, 8, 3, true},  {4, 0, 1, false},
                            {6, 6, 1, false}, {0, 5, 9, false}, {0, 5, 5, true}};
  EditReport report;
  ASSERT_TRUE(store->edit(edits, &report).is_ok());
  EXPECT_EQ(report.inserted, 2);    // 7-7, 9-8
  EXPECT_EQ(report.deleted, 2);     // 0-3, 4-0
  EXPECT_EQ(report.reweighted, 1);  // 2-0
  EXPECT_EQ(report.ignored, 6);
  EXPECT_EQ(store->current().view().num_edges(), 5);
}

TEST(Topology, NodesAreAddedBehindTheOthersAndOlderVersionsLackThem) {
  for (const bool directed : {false, true}) {
    EdgeSet set = random_edges(kNodes, 9000, directed, false, 4);
    const auto store = make_store(set);
    const TopologyVersion before = store->current();
    const EdgeSet set_before = set;
    const auto more = static_cast<NodeID>(2 * kNodeBlockSize);
    ASSERT_TRUE(store->add_nodes(more).is_ok());
    EXPECT_EQ(store->current().view().num_nodes(), static_cast<NodeID>(kNodes) + more);
    std::vector<EdgeEdit> edits;
    for (NodeID i = 0; i < more; ++i) {
      edits.push_back({static_cast<NodeID>(kNodes) + i, i});
      set.insert(edits.back().u, i);
    }
    set.num_nodes += more;
    ASSERT_TRUE(store->edit(edits).is_ok());
    const TopologyVersion after = store->current();
    for (NodeID u = 0; u < after.view().num_nodes(); ++u) {
      std::vector<NodeID> expected;
      for (auto it = set.arcs.lower_bound({u, 0}); it != set.arcs.end() && it->first.first == u;
           ++it) {
        expected.push_back(it->first.second);
      }
      const auto list = after.view().out_neigh(u);
      ASSERT_TRUE(std::ranges::equal(list, expected)) << u;
    }
    EXPECT_EQ(after.view().user_id(static_cast<NodeID>(kNodes)), static_cast<NodeID>(kNodes));
    EXPECT_EQ(after.view().x()[kNodes], 0.0f);
    expect_same_lists(before.view(), set_before);
  }
  const auto small = make_store(random_edges(10, 9, false, false, 1), {.most_nodes = 12});
  EXPECT_EQ(small->add_nodes(3).message(), "cannot add 3 nodes to 10: there may be 12");
  EXPECT_TRUE(small->add_nodes(2).is_ok());
}

TEST(Topology, ListsThatOutgrowTheirExtentAreSplit) {
  EdgeSet set{kNodes, true, false, {}};
  const auto store = make_store(set);
  EXPECT_EQ(store->extents(), 8);  // a run of lists each block, in both directions
  std::int64_t splits = 0;
  for (NodeID from = 0; from < 48; ++from) {  // 48 lists of 2,000 in one block
    std::vector<EdgeEdit> edits;
    for (NodeID v = 0; v < 2000; ++v) {
      edits.push_back({from, 6 * v + from % 6});
      set.insert(from, edits.back().v);
    }
    EditReport report;
    ASSERT_TRUE(store->edit(edits, &report).is_ok());
    splits += report.splits;
  }
  EXPECT_GE(splits, 3);
  EXPECT_EQ(store->extents(), 8 + splits);
  expect_same_lists(store->current().view(), set);
}

}  // namespace
}  // namespace quadrille
