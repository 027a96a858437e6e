#include "bench/peers/space_rounds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <quadrille/parallel.h>
#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr const char* kSpaceTexts[] = {"uniform:3000", "clusters:3000", "far:3000", "line:3000",
                                       "same:300"};

std::unique_ptr<Parallel> two_threads() {
  return Parallel::create({.backend = TaskBackend::kThreads, .num_threads = 2}).value();
}

SpaceInput input_of(const char* text, Parallel& parallel, std::int64_t num_queries = 200) {
  auto input = make_space_input(text, num_queries, 1, parallel);
  EXPECT_EQ(input.status().message(), "") << text;
  return std::move(input).value();
}

// Ours, with every answer changed in one way.
enum class Lie { kNone, kLosesAHit, kRepeatsAHit, kTakesTheNext, kForgetsAQuery, kMiscounts };

class LyingPeer final : public SpacePeer {
 public:
  LyingPeer(Parallel& parallel, Lie lie) : lie_(lie) { add_quadrille_space(parallel, honest_); }
  std::string name() const override { return "liar"; }
  bool can(SpaceWork work) const override { return index().can(work); }
  Status build(const SpacePoints& points) override { return index().build(points); }
  void drop() override { index().drop(); }
  Status nearest(const SpaceQueries& queries, SpaceHits& hits) override {
    const Status status = index().nearest(queries, hits);
    change(hits);
    return status;
  }
  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    const Status status = index().boxes(queries, hits);
    index().hand_over(hits);
    change(hits);
    return status;
  }
  Status count(const SpaceQueries& queries, std::vector<std::int64_t>& counts) override {
    const Status status = index().count(queries, counts);
    if (lie_ == Lie::kMiscounts) ++counts.back();
    return status;
  }

 private:
  SpacePeer& index() const { return *honest_.back(); }
  // Of the last query, so that a check of the first few would not do.
  void change(SpaceHits& hits) const {
    if (lie_ == Lie::kLosesAHit) {
      hits.ids.pop_back();
      --hits.ends.back();
    }
    if (lie_ == Lie::kRepeatsAHit) hits.ids.back() = hits.ids[hits.ids.size() - 2];
    if (lie_ == Lie::kTakesTheNext) hits.ids.back() = hits.ids.back() == 0 ? 1 : 0;
    if (lie_ == Lie::kForgetsAQuery) hits.ends.pop_back();
  }
  Lie lie_;
  SpacePeers honest_;
};

Status rounds_with(Lie lie, const SpaceInput& input, Parallel& parallel) {
  SpacePeers peers;
  peers.push_back(std::make_unique<LyingPeer>(parallel, lie));
  SpaceRounds rounds(input, peers);
  const Status prepared = rounds.prepare(parallel);
  return prepared.is_ok() ? rounds.round(true) : prepared;
}

TEST(SpacePeers, OursAnswersAsBruteForceOnEveryShape) {
  const auto parallel = two_threads();
  for (const char* text : kSpaceTexts) {
    const SpaceInput input = input_of(text, *parallel);
    SpacePeers peers;
    add_quadrille_space(*parallel, peers);
    SpaceRounds rounds(input, peers);
    ASSERT_EQ(rounds.prepare(*parallel).message(), "") << text;
    for (const bool counts : {false, true, true}) {
      ASSERT_EQ(rounds.round(counts).message(), "") << text;
    }
    for (std::size_t i = 0; i < peers.size(); ++i) {
      for (const SpaceWork work : kSpaceWorks) {
        EXPECT_EQ(rounds.results()[i].of(work).size(), peers[i]->can(work) ? 2u : 0u);
      }
      EXPECT_GT(rounds.results()[i].bytes, 0);
    }
  }
}

