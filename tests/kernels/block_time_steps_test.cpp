// Time steps of each body's own: who is kicked when, and fields for those alone.

#include <quadrille/block_time_steps.h>
#include <quadrille/quadtree_builder.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "tests/kernels/field_fixture.h"

namespace quadrille {
namespace {

using test::Field;
using test::Shape;

struct Bodies {
  std::vector<float> x, y, vx, vy, ax, ay;
  explicit Bodies(std::size_t count)
      : x(count), y(count), vx(count), vy(count), ax(count), ay(count) {}
  MovingColumns columns() { return {x, y, vx, vy}; }
};

class BlockSteps : public testing::Test {
 protected:
  BlockTimeSteps create(std::int64_t count, const BlockStepOptions& options = {}) {
    return BlockTimeSteps::create(count, options, *test::tables_here().back(), *parallel_, arena_)
        .value();
  }
  Arena arena_ = test::scratch_arena();
  std::unique_ptr<Parallel> parallel_ = test::with_threads(2);
};

// Pulls from 2^-20 to 2^20: every level.
Bodies pulled(std::size_t count) {
  Bodies bodies(count);
  for (std::size_t i = 0; i < count; ++i)
    bodies.ax[i] = std::ldexp(i % 3 == 0 ? -1.0f : 1.0f, static_cast<int>(i % 41) - 20);
  return bodies;
}

TEST_F(BlockSteps, EachBodysStepIsTheLongestThatItsPullAllows) {
  Bodies bodies = pulled(50000);
  BlockTimeSteps blocks = create(50000, {.levels = 12, .eta = 0.5f});
  ASSERT_TRUE(blocks.begin(1.0f, 0.25f, bodies.ax, bodies.ay).is_ok());
  const auto allowed = [&](std::size_t i, int level) {
    const double dt = std::ldexp(1.0, -level);
    return dt * dt * std::abs(double{bodies.ax[i]}) <= 0.5 * 0.5 * 0.25;
  };
  for (std::size_t i = 0; i < bodies.x.size(); ++i) {
    const int level = blocks.levels()[i];
    EXPECT_TRUE(level == 12 || allowed(i, level)) << i;
    EXPECT_TRUE(level == 0 || !allowed(i, level - 1)) << i;
  }
}

// Under pulls that do not change, all the halves of kicks are dt times the pull, and bodies without
// a pull drift for dt; whoever's step ends is asked for, and nobody else.
TEST_F(BlockSteps, KicksAndDriftsAddUpToTheWholeStep) {
  Bodies bodies = pulled(1000);
  for (std::size_t i = 0; i < 1000; i += 10) {
    bodies.ax[i] = 0;
    bodies.vx[i] = 0.5f;
  }
  BlockTimeSteps blocks = create(1000, {.levels = 10});
  ASSERT_TRUE(blocks.begin(0.25f, 0.1f, bodies.ax, bodies.ay).is_ok());
  const std::vector<std::uint8_t> level(blocks.levels().begin(), blocks.levels().end());
  std::vector<int> asked(1000);
  while (!blocks.finished()) {
    ASSERT_TRUE(blocks.kick_and_drift(bodies.columns(), bodies.ax, bodies.ay).is_ok());
    const ActiveBodies active = blocks.active();
    for (std::size_t i = 0; i < 1000; ++i)
      asked[i] += active.are_all() || active.has(static_cast<BodyID>(i)) ? 1 : 0;
    ASSERT_TRUE(blocks.kick(bodies.columns(), bodies.ax, bodies.ay).is_ok());
  }
  std::int64_t all_asked = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(asked[i], 1 << level[i]) << i;
    all_asked += asked[i];
    if (bodies.ax[i] == 0) {
      EXPECT_NEAR(bodies.x[i], 0.125, 1e-6);
    } else {
      EXPECT_NEAR(bodies.vx[i], 0.25f * bodies.ax[i], 1e-5 * std::abs(bodies.ax[i])) << i;
    }
  }
  EXPECT_EQ(blocks.counts().kicked, all_asked);
  EXPECT_EQ(blocks.counts().sub_steps, 1 << blocks.counts().deepest);
}

// A pull that grows and fades again within the step: steps become shorter at once, longer only
// where a longer one begins, and end with all others'.
TEST_F(BlockSteps, LevelsFollowAPullThatChanges) {
  Bodies bodies(300);
  BlockTimeSteps blocks = create(300, {.levels = 6, .eta = 1});
  ASSERT_TRUE(blocks.begin(1, 1, bodies.ax, bodies.ay).is_ok());
  std::int64_t time = 0;  // in 1/64
  int deepest = 0;
  for (int sub_step = 0; !blocks.finished(); ++sub_step) {
    const int before = *std::ranges::max_element(blocks.levels());
    deepest = std::max(deepest, before);
    time += 64 >> before;
    ASSERT_TRUE(blocks.kick_and_drift(bodies.columns(), bodies.ax, bodies.ay).is_ok());
    for (std::size_t i = 0; i < 300; ++i) {
      const double phase = static_cast<double>(time) / 64 - 0.5;
      bodies.ax[i] =
          static_cast<float>(static_cast<double>(i % 7 * 100) * std::exp(-20 * phase * phase));
    }
    ASSERT_TRUE(blocks.kick(bodies.columns(), bodies.ax, bodies.ay).is_ok());
    for (const int level : blocks.levels()) ASSERT_EQ(time % (64 >> level), 0) << level;
    ASSERT_LE(sub_step, 64);
  }
  EXPECT_EQ(time, 64);
  EXPECT_EQ(deepest, 0);  // nobody knew before the end of the one step
  for (std::size_t i = 0; i < 300; ++i) bodies.ax[i] = static_cast<float>(i % 7 * 100);
  ASSERT_TRUE(blocks.begin(1, 1, bodies.ax, bodies.ay).is_ok());
  while (!blocks.finished()) {
    deepest = std::max<int>(deepest, *std::ranges::max_element(blocks.levels()));
    ASSERT_TRUE(blocks.kick_and_drift(bodies.columns(), bodies.ax, bodies.ay).is_ok());
    std::ranges::fill(bodies.ax, 0.0f);
    ASSERT_TRUE(blocks.kick(bodies.columns(), bodies.ax, bodies.ay).is_ok());
    EXPECT_LT(blocks.counts().sub_steps, 40);
  }
  EXPECT_GT(deepest, 3);
  EXPECT_EQ(*std::ranges::max_element(blocks.levels()), 0);
}

TEST_F(BlockSteps, NoBodiesAndPullsThatAreNoNumbersEndTheStepAllTheSame) {
  for (const float pull : {HUGE_VALF, std::nanf("")}) {
    for (const std::int64_t count : {0, 1, 5}) {
      Bodies bodies(static_cast<std::size_t>(count));
      std::ranges::fill(bodies.ax, pull);
      BlockTimeSteps blocks = create(count, {.levels = 3});
      ASSERT_TRUE(blocks.begin(1, 1, bodies.ax, bodies.ay).is_ok());
      int rounds = 0;
      for (; !blocks.finished() && rounds < 100; ++rounds) {
        ASSERT_TRUE(blocks.kick_and_drift(bodies.columns(), bodies.ax, bodies.ay).is_ok());
        ASSERT_TRUE(blocks.kick(bodies.columns(), bodies.ax, bodies.ay).is_ok());
      }
      EXPECT_EQ(rounds, count == 0 ? 1 : 8);
    }
  }
}

TEST_F(BlockSteps, OptionsOutOfRangeAreRefusedInASentence) {
  const auto refused = [&](const BlockStepOptions& options) {
    return BlockTimeSteps::create(10, options, *test::tables_here().back(), *parallel_, arena_)
        .status()
        .message();
  };
  EXPECT_EQ(refused({.levels = 17}),
            "the levels of block time steps are 17; there may be from 0 to 16");
  EXPECT_EQ(refused({.levels = -1}),
            "the levels of block time steps are -1; there may be from 0 to 16");
  EXPECT_EQ(refused({.eta = 0}), "eta of block time steps is 0; it may be above 0 and up to 10");
}

TEST_F(BlockSteps, StepsThatAreNoneAndColumnsOfOtherLengthsAreRefusedAndChangeNothing) {
  Bodies bodies = pulled(100);
  bodies.vx.assign(100, 1.0f);
  BlockTimeSteps blocks = create(100, {.levels = 2});
  const auto refused = [](const Status& status) {
    return status.code() == StatusCode::kInvalidArgument ? status.message() : "accepted";
  };
  EXPECT_EQ(refused(blocks.kick_and_drift(bodies.columns(), bodies.ax, bodies.ay)),
            "block time steps: the step is finished; begin() makes the next one");
  for (const float dt : {HUGE_VALF, std::nanf("")})
    EXPECT_NE(refused(blocks.begin(dt, 1, bodies.ax, bodies.ay)), "accepted");
  for (const float softening : {0.0f, -1.0f, HUGE_VALF, std::nanf("")})
    EXPECT_NE(refused(blocks.begin(1, softening, bodies.ax, bodies.ay)), "accepted");
  const std::span<const float> few = std::span(bodies.ax).first(99);
  EXPECT_EQ(refused(blocks.begin(1, 1, bodies.ax, few)),
            "block time steps: there are 100 ax and 99 ay for 100 bodies");
  EXPECT_TRUE(blocks.finished());
  EXPECT_EQ(blocks.counts().steps, 0);
  ASSERT_TRUE(blocks.begin(1, 1, bodies.ax, bodies.ay).is_ok());
  for (auto column :
       {&MovingColumns::x, &MovingColumns::y, &MovingColumns::vx, &MovingColumns::vy}) {
    MovingColumns columns = bodies.columns();
    columns.*column = (columns.*column).first(99);
    EXPECT_EQ(refused(blocks.kick_and_drift(columns, bodies.ax, bodies.ay)),
              "block time steps: a column has 99 elements for 100 bodies");
    EXPECT_NE(refused(blocks.kick(columns, bodies.ax, bodies.ay)), "accepted");
  }
  EXPECT_NE(refused(blocks.kick_and_drift(bodies.columns(), few, bodies.ay)), "accepted");
  EXPECT_EQ(blocks.counts().sub_steps, 0);
  EXPECT_EQ(bodies.x, std::vector<float>(100));
  EXPECT_EQ(bodies.vx, std::vector<float>(100, 1.0f));
}

// Of whoever is active the field is, bit for bit, what it is where all are; others keep theirs.
TEST(ActiveBodies, HaveTheFieldThatTheyWouldHaveIfAllWere) {
  for (const Shape& bodies : {test::uniform(12000), test::clusters(12000), test::coincident(500)}) {
    const auto count = static_cast<std::int64_t>(bodies.x.size());
    const auto mass = test::masses(bodies.x.size());
    std::vector<std::uint8_t> level(bodies.x.size());
    for (std::size_t i = 0; i < level.size(); ++i)
      level[i] = static_cast<std::uint8_t>(bodies.x[i] < 0.3f ? i % 5 : i % 1000 == 0 ? 4 : 0);
    for (const MultipoleOptions& options :
         {MultipoleOptions{}, MultipoleOptions{.softening = 0.01f},
          MultipoleOptions{.theta = 1.4f}}) {
      test::on_every_backend(
          [&](const KernelTable& kernels, Parallel& parallel, const std::string& name) {
            Arena arena = test::scratch_arena();
            QuadtreeBuilder builder;
            ASSERT_TRUE(builder.prepare(count, nullptr).is_ok());
            const QuadtreeView& tree = builder.build(bodies.x, bodies.y, parallel, kernels);
            Multipole solver = Multipole::create(count, kernels, parallel, arena).value();
            Field all(level.size());
            ASSERT_TRUE(solver.accelerate(tree, mass, options, all.ax, all.ay).is_ok());
            for (const int from : {0, 1, 4, 5}) {
              const auto least = static_cast<std::uint8_t>(from);
              Field some(level.size());
              std::ranges::fill(some.ax, 7.0f);
              ASSERT_TRUE(
                  solver.accelerate(tree, mass, options, some.ax, some.ay, {level, least}).is_ok());
              for (std::size_t i = 0; i < level.size(); ++i) {
                ASSERT_EQ(some.ax[i], level[i] >= least ? all.ax[i] : 7.0f) << name << ' ' << i;
                ASSERT_EQ(some.ay[i], level[i] >= least ? all.ay[i] : 0.0f) << name << ' ' << i;
              }
            }
          });
    }
  }
}

}  // namespace
}  // namespace quadrille
