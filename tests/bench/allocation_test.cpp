#include <algorithm>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "bench/allocation_profile.h"
#include "bench/allocation_report.h"
#include "bench/allocation_table.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kListNodes = 3000;

std::unique_ptr<Heap> open(const HeapPeer& peer, int threads = 1) {
  HeapOptions options;
  options.capacity_bytes = std::size_t{1} << 20;
  options.threads = threads;
  auto heap = peer.open(options);
  EXPECT_TRUE(heap.is_ok()) << peer.name << ": " << heap.status().message();
  return std::move(heap).value();
}

std::vector<HeapPeer> allocators() {  // those that are built, and keep what they gave
  std::vector<HeapPeer> peers = heap_peers();
  std::erase_if(peers, [](const HeapPeer& peer) {
    return !peer.missing.empty() || peer.name == nothing_peer().name;
  });
  return peers;
}

TEST(HeapPeers, GiveDistinctNodesThatKeepTheirValues) {
  for (const HeapPeer& peer : allocators()) {
    SCOPED_TRACE(peer.name);
    const std::unique_ptr<Heap> heap = open(peer);
    const std::unique_ptr<HeapThread> thread = heap->thread();
    for (int round = 0; round < 3; ++round) {
      Node* const list = thread->make_nodes(kListNodes);
      std::set<const Node*> seen;
      std::int64_t value = kListNodes;
      for (const Node* node = list; node != nullptr; node = node->next) {
        ASSERT_EQ(node->value, --value);
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(node) % alignof(Node), 0u);
        seen.insert(node);
      }
      EXPECT_EQ(value, 0);
      EXPECT_EQ(seen.size(), std::size_t{kListNodes});
      thread->give_back(list);
    }
  }
}

TEST(HeapPeers, RunFramesAndReleaseBlocksOneByOne) {
  const std::vector<std::uint32_t> sizes = {16, 1024, 17, 64, 1000, 32, 500};
  std::vector<void*> blocks(sizes.size());
  for (const HeapPeer& peer : allocators()) {
    SCOPED_TRACE(peer.name);
    const std::unique_ptr<Heap> heap = open(peer);
    const std::unique_ptr<HeapThread> thread = heap->thread();
    for (int frame = 0; frame < 100; ++frame) ASSERT_TRUE(thread->run_frame(sizes, blocks));
    std::vector<Block> live;
    for (const std::uint32_t size : sizes) {
      live.push_back({thread->allocate(size), size});
      ASSERT_NE(live.back().memory, nullptr);
      std::fill_n(static_cast<char*>(live.back().memory), size, static_cast<char>(live.size()));
    }
    for (std::size_t i = 0; i < live.size(); ++i) {
      const auto* bytes = static_cast<const char*>(live[i].memory);
      EXPECT_TRUE(std::all_of(bytes, bytes + live[i].bytes,
                              [&](char byte) { return byte == static_cast<char>(i + 1); }));
      thread->release(live[i]);
    }
  }
}

TEST(HeapPeers, AFullArenaSaysSo) {
  const std::unique_ptr<Heap> heap = open(arena_peer());
  const std::unique_ptr<HeapThread> thread = heap->thread();
  EXPECT_EQ(thread->make_nodes(10'000'000), nullptr);
  const HeapPeer small = arena_peer();
  const Result<std::vector<double>> sample = sample_nodes(
      small, {.count = std::int64_t{1} << 50, .threads = 1}, TickClock::monotonic(), 1);
  EXPECT_FALSE(sample.is_ok());
}

TEST(AllocationSamples, AreTakenOfEachPeer) {
  const TickClock clock = TickClock::monotonic();
  for (const HeapPeer& peer : allocators()) {
    SCOPED_TRACE(peer.name);
    for (const int threads : {1, 2}) {
      if (threads > 1 && !peer.takes_threads) continue;
      const auto nodes = sample_nodes(peer, {kListNodes, threads, 2 * kListNodes}, clock, 1);
      ASSERT_TRUE(nodes.is_ok()) << nodes.status().message();
      ASSERT_EQ(nodes.value().size(), 3u);
      EXPECT_GT(nodes.value()[0], 0);
      EXPECT_GT(nodes.value()[1], 0);
      EXPECT_GE(nodes.value()[2], 0);
    }
    const auto frames = sample_frames(peer, {.frames = 500, .holes = 100}, clock, 1);
    ASSERT_TRUE(frames.is_ok());
    EXPECT_EQ(static_cast<double>(frames.value().size()) - 1 + frames.value()[0], 500)
        << "each frame is either timed or counted as preempted";
  }
}

TEST(AllocationSamples, AnArenaKeepsTheHalfThatWasReleased) {
#if defined(QUADRILLE_SANITIZED)
  GTEST_SKIP() << "a sanitizer's shadow memory is resident too";
#endif
  const auto unused = sample_unused(arena_peer(), 20'000, 1);
  ASSERT_TRUE(unused.is_ok());
  EXPECT_GT(unused.value().front(), 0.4);
  EXPECT_LT(unused.value().front(), 0.6);
}

AllocationProfile small_allocation_profile(Progress& progress) {
  ProfileArenaOptions options;
  options.objects = {100, 2000};
  options.frames = 300;
  options.repeat = 3;
  auto profile = measure_allocation(options, TickClock::monotonic(), progress);
  EXPECT_TRUE(profile.is_ok()) << profile.status().message();
  return std::move(profile).value();
}

TEST(AllocationProfile, HasASampleARoundAndATableOfEightyColumns) {
  Progress progress(true);
  AllocationProfile profile = small_allocation_profile(progress);
  for (const AllocationRow& row : profile.rows) {
    if (!row.peer.missing.empty()) continue;
    SCOPED_TRACE(row.peer.name);
    ASSERT_EQ(row.nodes.size(), 2u);
    EXPECT_EQ(row.nodes[1].ns.size(), 3u);
    EXPECT_EQ(row.threaded.ns.size(), row.peer.takes_threads ? 3u : 0u);
    EXPECT_EQ(row.frames.histogram.count() + row.frames.preempted, 300);
    EXPECT_EQ(row.frames.unused.size(), 3u);
  }
  profile.rows.back() = {};
  profile.rows.back().peer = missing_peer("an allocator of no package");
  std::istringstream table(allocation_tables(profile, 80));
  int not_built = 0;
  for (std::string line; std::getline(table, line);) {
    EXPECT_LE(line.size(), 80u) << line;
    not_built += line.find("not built") != std::string::npos;
  }
  EXPECT_EQ(not_built, 2);
  const std::vector<Measurement> results = allocation_results(profile);
  std::set<std::string> names;
  for (const Measurement& result : results) names.insert(result.name);
  EXPECT_EQ(names.size(), results.size()) << "names are unique in a report";
  EXPECT_TRUE(names.contains("arena, 2k objects"));
}

TEST(ShortCount, KeepsWholeThousandsShort) {
  EXPECT_EQ(short_count(7), "7");
  EXPECT_EQ(short_count(10'000), "10k");
  EXPECT_EQ(short_count(10'000'000), "10M");
  EXPECT_EQ(short_count(2'500'000), "2500k");
  EXPECT_EQ(short_count(12'345), "12.3k");
}

}  // namespace
}  // namespace quadrille::program
