#include "kernels/contacts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/kernels/bodies_fixture.h"

namespace quadrille {
namespace {

using test::Discs;

constexpr Box kUnitBox{0, 0, 1, 1};

// All of them for few discs: in a corner they may all meet.
std::int64_t max_pairs(std::int64_t count) { return std::min(count * count, 16 * count + 250000); }

// Discs stepped in place: a broad-phase, then a step of the solver.
class World {
 public:
  World(Discs discs, const ContactOptions& options, const KernelTable& kernels, Parallel& parallel)
      : discs_(std::move(discs)), arena_(test::scratch_arena()),
        phase_(
            BroadPhase::create({.num_bodies = discs_.size(), .max_pairs = max_pairs(discs_.size())},
                               kernels, parallel, arena_)
                .value()),
        solver_(ContactSolver::create(options, discs_.size(), kernels, parallel, arena_).value()),
        vx(discs_.x.size()), vy(discs_.x.size()) {}

  void step(float dt) {
    ASSERT_EQ(phase_.update(discs_.columns()), BroadPhaseOutcome::kComplete);
    auto x = discs_.x, y = discs_.y, next_vx = vx, next_vy = vy;
    solver_.step(phase_, {discs_.x, discs_.y, vx, vy}, dt, {x, y, next_vx, next_vy});
    discs_.x = x, discs_.y = y, vx = next_vx, vy = next_vy;
  }
  void separate() {
    ASSERT_EQ(phase_.update(discs_.columns()), BroadPhaseOutcome::kComplete);
    auto x = discs_.x, y = discs_.y;
    solver_.separate(phase_, x, y);
    discs_.x = x, discs_.y = y;
  }
  double kinetic_energy() const {
    double sum = 0;
    for (std::size_t i = 0; i < vx.size(); ++i)
      sum += 0.5 * discs_.radius[i] * discs_.radius[i] * (vx[i] * vx[i] + vy[i] * vy[i]);
    return sum;
  }
  double momentum_x() const {
    double sum = 0;
    for (std::size_t i = 0; i < vx.size(); ++i) sum += discs_.radius[i] * discs_.radius[i] * vx[i];
    return sum;
  }
  const Discs& discs() const { return discs_; }
  float largest_overlap() const { return solver_.largest_overlap(); }

 private:
  Discs discs_;
  Arena arena_;
  BroadPhase phase_;
  ContactSolver solver_;

