// The real channel with one of its memory orders weakened, under ThreadSanitizer, in a process of
// its own: each weakening that frames depend on must be reported as a data race.
//
// Two halves of orders keep the bound on slots, not frames: acquire of A and release of B. Without
// them nothing races, which is shown here too; that the bound is lost without them is found by
// tests/model/relaxed_orders.cpp, and on x86 never happens.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "engine/frame_channel.h"

namespace quadrille {
namespace {

constexpr int kReportExitCode = 66;

struct PublishWithoutRelease : ChannelOrders {
  static constexpr auto kPublish = std::memory_order_acquire;
};
struct EnterWithoutAcquire : ChannelOrders {
  static constexpr auto kEnter = std::memory_order_release;
};
struct ReturnRelaxed : ChannelOrders {
  static constexpr auto kReturn = std::memory_order_relaxed;
};
struct ReuseRelaxed : ChannelOrders {
  static constexpr auto kReuse = std::memory_order_relaxed;
};
struct PublishWithoutAcquire : ChannelOrders {
  static constexpr auto kPublish = std::memory_order_release;
  static constexpr auto kPeek = std::memory_order_relaxed;
};
struct EnterWithoutRelease : ChannelOrders {
  static constexpr auto kEnter = std::memory_order_acquire;
};

// One writer, one reader. Between its pins the reader lets the writer go on for some frames, as
// its next pin would order what it read before the writer's next exchange, whatever C and D are.
// `published` is relaxed: it orders nothing.
template <class Orders>
class MutantStress {
 public:
  static constexpr FrameSlot kSlots = 3;
  static constexpr std::uint64_t kFrames = 20000;

  [[noreturn]] void run_and_exit() {
    channel_.publish(0);
    std::thread reader([this] { read(); });
    for (std::uint64_t stamp = 1; stamp <= kFrames; ++stamp) {
      for (FrameSlot slot = 0; slot < kSlots; ++slot) {
        if (!channel_.is_free(slot)) continue;
        for (std::uint64_t& word : frames_[slot]) word = stamp;
        if (stamp % 2 != 0 || !channel_.publish_if_returned(slot)) channel_.publish(slot);
        break;
      }
      published_.store(stamp, std::memory_order_relaxed);
      if (stamp % 16 == 0) std::this_thread::yield();
    }
    reader.join();
    std::exit(0);
  }

 private:
  void read() {
    for (std::uint64_t next = 0; next < kFrames; next += 8) {
      while (published_.load(std::memory_order_relaxed) < next) std::this_thread::yield();
      const FrameSlot slot = channel_.acquire();
      for (const std::uint64_t& word : frames_[slot]) sum_ += word;
      channel_.release(slot);
    }
  }

  BasicFrameChannel<Orders> channel_{kSlots};
  std::array<std::array<std::uint64_t, 64>, kSlots> frames_{};
  std::atomic<std::uint64_t> published_{0};
  std::uint64_t sum_ = 0;
};

class FrameChannelMutants : public testing::Test {
 protected:
  FrameChannelMutants() {
    testing::FLAGS_gtest_death_test_style = "threadsafe";  // a new process, with these options:
    const char* options = std::getenv("TSAN_OPTIONS");
    const std::string all = (options == nullptr ? "" : std::string(options) + ":") +
                            "halt_on_error=1:exitcode=" + std::to_string(kReportExitCode);
    setenv("TSAN_OPTIONS", all.c_str(), 1);
  }

  template <class Orders>
  static void expect_race() {
    EXPECT_EXIT(std::make_unique<MutantStress<Orders>>()->run_and_exit(),
                testing::ExitedWithCode(kReportExitCode), "data race");
  }
  template <class Orders>
  static void expect_silence() {
    EXPECT_EXIT(std::make_unique<MutantStress<Orders>>()->run_and_exit(),
                testing::ExitedWithCode(0), "");
  }
};

TEST_F(FrameChannelMutants, NothingRacesWithTheRightOrders) { expect_silence<ChannelOrders>(); }

TEST_F(FrameChannelMutants, PublishingWithoutReleaseRaces) { expect_race<PublishWithoutRelease>(); }

TEST_F(FrameChannelMutants, EnteringWithoutAcquireRaces) { expect_race<EnterWithoutAcquire>(); }

TEST_F(FrameChannelMutants, ReturningRelaxedRaces) { expect_race<ReturnRelaxed>(); }

TEST_F(FrameChannelMutants, ReusingRelaxedRaces) { expect_race<ReuseRelaxed>(); }

TEST_F(FrameChannelMutants, TheHalvesThatKeepTheBoundProtectNoFrame) {
  expect_silence<PublishWithoutAcquire>();
  expect_silence<EnterWithoutRelease>();
}

}  // namespace
}  // namespace quadrille
