#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

std::vector<float> axpy(const KernelTable& table, std::span<const float> from,
                        std::span<const float> rate, float scale) {
  std::vector<float> to(from.size() + 1, -7.0f);  // one more, which must stay
  table.integrate.axpy({.from = from.data(),
                        .rate = rate.data(),
                        .to = to.data(),
                        .scale = scale,
                        .count = static_cast<std::int64_t>(from.size())});
  EXPECT_EQ(to.back(), -7.0f);
  to.pop_back();
  return to;
}

TEST(Integrate, AxpyRoundsTwiceOnEveryInstructionSetAndSize) {
  Random random(1);
  for (const KernelTable* table : test::tables_here()) {
    for (std::size_t count = 0; count < 70; ++count) {
      std::vector<float> from(count), rate(count), expected(count);
      for (std::size_t i = 0; i < count; ++i) {
        from[i] = test::unit(random);
        rate[i] = test::unit(random) * 1e-3f;
        const volatile float moved = 0.3f * rate[i];
        expected[i] = from[i] + moved;
      }
      EXPECT_EQ(axpy(*table, from, rate, 0.3f), expected) << table->name << ' ' << count;
    }
  }
}

TEST(Integrate, LeapfrogClosesTheOrbitOfTwoBodies) {
  // Two bodies of mass 1/2 on a circle of radius 1/2 under m / r: speed^2 / (1/2) = 1/2, one turn
  // in 2 pi.
  const KernelTable& table = *test::tables_here().back();
  std::vector<float> x = {0.5f, -0.5f}, y = {0, 0}, vx = {0, 0}, vy = {0.5f, -0.5f};
  const auto acceleration = [](std::span<const float> at, std::span<const float> other) {
    const float r2 =
        (at[0] - at[1]) * (at[0] - at[1]) + (other[0] - other[1]) * (other[0] - other[1]);
    return std::vector<float>{0.5f * (at[1] - at[0]) / r2, 0.5f * (at[0] - at[1]) / r2};
  };
  constexpr int kSteps = 2000;
  const auto dt = static_cast<float>(2 * 3.14159265358979 / kSteps);
  for (int i = 0; i < kSteps; ++i) {
    vx = axpy(table, vx, acceleration(x, y), dt / 2);
    vy = axpy(table, vy, acceleration(y, x), dt / 2);
    x = axpy(table, x, vx, dt);
    y = axpy(table, y, vy, dt);
    vx = axpy(table, vx, acceleration(x, y), dt / 2);
    vy = axpy(table, vy, acceleration(y, x), dt / 2);
  }
  EXPECT_NEAR(x[0], 0.5, 1e-4);
  EXPECT_NEAR(y[0], 0.0, 1e-4);
  EXPECT_NEAR(std::hypot(vx[0], vy[0]), 0.5, 1e-4);
  EXPECT_NEAR(x[0] + x[1], 0.0, 1e-5);
}

}  // namespace
}  // namespace quadrille
