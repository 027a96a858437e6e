#include "kernels/manifold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

constexpr int kSamples = 400;

double sampled_distance(const ContactShape& a, const ContactShape& b) {
  double least = 1e30;
  for (int i = 0; i <= kSamples; ++i) {
    const double s = 2.0 * i / kSamples - 1, px = a.x + s * a.ax, py = a.y + s * a.ay;
    // The nearest point of b's segment to one point has a formula of its own.
    const double bb = double{b.ax} * b.ax + double{b.ay} * b.ay;
    double t = bb > 0 ? ((px - b.x) * b.ax + (py - b.y) * b.ay) / bb : 0;
    t = std::clamp(t, -1.0, 1.0);
    least = std::min(least, std::hypot(px - (b.x + t * b.ax), py - (b.y + t * b.ay)));
  }
  return least - a.radius - b.radius;
}

ContactShape random_shape(Random& random) {
  const auto draw = [&] { return 2 * test::unit(random) - 1; };
  ContactShape shape = {2 * draw(), 2 * draw(), draw(), draw(), 0.3f * test::unit(random)};
  if (random.next_below(4) == 0) shape.ax = shape.ay = 0;
  return shape;
}

TEST(Manifold, DistancesAreThoseOfManySamples) {
  Random random(11);
  for (int i = 0; i < 2000; ++i) {
    const ContactShape a = random_shape(random), b = random_shape(random);
    const double sampled = sampled_distance(a, b);  // samples miss the nearest by half a step
    EXPECT_LT(shape_distance(a, b), sampled + 1e-4) << i;
    EXPECT_GT(shape_distance(a, b), sampled - 4e-3) << i;
  }
}

TEST(Manifold, PushingApartByTheGapAlongTheNormalMakesShapesTouch) {
  Random random(12);
  int tried = 0;
  for (int i = 0; i < 4000; ++i) {
    const ContactShape a = random_shape(random);
    ContactShape b = random_shape(random);
    const Manifold manifold = collide_shapes(a, b, 0.5f, 0);
    if (manifold.count == 0) {
      EXPECT_GE(shape_distance(a, b), 0.5f - 1e-5f);
      continue;
    }
    float gap = manifold.point[0].gap;
    for (int k = 0; k < manifold.count; ++k) {
      const ManifoldPoint& p = manifold.point[k];
      EXPECT_NEAR(p.nx * p.nx + p.ny * p.ny, 1, 1e-5);
      gap = std::min(gap, p.gap);
    }
    if (shape_distance(a, b) + a.radius + b.radius < 0.05f) continue;  // cores that cross
    ++tried;
    b.x -= gap * manifold.point[0].nx;
    b.y -= gap * manifold.point[0].ny;
    EXPECT_NEAR(shape_distance(a, b), 0, 0.02) << i;
  }
  EXPECT_GT(tried, 500);
}

TEST(Manifold, CapsulesSideBySideTouchInTwoPointsOthersInOne) {
  const ContactShape a = {0, 0, 1, 0, 0.25f};
  const Manifold flat = collide_shapes(a, {0.5f, 0.49f, 1, 0.01f, 0.25f}, 0.1f, 0);
  ASSERT_EQ(flat.count, 2);
  EXPECT_NEAR(flat.point[0].x, -0.5f, 0.01f);
  EXPECT_NEAR(flat.point[1].x, 1.0f, 0.01f);
  EXPECT_EQ(flat.point[0].feature, 0);
  EXPECT_EQ(flat.point[1].feature, 1);
  EXPECT_EQ(collide_shapes(a, {0.5f, 1.45f, 0, 1, 0.25f}, 0.1f, 0).count, 1);
  EXPECT_EQ(collide_shapes(a, {2.45f, 0, 1, 0, 0.25f}, 0.1f, 0).count, 1);  // end to end
}

