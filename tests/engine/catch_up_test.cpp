#include "engine/catch_up.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "tests/engine/stepper_model.h"

namespace quadrille {
namespace {

constexpr FrameSlot kSlots = 5;
constexpr std::int64_t kCopiedElements = 40000;

FrameSchema schema() {
  FrameSchema schema;
  schema.add({"bits", ColumnType::kBit, ColumnMode::kUpdated, kCopiedElements, 1});
  schema.add({"ints", ColumnType::kInt32, ColumnMode::kUpdated, kCopiedElements, 2});
  return schema;
}

// Slots that are written in turn at random, so that some lag by hundreds of steps.
class Bench {
 public:
  Bench() : data_(kSlots, std::vector<std::uint64_t>(layout_.frame_bytes() / 8)) {
    catch_up_.begin(0);
    catch_up_.complete(0, slot(0), 0);
  }

  std::byte* slot(FrameSlot index) { return reinterpret_cast<std::byte*>(data_[index].data()); }
  std::int32_t* ints(FrameSlot index, std::size_t plane) {
    return reinterpret_cast<std::int32_t*>(slot(index) + layout_[1].offset +
                                           plane * layout_[1].plane_stride);
  }
  std::uint64_t* bits(FrameSlot index) {
    return reinterpret_cast<std::uint64_t*>(slot(index) + layout_[0].offset);
  }

  // Goes on in `to`; true if its columns were those of the last step when it was brought up.
  bool begin(FrameSlot to) {
    copied_ = catch_up_.bring_up(to, slot(to), slot(last_), *parallel_);
    const std::size_t columns = layout_[0].offset;
    const bool equal = std::memcmp(slot(to) + columns, slot(last_) + columns,
                                   layout_.frame_bytes() - columns) == 0;
    last_ = to;
    ++step_;
    return equal;
  }
  void complete() { catch_up_.complete(last_, slot(last_), step_); }

  void set(NodeID id, bool on) {
    const auto at = static_cast<std::size_t>(id);
    std::uint64_t& word = bits(last_)[at / 64];
    const std::uint64_t mask = std::uint64_t{1} << (at % 64);
    word = on ? word | mask : word & ~mask;
    if (!on) return;
    ++ints(last_, 0)[at];
    --ints(last_, 1)[at];
  }
  void clear_all_bits() { std::fill_n(bits(last_), (kCopiedElements + 63) / 64, 0); }

  CatchUp& catch_up() { return catch_up_; }
  FrameSlot last() const { return last_; }
  std::int64_t copied() const { return copied_; }
  const FrameLayout& layout() const { return layout_; }

 private:
  FrameLayout layout_{schema()};
  CatchUp catch_up_{layout_, kSlots};
  std::unique_ptr<Parallel> parallel_ = test::make_parallel(TaskBackend::kThreads, 2);
  std::vector<std::vector<std::uint64_t>> data_;
  FrameSlot last_ = 0;
  std::int64_t step_ = 0;
  std::int64_t copied_ = 0;
};

std::vector<NodeID> draw_ids(std::mt19937_64& random, std::size_t count) {
  std::vector<NodeID> ids(count);
  for (NodeID& id : ids) id = static_cast<NodeID>(random() % kCopiedElements);
  return ids;
}

// A wave: each step's list is the frontier, and the bits of the list before are cleared.
TEST(CatchUp, ASlotOfAnyAgeIsBroughtToTheLastStepOfAWave) {
  std::mt19937_64 random(11);
  Bench bench;
  std::vector<NodeID> front;
  std::int64_t elements = 0, blocks = 0;
  for (int step = 1; step < 1500; ++step) {
    // Mostly two slots change places; now and then one that lags far behind.
    FrameSlot to = (bench.last() + 1) % 2;
    if (random() % 40 == 0) to = static_cast<FrameSlot>(random() % kSlots);
    if (to == bench.last()) to = (to + 1) % kSlots;
    ASSERT_TRUE(bench.begin(to)) << "step " << step;
    (bench.copied() < 65536 ? elements : blocks) += 1;
    for (const NodeID id : front) bench.set(id, false);
    const std::size_t size = random() % 20 == 0 ? 2000 : random() % 30;
    front = draw_ids(random, size);
    for (const NodeID id : front) bench.set(id, true);
    bench.catch_up().set_changed_ids(front);
    bench.complete();
  }
  EXPECT_GT(elements, 500);  // both ways were taken
  EXPECT_GT(blocks, 20);
}

TEST(CatchUp, BitsOfAListThatWasTooLongToKeepMayBeClearedInTheNextStep) {
  std::mt19937_64 random(5);
  Bench bench;
  for (int round = 0; round < 20; ++round) {
    for (const std::size_t size :
         {20000u, 10u, 10u}) {  // far beyond the share of kCopiedElements, then few
      ASSERT_TRUE(bench.begin((bench.last() + 1) % 3)) << "round " << round;
      bench.clear_all_bits();
      const std::vector<NodeID> ids = draw_ids(random, size);
      for (const NodeID id : ids) bench.set(id, true);
      bench.catch_up().set_changed_ids(ids);
      bench.complete();
    }
  }
}

TEST(CatchUp, BitsThatStepZeroSetWithoutAListMayBeClearedInStepOne) {
  Bench bench;
  ASSERT_TRUE(bench.begin(1));
  bench.bits(1)[7] = 0;
  bench.catch_up().set_changed_ids({});
  bench.complete();
  EXPECT_TRUE(bench.begin(0));
}

TEST(CatchUp, AMarkTellsTheBlocksItTouchesAndNoOther) {
  Bench bench;
  bench.begin(1);
  // Plane 1 begins at byte 160,000: block 2, element 1536 before the end of its first block.
  bench.catch_up().mark(1, 16383, 16384, 0);
  bench.catch_up().mark(1, 0, 1, 1);
  bench.catch_up().mark(0, 5, 5, 0);  // nothing
  bench.complete();
  const Frame frame(&bench.layout(), bench.slot(1));
  const auto steps = frame.last_written_step(1);
  EXPECT_EQ(std::vector<std::int64_t>(steps.begin(), steps.end()),
            (std::vector<std::int64_t>{1, 0, 1, 0, 0}));
  EXPECT_EQ(frame.last_written_step(0)[0], 0);
}

TEST(CatchUp, AMarkIsForgottenOnceItsStepIsComplete) {
  Bench bench;
  bench.begin(1);
  bench.catch_up().mark_all(1);
  bench.complete();
  bench.begin(2);
  bench.complete();
  const Frame frame(&bench.layout(), bench.slot(2));
  for (const std::int64_t step : frame.last_written_step(1)) EXPECT_EQ(step, 1);
  bench.begin(1);  // it holds step 1, and step 2 changed nothing
  EXPECT_EQ(bench.copied(), 0);
}

TEST(CatchUp, ASlotWhoseStepWasNeverCompletedIsCopiedWhole) {
  Bench bench;
  bench.begin(1);
  bench.complete();
  bench.begin(2);
  bench.complete();
  bench.catch_up().begin(1);
  EXPECT_FALSE(bench.catch_up().holds_a_step(1));
  std::memset(bench.slot(1), 0xff, bench.layout().frame_bytes());  // half a step
  EXPECT_TRUE(bench.begin(1));
}

}  // namespace
}  // namespace quadrille
