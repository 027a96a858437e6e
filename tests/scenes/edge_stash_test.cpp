// What holds and sorts edges on their way to a graph, at limits that only very large graphs meet.
#include "scenes/edge_stash.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "engine/random.h"
#include "scenes/arc_sorter.h"

namespace quadrille {
namespace {

// Counters of 8 bits stand for those of 32: as few arcs pass what they hold.
TEST(ArcSorter, SortsMoreArcsThanItsCountersHold) {
  using Arc = PackedArc<std::uint32_t, true>;
  Random random(4);
  for (const std::size_t count : {255U, 256U, 600U, 5000U}) {
    ArcSorter<Arc, std::uint8_t> sorter;
    std::vector<std::uint32_t> expected;
    Arc* const arcs = sorter.make_room(count);
    for (std::size_t i = 0; i < count; ++i) {
      arcs[i] = {random.next_below(3) << 12 | random.next_below(2), static_cast<Weight>(i)};
      expected.push_back(arcs[i].packed);
    }
    std::sort(expected.begin(), expected.end());
    const ArcSorter<Arc, std::uint8_t>::Digit digits[] = {{0, 12}, {12, 12}};
    const auto sorted = sorter.sort(count, digits);
    EXPECT_TRUE(std::ranges::equal(sorted, expected, {}, &Arc::packed)) << count;
  }
}

TEST(EdgeStash, OpenChunksTakeABoundedPartOfMemory) {
  constexpr std::size_t kMost = std::size_t{64} << 20;
  EXPECT_EQ(stash_chunk_bytes(4096, 2), 1024U);
  for (const std::int64_t buckets : {0, 1, 4096, 65536}) {
    for (const int workers : {1, 2, 16, 64, 1024}) {
      const std::size_t chunk = stash_chunk_bytes(buckets, workers);
      const std::size_t open = chunk * static_cast<std::size_t>(buckets * workers);
      EXPECT_TRUE(std::has_single_bit(chunk) && chunk >= 64 && chunk <= 1024);
      EXPECT_TRUE(open <= kMost || chunk == 64) << buckets << " " << workers;
    }
  }
}

TEST(EdgeStash, ChunksOfAnySizeGiveTheEdgesBack) {
  const BuildOptions options{.weighted = true, .num_nodes = 3000};
  const ArcPacking packing(options.num_nodes);
  for (const std::size_t chunk_bytes : {64U, 256U, 1024U}) {
    StashMemory memory(nullptr);
    std::atomic<bool> outgrown{false};
    StashSink<true> sink(options, packing, nullptr, memory, chunk_bytes, outgrown);
    Random random(9);
    std::vector<std::uint64_t> expected, found;
    for (int i = 0; i < 20000; ++i) {
      const auto u = static_cast<NodeID>(random.next_below(3000)),
                 v = static_cast<NodeID>(random.next_below(3000));
      const Edge edge{u, v, i};
      ASSERT_TRUE(sink.take({&edge, 1}).is_ok());
      const auto low = static_cast<std::uint64_t>(std::min(u, v));
      expected.push_back((low << 12 | static_cast<std::uint64_t>(std::max(u, v))) << 20 |
                         static_cast<std::uint64_t>(i));
    }
    for (std::size_t bucket = 0; bucket < static_cast<std::size_t>(packing.num_buckets());
         ++bucket) {
      sink.for_each_chunk(bucket, [&](auto arcs) {
        for (const auto& arc : arcs) {
          const std::uint64_t low = (bucket << packing.local_bits) +
                                    static_cast<std::uint64_t>(packing.local(arc.packed));
          found.push_back((low << 12 | static_cast<std::uint64_t>(packing.target(arc.packed)))
                              << 20 |
                          static_cast<std::uint64_t>(arc.w));
        }
      });
    }
    std::sort(expected.begin(), expected.end());
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, expected) << chunk_bytes;
  }
}

}  // namespace
}  // namespace quadrille
