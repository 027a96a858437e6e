#include "kernels/contact_colors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

// Contacts between random places, most of them near each other, in chunks as the finder makes them.
struct Contacts {
  std::vector<std::vector<ContactEntry>> entries;
  std::vector<ContactChunk> chunks;

  Contacts(std::int32_t bodies, int a_body, std::int32_t hub) {
    Random random(7);
    entries.resize(static_cast<std::size_t>((bodies + kFinderChunk - 1) / kFinderChunk));
    for (std::int32_t p = 0; p < bodies; ++p) {
      auto& chunk = entries[static_cast<std::size_t>(p / kFinderChunk)];
      for (int i = 0; i < a_body; ++i) {
        const auto ahead = static_cast<std::int32_t>(
            1 + random.next_below(random.next_below(10) == 0 ? 20000 : 50));
        if (p + ahead < bodies) chunk.push_back({p, p + ahead, 0, 0});
      }
      if (random.next_below(20) == 0) chunk.push_back({p, ~2, 0, 0});
      if (p < hub) chunk.push_back({p, hub, 0, 0});
    }
    for (auto& chunk : entries)
      chunks.push_back({chunk.data(), static_cast<std::int64_t>(chunk.size())});
  }
};

RigidBodies bodies_of(std::int64_t count, Arena& arena) {
  RigidBodies bodies = RigidBodies::create(count, arena).value();
  RigidBody body;
  for (BodyID id = 0; id < count; ++id) {
    body.inverse_mass = id % 10 == 3 ? 0.0f : 1.0f;
    bodies.add(id, body);
  }
  return bodies;
}

const ContactTile& tile_of(const ContactColors& colors, std::int64_t block) {
  return *std::ranges::find_if(colors.tiles(), [&](const ContactTile& tile) {
    return block >= tile.first_block && block < tile.last_block;
  });
}

TEST(ContactColors, EachContactHasALaneOfItsOwnAndNoColorMovesABodyTwice) {
  Arena arena = test::scratch_arena();
  const auto parallel = test::with_threads(2);
  constexpr std::int32_t kBodies = 40000;
  const RigidBodies bodies = bodies_of(kBodies, arena);
  ContactColors colors = ContactColors::create(kBodies, *parallel, arena).value();
  Contacts contacts(kBodies, 3, 100);
  colors.assign(contacts.chunks, bodies);

  std::map<std::int64_t, int> lanes_of_block;
  std::set<std::int32_t> lanes;
  std::map<std::int64_t, std::set<std::int32_t>> moved;  // by block; by color between tiles
  std::int64_t left_over = 0;
  const std::int64_t* const between = colors.between().first_block;
  for (const ContactChunk& chunk : contacts.chunks) {
    for (std::int64_t i = 0; i < chunk.count; ++i) {
      const ContactEntry& entry = chunk.entries[i];
      EXPECT_TRUE(lanes.insert(entry.lane).second);
      const std::int64_t block = entry.lane / kContactLanes;
      ++lanes_of_block[block];
      std::int64_t group = block;
      if (block < between[0]) {
        const ContactTile& tile = tile_of(colors, block);
        EXPECT_GE(entry.a, tile.first_place);
        EXPECT_LT(std::max(entry.a, entry.b), tile.last_place);
        group = block < tile.first_colored ? -1 : block;
      } else {
        int color = 0;
        while (block >= between[color + 1]) ++color;
        ASSERT_LE(color, kLeftOver);
        group = color == kLeftOver ? -1 : between[kLeftOver + 1] + color;
      }
      left_over += group < 0 ? 1 : 0;
      for (const std::int32_t place : {entry.a, entry.b})
        if (group >= 0 && place >= 0 && bodies.row(place)[kInverseMass] > 0) {
          EXPECT_TRUE(moved[group].insert(place).second) << group << ' ' << place;
        }
    }
  }
  EXPECT_EQ(left_over, colors.num_left_over());
  EXPECT_GT(left_over, 60);  // a hub of a hundred contacts needs more colors than there are
  EXPECT_LE(between[kLeftOver + 1], ContactColors::max_blocks(std::ssize(lanes), kBodies));
  EXPECT_EQ(std::ssize(lanes_of_block), between[kLeftOver + 1]) << "no block is empty";
  std::set<std::int32_t> ragged(colors.ragged().begin(), colors.ragged().end());
  for (const auto& [block, count] : lanes_of_block)
    EXPECT_EQ(ragged.contains(static_cast<std::int32_t>(block)), count < kContactLanes) << block;
}

// A tile's room is taken before it is known how many bodies there are.
TEST(ContactColors, AnyNumberOfBodiesHasTilesThatHoldThemAll) {
  Arena arena = test::scratch_arena();
  const auto parallel = test::with_threads(2);
  constexpr std::int32_t kMost = 40 * static_cast<std::int32_t>(kFinderChunk);
  ContactColors colors = ContactColors::create(kMost, *parallel, arena).value();
  for (const std::int32_t count : {0, 1, 511, 512, 513, 8191, 15872, 15873, 16385, kMost}) {
    const RigidBodies bodies = bodies_of(count, arena);
    Contacts contacts(count, 1, 0);
    colors.assign(contacts.chunks, bodies);
    std::int64_t next = 0;
    for (const ContactTile& tile : colors.tiles()) {
      EXPECT_EQ(tile.first_place, next) << count;
      EXPECT_LT(tile.first_place, tile.last_place) << count;
      next = tile.last_place;
    }
    EXPECT_EQ(next, count);
  }
}

TEST(ContactColors, TheSameLanesOnAnyNumberOfThreads) {
  std::vector<std::int32_t> expected;
  for (const int threads : {1, 2, 3, 8}) {
    Arena arena = test::scratch_arena();
    const auto parallel = test::with_threads(threads);
    const RigidBodies bodies = bodies_of(30000, arena);
    ContactColors colors = ContactColors::create(30000, *parallel, arena).value();
    Contacts contacts(30000, 3, 10);
    colors.assign(contacts.chunks, bodies);
    std::vector<std::int32_t> lanes;
    for (const auto& chunk : contacts.entries)
      for (const ContactEntry& entry : chunk) lanes.push_back(entry.lane);
    if (expected.empty()) expected = lanes;
    EXPECT_EQ(lanes, expected) << threads;
  }
}

}  // namespace
}  // namespace quadrille