TEST(Manifold, AWallTouchesBothEndsOfACapsuleThatLiesOnIt) {
  const Wall floor = {0, 1, 2};
  const Manifold lying = collide_wall(floor, {0, 2.2f, 1, 0, 0.25f}, 0.1f);
  ASSERT_EQ(lying.count, 2);
  EXPECT_NEAR(lying.point[0].gap, -0.05f, 1e-6f);
  EXPECT_NEAR(lying.point[0].y, 1.975f, 1e-6f);
  EXPECT_EQ(collide_wall(floor, {0, 3.2f, 0, 1, 0.25f}, 0.1f).count, 1);
  EXPECT_EQ(collide_wall(floor, {0, 2.2f, 0, 0, 0.25f}, 0.1f).count, 1);
  EXPECT_EQ(collide_wall(floor, {0, 4, 1, 0, 0.25f}, 0.1f).count, 0);
}

TEST(Manifold, CoresThatCrossOrCoincideHaveANormalOfLengthOne) {
  for (std::uint32_t turn = 0; turn < 8; ++turn) {
    for (const ContactShape& a : {ContactShape{1, 1, 0, 0, 0.5f}, ContactShape{1, 1, 1, 0, 0.5f}}) {
      const Manifold manifold = collide_shapes(a, {1, 1, 0, 0, 0.25f}, 0, turn);
      ASSERT_EQ(manifold.count, 1);
      EXPECT_NEAR(std::hypot(manifold.point[0].nx, manifold.point[0].ny), 1, 1e-6);
      EXPECT_NEAR(manifold.point[0].gap, -0.75f, 1e-6f);
    }
  }
}

TEST(Manifold, ASweepMeetsWhenManySmallStepsDo) {
  Random random(13);
  int met = 0;
  for (int i = 0; i < 1000; ++i) {
    const ContactShape a = random_shape(random), b = random_shape(random);
    if (shape_distance(a, b) < 0.01f) continue;
    const float wx = 6 * test::unit(random) - 3, wy = 6 * test::unit(random) - 3;
    float share = 0;
    const bool meets = sweep_shapes(a, b, wx, wy, 0, share);
    float least = 1e30f, when = 0;
    for (int k = 0; k <= 2000; ++k) {
      const float t = static_cast<float>(k) / 2000;
      const ContactShape moved = {b.x + t * wx, b.y + t * wy, b.ax, b.ay, b.radius};
      const float gap = shape_distance(a, moved);
      if (gap < least) least = gap, when = t;
      if (gap <= 0) break;
    }
    if (least > 0.02f) {
      EXPECT_FALSE(meets) << i;
    } else if (least <= 0) {
      EXPECT_TRUE(meets) << i;
      EXPECT_LE(share, when + 1e-3f) << i;
      const ContactShape moved = {b.x + share * wx, b.y + share * wy, b.ax, b.ay, b.radius};
      EXPECT_LT(shape_distance(a, moved), 0.05f) << i;
      ++met;
    }
  }
  EXPECT_GT(met, 100);
}

TEST(Manifold, AShortCapsuleOnALongOneHasTwoPointsInEitherOrder) {
  const ContactShape longer = {0, 0, 10, 0, 0.5f}, shorter = {3, 0.9f, 0.5f, 0, 0.4f};
  EXPECT_EQ(collide_shapes(longer, shorter, 0.1f, 0).count, 2);
  EXPECT_EQ(collide_shapes(shorter, longer, 0.1f, 0).count, 2);
}

TEST(Manifold, CoresCrossWhereTheirEndsLieOnDifferentSides) {
  const ContactShape flat = {0, 0, 2, 0, 0};
  EXPECT_TRUE(cores_cross(flat, {1, 0.3f, 0.2f, 1, 0.1f}));
  EXPECT_FALSE(cores_cross(flat, {1, 1.3f, 0.2f, 1, 0.1f}));  // above
  EXPECT_FALSE(cores_cross(flat, {3, 0.3f, 0.2f, 1, 0.1f}));  // beside
  EXPECT_FALSE(cores_cross(flat, {0, 0, 1, 0, 0.1f}));        // along
}

}  // namespace
}  // namespace quadrille