 public:
  std::vector<float> vx, vy;
};

World world(Discs discs, const ContactOptions& options, Parallel& parallel) {
  return World(std::move(discs), options, *test::tables_here().back(), parallel);
}

TEST(Contacts, AHeadOnBounceKeepsMomentumAndTheGivenShareOfSpeed) {
  const auto parallel = test::with_threads(1);
  for (const float ratio : {0.0f, 0.1f, 0.2155f}) {
    World w = world({{0.4f, 0.6f}, {0.5f, 0.5f}, {0.05f, 0.05f}},
                    {.box = kUnitBox, .damping_ratio = ratio}, *parallel);
    w.vx = {0.1f, -0.1f};
    for (int i = 0; i < 4000; ++i) w.step(1e-3f);
    const double z = ratio;
    const double expected = std::exp(-3.14159265 * z / std::sqrt(1 - z * z));
    EXPECT_NEAR((w.vx[1] - w.vx[0]) / 0.2, expected, 0.1);
    EXPECT_NEAR(w.vx[0] + w.vx[1], 0, 1e-6);
    EXPECT_EQ(w.vy[0], 0);
  }
}

TEST(Contacts, AHeavyDiscIsHardlyMovedByALightOne) {
  const auto parallel = test::with_threads(1);
  World w = world({{0.3f, 0.7f}, {0.5f, 0.5f}, {0.2f, 0.01f}},
                  {.box = kUnitBox, .damping_ratio = 0}, *parallel);
  w.vx = {0.0f, -1.0f};
  const double before = w.momentum_x();
  for (int i = 0; i < 250; ++i) w.step(1e-3f);
  EXPECT_NEAR(w.momentum_x(), before, 1e-7);
  EXPECT_GT(w.vx[1], 0.9f);
  EXPECT_LT(std::abs(w.vx[0]), 0.01f);
}

TEST(Contacts, AFallingDiscComesToRestOnTheFloor) {
  const auto parallel = test::with_threads(1);
  World w = world({{0.5f}, {0.5f}, {0.1f}}, {.box = kUnitBox, .gravity_y = -1}, *parallel);
  for (int i = 0; i < 10000; ++i) w.step(1e-3f);
  EXPECT_NEAR(w.discs().y[0], 0.1f, 1e-4);
  EXPECT_NEAR(w.vy[0], 0, 1e-6);
  EXPECT_EQ(w.discs().x[0], 0.5f);
}

TEST(Contacts, APileComesToRestAndStaysAsHighAsItsDiscs) {
  Discs discs;
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    discs.x.push_back(0.05f + 0.1f * static_cast<float>(i % 10) + 0.01f * test::unit(random));
    discs.y.push_back(0.05f + 0.1f * static_cast<float>(i / 10));
    discs.radius.push_back(0.04f + 0.008f * test::unit(random));
  }
  const auto parallel = test::with_threads(2);
  World w = world(discs, {.box = {0, 0, 1, 3}, .gravity_y = -1}, *parallel);
  for (int i = 0; i < 15000; ++i) w.step(1e-3f);
  EXPECT_LT(w.kinetic_energy() / 200, 1e-9);  // a fall over one radius would give 1e-4
  EXPECT_LT(w.largest_overlap(), 0.02f);
  const float top = *std::ranges::max_element(w.discs().y);
  EXPECT_GT(top, 1.2f);  // the discs alone would fill the box to a height of 1.22
  EXPECT_LT(top, 1.7f);
}

TEST(Contacts, NothingLeavesTheBoxHoweverFast) {
  Discs discs = test::equal_discs(test::uniform(500), 0.3f);
  const auto parallel = test::with_threads(2);
  World w = world(discs, {.box = kUnitBox, .gravity_y = -10}, *parallel);
  Random random(4);
  for (float& speed : w.vx) speed = 1e4f * (test::unit(random) - 0.5f);
  for (float& speed : w.vy) speed = 1e4f * (test::unit(random) - 0.5f);
  for (int i = 0; i < 200; ++i) {
    w.step(1e-2f);
    for (std::size_t d = 0; d < 500; ++d) {
      ASSERT_TRUE(w.discs().x[d] >= 0 && w.discs().x[d] <= 1);
      ASSERT_TRUE(w.discs().y[d] >= 0 && w.discs().y[d] <= 1);
    }
  }
}

TEST(Contacts, CoincidentDiscsPart) {
  const auto parallel = test::with_threads(1);
  World w = world({{0.5f, 0.5f, 0.5f}, {0.5f, 0.5f, 0.5f}, {0.1f, 0.1f, 0.1f}}, {.box = kUnitBox},
                  *parallel);
  for (int i = 0; i < 200; ++i) w.separate();
  EXPECT_LT(w.largest_overlap(), 1e-2f);
}

TEST(Contacts, DiscsThatAreAllButCoincidentPartAtAFiniteSpeed) {
  const auto parallel = test::with_threads(1);
  World w =
      world({{0.0f, 1e-30f}, {1e-30f, 0.0f}, {0.1f, 0.1f}}, {.box = {-1, -1, 1, 1}}, *parallel);
  for (int i = 0; i < 10; ++i) w.step(1e-3f);
  for (std::size_t d = 0; d < 2; ++d) {
    EXPECT_TRUE(std::isfinite(w.discs().x[d]) && std::isfinite(w.discs().y[d]));
    EXPECT_TRUE(std::isfinite(w.vx[d]) && std::isfinite(w.vy[d]));
  }
  EXPECT_NE(w.discs().x[0], w.discs().x[1]);
}

TEST(Contacts, ADiscWiderThanTheBoxIsSeparatedIntoItsMiddle) {
  const auto parallel = test::with_threads(1);
  World w = world({{0.0f, 1.0f}, {0.0f, 1.0f}, {5.0f, 0.01f}}, {.box = kUnitBox}, *parallel);
  w.separate();
  EXPECT_EQ(w.discs().x[0], 0.5f);
  EXPECT_EQ(w.discs().y[0], 0.5f);
}

TEST(Contacts, SeparatingUndoesTheOverlapsOfARandomBox) {
  const auto parallel = test::with_threads(2);
  World w = world(test::equal_discs(test::uniform(5000), 0.4f), {.box = kUnitBox}, *parallel);
  w.separate();
  const float before = w.largest_overlap();
  for (int i = 0; i < 100; ++i) w.separate();
  EXPECT_GT(before, 0.9f);
  EXPECT_LT(w.largest_overlap(), 0.02f);
}

TEST(Contacts, SameBytesOnEveryInstructionSetAndThreadCount) {
  std::vector<float> expected;
  test::on_every_backend(
      [&](const KernelTable& table, Parallel& parallel, const std::string& name) {
        World w(test::equal_discs(test::uniform(3000), 0.6f), {.box = kUnitBox, .gravity_y = -1},
                table, parallel);
        for (int i = 0; i < 20; ++i) w.step(1e-3f);
        std::vector<float> state;
        for (const auto& column : {w.discs().x, w.discs().y, w.vx, w.vy})
          state.insert(state.end(), column.begin(), column.end());
        if (expected.empty()) expected = state;
        EXPECT_EQ(state, expected) << name;
      });
}

}  // namespace
}  // namespace quadrille
