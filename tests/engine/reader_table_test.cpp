#include "engine/reader_table.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "engine/anonymous_pins.h"

namespace quadrille {
namespace {

struct ReaderTableTest : testing::Test {
  static constexpr int kPlaces = 4;
  std::array<ReaderRecord, kPlaces> records;
  ReaderTable table{records.data(), kPlaces};

  ReaderPlace claim(int index, std::string_view label) {
    EXPECT_TRUE(table.claim(index, ReaderOwner::kThisProcess, label, 7));
    return table.place(index);
  }
  std::string label(int index) const { return table.label(index).data(); }
};

TEST_F(ReaderTableTest, APlaceIsOnesUntilItIsGivenBack) {
  ReaderPlace place = claim(1, "plotter");
  EXPECT_FALSE(table.claim(1, ReaderOwner::kThisProcess, "other", 7));
  EXPECT_TRUE(place.is_mine());
  EXPECT_EQ(table.owner(1), ReaderOwner::kThisProcess);
  EXPECT_EQ(table.process(1), 7);
  EXPECT_EQ(label(1), "plotter");
  const std::uint32_t generation = place.generation();
  place.give_back();
  EXPECT_FALSE(place.is_mine());
  EXPECT_EQ(table.owner(1), ReaderOwner::kNobody);
  EXPECT_EQ(claim(1, "other").generation(), generation + 1);
}

TEST_F(ReaderTableTest, AReaderThatWasRetiredDoesNotReachTheOneThatHasItsPlace) {
  ReaderPlace dead = claim(0, "dead");
  table.retire(0);
  EXPECT_FALSE(dead.is_mine());
  ReaderPlace living = claim(0, "living");
  living.set_holding(3, 1);
  dead.give_back();
  EXPECT_TRUE(living.is_mine());
  EXPECT_EQ(table.held_slot(0), 3u);
  EXPECT_EQ(label(0), "living");
}

TEST_F(ReaderTableTest, LabelsAreCutAndHaveNoControlCharacters) {
  claim(0, std::string(100, 'x'));
  EXPECT_EQ(label(0), std::string(39, 'x'));
  claim(1, "a\x1b[2Jb\nc\x7f");
  EXPECT_EQ(label(1), "a?[2Jb?c?");
  claim(2, "");
  EXPECT_EQ(label(2), "");
  claim(3, "\xc3\xa9t\xc3\xa9");
  EXPECT_EQ(label(3), "\xc3\xa9t\xc3\xa9");
}

TEST_F(ReaderTableTest, WhoEntersMayBeInsideOfAnySlotAndWhoHoldsOneOnlyOfThat) {
  ReaderPlace place = claim(2, "reader");
  EXPECT_FALSE(table.may_be_inside(0));
  place.set_entering();
  EXPECT_TRUE(table.may_be_inside(0));
  EXPECT_TRUE(table.may_be_inside(5));
  EXPECT_EQ(table.held_slot(2), kNoFrameSlot);
  place.set_holding(5, 1);
  EXPECT_FALSE(table.may_be_inside(0));
  EXPECT_TRUE(table.may_be_inside(5));
  EXPECT_EQ(table.held_slot(2), 5u);
  place.set_idle();
  EXPECT_FALSE(table.may_be_inside(5));
}

TEST_F(ReaderTableTest, OfThreadsThatWantOnePlaceOneGetsIt) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> got{0};
    std::atomic<bool> go{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        while (!go.load(std::memory_order_acquire)) std::this_thread::yield();
        got += table.claim(0, ReaderOwner::kThisProcess, "reader", 1) ? 1 : 0;
      });
    }
    go.store(true, std::memory_order_release);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(got.load(), 1);
    table.place(0).give_back();
  }
}

TEST(AnonymousPins, ACountedPinIsSeenUntilItIsReturned) {
  FrameChannel channel(3);
  AnonymousPins pins(3);
  EXPECT_EQ(pins.acquire(channel), kNoFrameSlot);
  for (const FrameSlot slot : {0u, 1u, 2u}) EXPECT_FALSE(pins.may_be_inside(slot));
  channel.publish(1);
  EXPECT_EQ(pins.acquire(channel), 1u);
  EXPECT_EQ(pins.acquire(channel), 1u);
  EXPECT_TRUE(pins.may_be_inside(1));
  EXPECT_FALSE(pins.may_be_inside(0));
  pins.release(channel, 1);
  EXPECT_TRUE(pins.may_be_inside(1));
  pins.release(channel, 1);
  EXPECT_FALSE(pins.may_be_inside(1));
  channel.publish(0);
  EXPECT_TRUE(channel.is_free(1));
}

}  // namespace
}  // namespace quadrille
