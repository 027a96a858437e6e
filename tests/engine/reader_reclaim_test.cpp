#include "engine/reader_reclaim.h"

#include <gtest/gtest.h>
#include <quadrille/frame_reader.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "tests/engine/reader_steps.h"

namespace quadrille {
namespace {

using test::ReaderSteps;

FrameLayout stamp_layout() {
  FrameSchema schema;
  schema.add({"stamp", ColumnType::kInt64, ColumnMode::kUpdated, 512, 1});
  return FrameLayout(schema);
}

// A pool, and its writer's view of the dead.
struct Writer {
  explicit Writer(int num_slots, bool reclaimable = true) {
    auto created = FramePool::create(
        layout, {.num_slots = num_slots, .max_registered = 8, .reclaimable = reclaimable}, nullptr,
        {});
    pool = std::move(created).value();
    reclaim.emplace(*pool, LogHook{});
    pool->channel().publish(0);
  }

  // Fills a free slot and publishes it; false: it was not published.
  bool publish(std::int64_t stamp) {
    const FrameSlot slot = pool->find_free(kNoFrameSlot);
    if (slot == kNoFrameSlot) {
      ADD_FAILURE() << "the writer has no slot to go on in";
      return false;
    }
    auto* words = reinterpret_cast<std::int64_t*>(pool->data(slot));
    for (std::size_t i = 0; i < layout.frame_bytes() / 8; ++i) words[i] = stamp;
    pool->filling(slot);
    return pool->publish(slot, 1) || reclaim->publish(slot, 1, counts);
  }

  ReaderSteps join(ReaderID* id) {
    for (int place = 0; place < pool->readers().capacity(); ++place) {
      if (!pool->readers().claim(place, ReaderOwner::kThisProcess, "reader", 0)) continue;
      *id = {place, pool->readers().generation(place)};
      return {pool->channel(), pool->readers().place(place)};
    }
    ADD_FAILURE() << "no place";
    return {pool->channel(), {}};
  }
  void declare_dead(ReaderID id) {
    const Status status = reclaim->declare_dead(id, counts);
    EXPECT_TRUE(status.is_ok()) << status.message();
  }
  int num_free() const {
    int count = 0;
    for (int slot = 0; slot < pool->num_slots(); ++slot) {
      count += pool->channel().is_free(static_cast<FrameSlot>(slot)) ? 1 : 0;
    }
    return count;
  }

