#include "kernels/contact_colors.h"

#include <gtest/gtest.h>

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

TEST(ContactColors, EachContactHasALaneOfItsOwnAndNoColorMovesABodyTwice) {
  Arena arena = test::scratch_arena();
  const auto parallel = test::with_threads(2);
  constexpr std::int32_t kBodies = 40000;
  const RigidBodies bodies = bodies_of(kBodies, arena);
  ContactColors colors = ContactColors::create(kBodies, *parallel, arena).value();
  Contacts contacts(kBodies, 3, 100);
  const ColorBlocks blocks = colors.assign(contacts.chunks, bodies);

  std::set<std::int32_t> lanes;
  std::map<int, std::set<std::int32_t>> moved;
  std::int64_t total = 0, left_over = 0;
  for (const ContactChunk& chunk : contacts.chunks) {
    for (std::int64_t i = 0; i < chunk.count; ++i, ++total) {
      const ContactEntry& entry = chunk.entries[i];
      EXPECT_TRUE(lanes.insert(entry.lane).second);
      int color = 0;
      while (entry.lane >= blocks.first_block[color + 1] * kContactLanes) ++color;
      ASSERT_LE(color, kLeftOver);
      if (color == kLeftOver) {
        ++left_over;
        continue;
      }
      for (const std::int32_t place : {entry.a, entry.b})
        if (place >= 0 && bodies.row(place)[kInverseMass] > 0) {
          EXPECT_TRUE(moved[color].insert(place).second) << color << ' ' << place;
        }
    }
  }
  EXPECT_EQ(left_over, blocks.num_contacts[kLeftOver]);
  EXPECT_GT(left_over, 60);  // a hub of a hundred contacts needs more colors than there are
  std::int64_t counted = 0;
  for (const std::int64_t count : blocks.num_contacts) counted += count;
  EXPECT_EQ(counted, total);
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
