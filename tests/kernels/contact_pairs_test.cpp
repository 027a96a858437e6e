#include "kernels/contact_pairs.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

// Impulses of a pair by its ids; what turns is meant on the second of them.
struct Impulses {
  float normal = 0, tangent = 0, rolling = 0;
  friend bool operator==(const Impulses&, const Impulses&) = default;
};
using Memory = std::map<std::pair<BodyID, std::int32_t>, Impulses>;

template <class Each>
void for_each_pair(const ContactPairs& pairs, const RigidBodies& bodies, Each&& each) {
  const PairList& list = pairs.list();
  for (std::int64_t p = 0; p < bodies.count; ++p) {
    for (std::int64_t e = list.first[at(p)]; e < list.first[at(p) + 1]; ++e) {
      const std::int32_t other = list.other[at(e)];
      const BodyID a = bodies.id[at(p)];
      const std::int32_t b = other < 0 ? other : bodies.id[at(other)];
      const bool swapped = b >= 0 && b < a;
      each(at(e), swapped ? std::pair{b, std::int32_t{a}} : std::pair{a, b}, swapped);
    }
  }
}

// A row of discs is mirrored, so that those that came first come last: each pair still knows what
// it knew, and in which sense.
TEST(ContactPairs, APairWhoseBodiesExchangePlacesKeepsItsImpulsesAndTheirSenses) {
  Arena arena = test::scratch_arena();
  const auto parallel = test::with_threads(2);
  RigidBodies bodies = RigidBodies::create(40, arena).value();
  ContactPairOptions options;
  options.max_bodies = 40;
  options.max_pairs = 400;
  options.may_roll = true;
  ContactPairs pairs =
      ContactPairs::create(options, *test::tables_here().back(), *parallel, arena).value();
  StaticShapes shapes;
  shapes.box = {0, 0, 40, 10};
  for (BodyID id = 0; id < 40; ++id) {
    RigidBody body;
    body.x = 0.5f + static_cast<float>(id), body.y = 0.45f, body.radius = 0.5f;
    bodies.add(id, body);
    bodies.margin[at(id)] = 0.1f;
  }
  ASSERT_TRUE(pairs.update(bodies, shapes));
  Memory before, after;
  int swapped_before = 0, swapped_after = 0;
  for_each_pair(pairs, bodies, [&](std::size_t e, auto ids, bool swapped) {
    const auto number = static_cast<float>(before.size() + 1);
    pairs.list().normal_impulse[e] = number;
    pairs.list().tangent_impulse[e] = -number;
    pairs.list().rolling_impulse[e] = swapped ? -number : number;
    before[ids] = {number, -number, number};
    swapped_before += swapped ? 1 : 0;
  });
  ASSERT_GE(before.size(), 39u + 40u);  // neighbours, and who lies on the floor
  for (float& x : bodies.x.first(40)) x = 40 - x;
  ASSERT_TRUE(pairs.update(bodies, shapes));
  for_each_pair(pairs, bodies, [&](std::size_t e, auto ids, bool swapped) {
    const float rolling = pairs.list().rolling_impulse[e];
    after[ids] = {pairs.list().normal_impulse[e], pairs.list().tangent_impulse[e],
                  swapped ? -rolling : rolling};
    swapped_after += swapped ? 1 : 0;
  });
  EXPECT_NE(swapped_before, swapped_after);
  // The side walls have other discs now.
  std::erase_if(before, [&](const auto& pair) { return !after.contains(pair.first); });
  EXPECT_GE(before.size(), 39u + 40u);
  for (const auto& [ids, impulses] : before)
    EXPECT_EQ(after[ids], impulses) << ids.first << ' ' << ids.second;
}

}  // namespace
}  // namespace quadrille