  FrameLayout layout = stamp_layout();
  std::unique_ptr<FramePool> pool;
  std::optional<ReaderReclaim> reclaim;
  FrameStatistics counts;
};

TEST(ReaderReclaim, WhateverStepAReaderDiesAtItsSlotComesBack) {
  for (int died_after = 0; died_after < ReaderSteps::kNumSteps; ++died_after) {
    SCOPED_TRACE(died_after);
    Writer writer(3);
    ReaderID id;
    ReaderSteps reader = writer.join(&id);
    reader.advance_to(died_after);
    EXPECT_TRUE(writer.publish(1));
    EXPECT_TRUE(writer.publish(2));
    writer.declare_dead(id);
    EXPECT_EQ(writer.num_free(), 2);
    for (int stamp = 3; stamp < 10; ++stamp) EXPECT_TRUE(writer.publish(stamp));
    EXPECT_EQ(writer.num_free(), 2);
    EXPECT_EQ(writer.counts.lost_readers, 1);
    EXPECT_EQ(writer.counts.reclaimed, died_after == 2 || died_after == 3 ? 1 : 0);
  }
}

// Two slots and a reader that died in the newest frame: no other slot can become free, and it can
// only by being replaced.
TEST(ReaderReclaim, AFrameThatOnlyTheDeadHoldIsReplacedEvenIfItsSlotIsNeededAtOnce) {
  Writer writer(2);
  ReaderID id;
  writer.join(&id).advance_to(3);
  EXPECT_FALSE(writer.publish(1));
  writer.declare_dead(id);
  for (int stamp = 2; stamp < 10; ++stamp) EXPECT_TRUE(writer.publish(stamp));
  EXPECT_EQ(writer.counts.reclaimed, 1);
}

TEST(ReaderReclaim, NoSlotIsTakenBackWhileSomebodyThatLivesMayBeInIt) {
  for (int step = 1; step < ReaderSteps::kNumSteps; ++step) {
    SCOPED_TRACE(step);
    Writer writer(2);
    ReaderID dead, living;
    writer.join(&dead).advance_to(3);
    ReaderSteps other = writer.join(&living);
    other.advance_to(step);
    writer.declare_dead(dead);
    EXPECT_FALSE(writer.publish(1)) << "it may be inside";
    other.advance_to(0);
    EXPECT_TRUE(writer.publish(2));
    EXPECT_TRUE(writer.publish(3));
  }
}

TEST(ReaderReclaim, NoSlotIsTakenBackWhileAnAnonymousPinIsInIt) {
  Writer writer(3);
  ReaderID dead;
  writer.join(&dead).advance_to(3);
  PinnedFrame pinned = FrameReader(writer.pool.get()).latest();
  writer.declare_dead(dead);
  for (int stamp = 1; stamp < 5; ++stamp) EXPECT_TRUE(writer.publish(stamp));
  EXPECT_EQ(writer.num_free(), 1);
  EXPECT_EQ(writer.counts.reclaimed, 0);
  pinned.release();
  EXPECT_TRUE(writer.reclaim->take_back(writer.counts));
  EXPECT_EQ(writer.num_free(), 2);
}

TEST(ReaderReclaim, OnlyAReaderThatIsRegisteredInAReclaimablePoolCanBeDeclaredDead) {
  Writer fixed(3, false);
  ReaderID id;
  fixed.join(&id);
  EXPECT_EQ(fixed.reclaim->declare_dead(id, fixed.counts).code(), StatusCode::kUnsupported);
  Writer writer(3);
  writer.join(&id);
  for (const ReaderID wrong : {ReaderID{}, ReaderID{-5, 1}, ReaderID{8, 1}, ReaderID{1, 1},
                               ReaderID{id.place, id.generation + 1}}) {
    EXPECT_EQ(writer.reclaim->declare_dead(wrong, writer.counts).code(), StatusCode::kNotFound);
  }
  writer.declare_dead(id);
  EXPECT_EQ(writer.reclaim->declare_dead(id, writer.counts).code(), StatusCode::kNotFound);
}

// Readers take single steps in any order, die at any of them and are replaced, while the writer
// goes on. A slot that somebody who lives is inside of is never filled, and the writer always has a
// slot to fill. With a slot for each reader it skips only where one that was stopped in the middle
// of entering, and may be inside of any slot, keeps what the dead held.
TEST(ReaderReclaim, RandomLivesAndDeathsNeverLoseASlotNorTakeOneFromTheLiving) {
  struct Life {
    ReaderSteps steps;
    ReaderID id;
    std::int64_t stamp = -1;  // of the frame that it is inside of
  };
  constexpr int kReaders = 4;
  std::int64_t reclaimed = 0;
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    Writer writer(kReaders + 2);
    std::vector<Life> lives;
    const auto born = [&] {
      ReaderID id;
      ReaderSteps steps = writer.join(&id);
      return Life{steps, id};
    };
    for (int i = 0; i < kReaders; ++i) lives.push_back(born());
    const auto stamp_of = [&](FrameSlot slot) {
      return *reinterpret_cast<const std::int64_t*>(writer.pool->data(slot));
    };
    for (std::int64_t stamp = 1; stamp < 2000; ++stamp) {
      Life& life = lives[random() % kReaders];
      life.steps.advance();
      if (life.steps.taken() == 2) life.stamp = stamp_of(life.steps.inside());
      if (random() % 16 == 0) {
        writer.declare_dead(life.id);
        life = born();
      }
      if (random() % 2 == 0) {
        const bool nobody_enters = std::ranges::none_of(lives, [](const Life& each) {
          return each.steps.taken() == 1 || each.steps.taken() == 2;
        });
        const bool published = writer.publish(stamp);
        ASSERT_TRUE(published || !nobody_enters) << "seed " << seed;
      }
      for (const Life& each : lives) {
        const FrameSlot inside = each.steps.inside();
        if (inside != kNoFrameSlot) {
          ASSERT_EQ(stamp_of(inside), each.stamp) << "seed " << seed;
        }
      }
    }
    for (const Life& life : lives) writer.declare_dead(life.id);
    EXPECT_TRUE(writer.publish(5000));
    EXPECT_TRUE(writer.publish(5001));
    writer.reclaim->take_back(writer.counts);
    EXPECT_EQ(writer.num_free(), kReaders + 1) << "seed " << seed;
    reclaimed += writer.counts.reclaimed;
  }
  EXPECT_GT(reclaimed, 60);
}

// ---- threads ----

#if defined(QUADRILLE_SANITIZED)
constexpr std::int64_t kFramesAmongDeaths = 6000;
#else
constexpr std::int64_t kFramesAmongDeaths = 60000;
#endif
constexpr std::int64_t kDeaths = 100;
constexpr int kThreads = 3;

// What a reader tells the writer, once: it is about to do nothing ever again.
struct Mortal {
  std::atomic<bool> dead{false};
  ReaderID id;
  std::optional<ReaderSteps> steps;
};

// Looks at the frame that the reader is inside of. Plain reads: ThreadSanitizer sees a slot that is
// filled meanwhile.
bool is_torn(FramePool& pool, FrameSlot slot) {
  const auto* words = reinterpret_cast<const std::int64_t*>(pool.data(slot));
  const std::size_t count = stamp_layout().frame_bytes() / 8;
  for (std::size_t i = 1; i < count; ++i) {
    if (words[i] != words[0]) return true;
  }
  return false;
}

TEST(ReaderReclaim, ReadersThatDieAnywhereNeverTearAFrameOfTheLiving) {
  Writer writer(2 * kThreads + 1 + 2);  // each thread's pin, its dead one's, and an anonymous one
  std::array<Mortal, kThreads> mortals;
  for (Mortal& mortal : mortals) mortal.steps = writer.join(&mortal.id);
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> torn{0}, deaths{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Mortal& mortal = mortals[static_cast<std::size_t>(i)];
      std::mt19937 random(static_cast<std::uint32_t>(i));
      while (!done.load(std::memory_order_relaxed)) {
        if (mortal.dead.load(std::memory_order_acquire)) {  // until the writer has declared it so
          std::this_thread::yield();
          continue;
        }
        mortal.steps->advance();
        const FrameSlot inside = mortal.steps->inside();
        if (inside != kNoFrameSlot && is_torn(*writer.pool, inside)) ++torn;
        if (random() % 64 == 0) mortal.dead.store(true, std::memory_order_release);
      }
    });
  }
  threads.emplace_back([&] {
    const FrameReader reader(writer.pool.get());
    while (!done.load(std::memory_order_relaxed)) {
      const PinnedFrame frame = reader.latest();
      const auto words = frame->column<std::int64_t>(0);
      for (const std::int64_t word : words) torn += word != words[0] ? 1 : 0;
    }
  });
  std::int64_t skipped = 0;
  std::int64_t stamp = 1;
  for (; stamp <= kFramesAmongDeaths || deaths.load(std::memory_order_relaxed) < kDeaths; ++stamp) {
    skipped += writer.publish(stamp) ? 0 : 1;
    if (stamp % 64 == 0) std::this_thread::yield();  // they must come to die
    for (Mortal& mortal : mortals) {
      if (!mortal.dead.load(std::memory_order_acquire)) continue;
      writer.declare_dead(mortal.id);
      mortal.steps = writer.join(&mortal.id);
      ++deaths;
      mortal.dead.store(false, std::memory_order_release);
    }
  }
  done.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn.load(), 0);
  for (const Mortal& mortal : mortals) writer.declare_dead(mortal.id);
  EXPECT_TRUE(writer.publish(stamp));
  EXPECT_TRUE(writer.publish(stamp + 1));
  writer.reclaim->take_back(writer.counts);
  EXPECT_EQ(writer.num_free(), writer.pool->num_slots() - 1) << "skipped " << skipped;
}

}  // namespace
}  // namespace quadrille