TEST(SpacePeers, AWrongAnswerEndsTheComparison) {
  const auto parallel = two_threads();
  const SpaceInput input = input_of("uniform:3000", *parallel);
  EXPECT_EQ(rounds_with(Lie::kNone, input, *parallel).message(), "");
  for (const Lie lie : {Lie::kLosesAHit, Lie::kRepeatsAHit, Lie::kTakesTheNext, Lie::kForgetsAQuery,
                        Lie::kMiscounts}) {
    const Status status = rounds_with(lie, input, *parallel);
    EXPECT_EQ(status.code(), StatusCode::kInvalidInput) << static_cast<int>(lie);
    EXPECT_EQ(status.message().find("liar: "), 0u) << status.message();
  }
}

TEST(SpacePeers, FloatsHoldPointsQueriesAndTheEdgesOfBoxes) {
  const auto parallel = two_threads();
  const auto is_float = [](double value) {
    return static_cast<double>(static_cast<float>(value)) == value;
  };
  for (const char* text : kSpaceTexts) {
    const SpaceInput input = input_of(text, *parallel);
    ASSERT_GT(input.half, 0);
    for (const auto* column : {&input.query_x, &input.query_y}) {
      for (const double at : *column) {
        ASSERT_TRUE(is_float(at) && is_float(at - input.half) && is_float(at + input.half));
      }
    }
    for (std::size_t i = 0; i < input.points.x.size(); ++i) {
      ASSERT_EQ(input.points.wide_x[i], static_cast<double>(input.points.x[i]));
      ASSERT_EQ(input.points.wide_y[i], static_cast<double>(input.points.y[i]));
    }
  }
}

TEST(SpacePeers, BoxesHoldAsManyPointsAsWanted) {
  const auto parallel = two_threads();
  for (const char* text : {"uniform:3000", "clusters:3000", "line:3000"}) {
    const SpaceInput input = input_of(text, *parallel, 1000);
    EXPECT_GE(input.hits, 80) << text;
    EXPECT_LT(input.hits, 85) << text;
  }
  EXPECT_EQ(input_of("same:300", *parallel).hits, 300);
}

TEST(SpacePeers, AMoveIsSmall) {
  const auto parallel = two_threads();
  const SpaceInput input = input_of("uniform:3000", *parallel);
  const float spacing = 1 / std::sqrt(3000.0f);
  bool any_moved = false;
  for (std::size_t i = 0; i < input.points.x.size(); ++i) {
    ASSERT_LE(std::fabs(input.moved.x[i] - input.points.x[i]), 0.15f * spacing);
    any_moved = any_moved || input.moved.x[i] != input.points.x[i];
  }
  EXPECT_TRUE(any_moved);
}

TEST(SpacePeers, PointsInOrderAreTheSamePointsAndSteps) {
  const auto parallel = two_threads();
  for (const char* text : kSpaceTexts) {
    const SpaceInput input = input_of(text, *parallel);
    const auto steps_in_any_order = [](const SpaceSteps& steps) {
      std::vector<std::array<float, 6>> all;
      for (std::size_t i = 0; i < steps.points.x.size(); ++i)
        all.push_back({steps.points.x[i], steps.points.y[i], steps.moved.x[i], steps.moved.y[i],
                       steps.strayed.x[i], steps.strayed.y[i]});
      std::sort(all.begin(), all.end());
      return all;
    };
    EXPECT_EQ(steps_in_any_order(input), steps_in_any_order(input.in_order)) << text;
    QuadtreeBuilder builder;
    ASSERT_TRUE(builder.prepare(input.points.size(), nullptr).is_ok());
    const SpacePoints& ordered = input.in_order.points;
    const QuadtreeView& tree =
        builder.build(ordered.x, ordered.y, *parallel, *choose_kernel_table({}).value());
    for (std::size_t place = 0; place < tree.order.size(); ++place)
      ASSERT_EQ(tree.order[place], static_cast<BodyID>(place)) << text;
  }
}

TEST(SpacePeers, WhatMakesNoPointsIsRefused) {
  const auto parallel = two_threads();
  for (const char* text : {"kron:4:4", "far", "far:", "line:x", "same:-1", "circle:9", "uniform:7"})
    EXPECT_EQ(make_space_input(text, 10, 1, *parallel).status().code(),
              StatusCode::kInvalidArgument)
        << text;
}

}  // namespace
}  // namespace quadrille::program
