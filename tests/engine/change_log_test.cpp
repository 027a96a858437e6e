#include "engine/change_log.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace quadrille {
namespace {

std::vector<NodeID> copy_of(std::span<const NodeID> ids) { return {ids.begin(), ids.end()}; }

TEST(ChangeLog, AListIsKnownUntilItIsDropped) {
  ChangeLog log(10);
  EXPECT_EQ(log.newest_step(), -1);
  EXPECT_FALSE(log.has_list(0));
  log.record_list(0, std::vector<NodeID>{1, 2, 3});
  log.record_no_list(1);
  log.record_list(2, {});
  EXPECT_EQ(copy_of(log.list(0)), (std::vector<NodeID>{1, 2, 3}));
  EXPECT_FALSE(log.has_list(1));
  EXPECT_TRUE(log.has_list(2)) << "an empty list is a list";
  EXPECT_TRUE(log.covers_since(0));
  EXPECT_FALSE(log.covers_since(-1));
  EXPECT_FALSE(log.covers_since(3));
  log.record_list(3, std::vector<NodeID>(8, 7));  // needs the room of step 0
  EXPECT_FALSE(log.has_list(0));
  EXPECT_TRUE(log.list(0).empty());
  EXPECT_FALSE(log.covers_since(0));
  EXPECT_TRUE(log.covers_since(1));
}

TEST(ChangeLog, NoMoreThanTheLastStepsAreRemembered) {
  ChangeLog log(1000);
  for (std::int64_t step = 0; step < 1000; ++step) {
    log.record_list(step, std::vector<NodeID>{static_cast<NodeID>(step)});
    EXPECT_TRUE(log.covers_since(step));
    EXPECT_EQ(log.covers_since(step - ChangeLog::kMaxSteps + 1), step >= ChangeLog::kMaxSteps - 1);
    EXPECT_FALSE(log.covers_since(step - ChangeLog::kMaxSteps));
  }
}

TEST(ChangeLog, WhateverItStillHasIsWhatWasRecorded) {
  std::mt19937_64 random(3);
  for (const std::int64_t capacity : {0, 1, 7, 64, 1000}) {
    ChangeLog log(capacity);
    std::map<std::int64_t, std::vector<NodeID>> recorded;
    for (std::int64_t step = 0; step < 500; ++step) {
      if (random() % 3 == 0) {
        log.record_no_list(step);
      } else {
        const auto bound = static_cast<std::uint64_t>(random() % 8 == 0 ? capacity : capacity / 9);
        std::vector<NodeID> ids(random() % (bound + 1));
        for (NodeID& id : ids) id = static_cast<NodeID>(random() % 1000);
        log.record_list(step, ids);
        recorded[step] = ids;
        EXPECT_TRUE(log.has_list(step));
      }
      for (std::int64_t old = std::max<std::int64_t>(0, step - 70); old <= step; ++old) {
        if (log.has_list(old)) {
          EXPECT_EQ(copy_of(log.list(old)), recorded.at(old));
        }
        for (std::int64_t later = old; log.covers_since(old) && later <= step; ++later) {
          EXPECT_EQ(log.has_list(later), recorded.contains(later)) << old << ", " << later;
        }
      }
    }
  }
}

}  // namespace
}  // namespace quadrille
