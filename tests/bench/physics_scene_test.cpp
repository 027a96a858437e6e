#include "bench/peers/physics_scene.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

PhysicsState at_rest(const PhysicsScene& scene) {
  return {scene.x, scene.y, std::vector<float>(scene.x.size()), std::vector<float>(scene.x.size())};
}

TEST(PhysicsScene, AHeapBeginsInsideOfItsBoxWithoutContacts) {
  for (const std::int64_t count : {10, 500, 20000}) {
    const PhysicsScene scene = heap_of_discs(count, 1);
    ASSERT_EQ(scene.size(), count);
    for (std::size_t i = 0; i < scene.x.size(); ++i) {
      ASSERT_TRUE(scene.x[i] > scene.radius[i] && scene.x[i] < scene.width - scene.radius[i]);
      ASSERT_TRUE(scene.y[i] > scene.radius[i] && scene.y[i] < scene.height - scene.radius[i]);
    }
    const PileFacts facts = facts_of(scene, at_rest(scene));
    EXPECT_EQ(facts.contacts, 0);
    EXPECT_EQ(facts.speed, 0);
  }
}

TEST(PhysicsScene, ScatteredDiscsOverlapAboutOnceEach) {
  for (const double ratio : {1.0, 10.0, 100.0}) {
    const PhysicsScene scene = scattered_discs(4000, 3, ratio);
    std::int64_t pairs = 0;
    for (std::size_t i = 0; i < scene.x.size(); ++i) {
      for (std::size_t j = i + 1; j < scene.x.size(); ++j) {
        const float dx = scene.x[i] - scene.x[j], dy = scene.y[i] - scene.y[j];
        const float reach = scene.radius[i] + scene.radius[j];
        pairs += dx * dx + dy * dy < reach * reach ? 1 : 0;
      }
    }
    EXPECT_NEAR(static_cast<double>(pairs), 4000, 400) << ratio;
    const auto [least, most] = std::ranges::minmax(scene.radius);
    EXPECT_NEAR(most / least, ratio, 0.01 * ratio);
  }
}

TEST(PhysicsScene, RestIsBothSlowAndHardlyOverlapping) {
  EXPECT_TRUE(is_at_rest({.contacts = 10, .overlap = 0.019, .speed = 0.009}));
  EXPECT_FALSE(is_at_rest({.contacts = 10, .overlap = 0.021, .speed = 0.009}));
  EXPECT_FALSE(is_at_rest({.contacts = 10, .overlap = 0.019, .speed = 0.011}));
}

TEST(PhysicsScene, FactsAreThoseOfAHandfulOfDiscs) {
  PhysicsScene scene;
  scene.width = scene.height = 10;
  scene.radius.assign(4, 0.5f);
  // One on the floor, one on it that overlaps by a tenth of a radius, one just off the right wall,
  // one alone.
  const PhysicsState state = {{2, 2, 9.497f, 5}, {0.5f, 1.45f, 5, 5}, {1, 0, 0, 0}, {0, 0, 0, 2}};
  const PileFacts facts = facts_of(scene, state);
  EXPECT_EQ(facts.contacts, 3);
  EXPECT_NEAR(facts.overlap, 0.1, 1e-6);
  EXPECT_NEAR(facts.speed, 0.75 / std::sqrt(5.0), 1e-6);
  EXPECT_NEAR(facts.top, 11, 1e-6);
}

TEST(PhysicsScene, ContactsAreThoseOfEveryPair) {
  const PhysicsScene scene = scattered_discs(300, 4);
  const PhysicsState state = at_rest(scene);
  std::int64_t contacts = 0;
  for (std::size_t i = 0; i < scene.x.size(); ++i) {
    const double x = scene.x[i], y = scene.y[i];
    for (const double gap : {x, y, scene.width - x, scene.height - y}) contacts += gap <= 0.505;
    for (std::size_t j = i + 1; j < scene.x.size(); ++j)
      contacts += std::hypot(x - scene.x[j], y - scene.y[j]) <= 1.005;
  }
  EXPECT_EQ(facts_of(scene, state).contacts, contacts);
}

}  // namespace
}  // namespace quadrille::program
