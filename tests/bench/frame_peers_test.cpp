#include "bench/peers/frame_peer.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "bench/frame_stops.h"
#include "bench/frame_window.h"

// g++ says it by a macro, clang by a feature.
#if defined(__SANITIZE_THREAD__)
#define QUADRILLE_UNDER_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QUADRILLE_UNDER_TSAN
#endif
#endif

namespace quadrille::program {
namespace {

#if defined(QUADRILLE_SANITIZED)
constexpr double kSeconds = 0.02;
#else
constexpr double kSeconds = 0.03;
#endif

// ThreadSanitizer does not see what orders them: liburcu is not built for it, and the standard
// library gives its atomic shared_ptr's lock back with a relaxed operation.
bool can_be_followed(std::string_view name) {
#if defined(QUADRILLE_UNDER_TSAN)
  return name != "rcu" && name != "rcu_sync" && name != "shared_ptr";
#else
  return !name.empty();
#endif
}

class FramePeers : public testing::Test {
 protected:
  FramePeers() : clock_(TickClock::calibrate()), windows_(clock_) {}

  // Each peer that was built, with `readers`, or as many as it takes.
  template <class Body>
  void for_each(int readers, const Body& body) {
    for (const FramePeerEntry& peer : frame_peers()) {
      if (peer.create == nullptr || !can_be_followed(peer.traits.name)) continue;
      SCOPED_TRACE(std::string(peer.traits.name));
      window_.setup.num_readers = std::min(readers, peer.traits.most_readers);
      body(peer);
    }
  }

  TickClock clock_;
  FrameWindows windows_;
  FrameWindow window_{.setup = {.num_readers = 1, .frame_lines = 64}, .seconds = kSeconds};
};

TEST_F(FramePeers, NoReaderOfAnyPeerEverSeesATornOrAnOlderFrame) {
  for_each(3, [&](const FramePeerEntry& peer) {
    const FrameCounts counts = windows_.run(peer, window_);
    EXPECT_EQ(counts.torn, 0);
    EXPECT_EQ(counts.backward, 0);
    EXPECT_GT(counts.published, 0);
    EXPECT_GT(counts.reads, 0);
  });
}

TEST_F(FramePeers, TimedPinsAndRefreshesSeeWholeFramesToo) {
  FrameHistograms histograms;
  window_.rate_hz = 20'000;
  for_each(2, [&](const FramePeerEntry& peer) {
    histograms.clear();
    const FrameCounts counts = windows_.run_timed(peer, window_, histograms, nullptr);
    EXPECT_EQ(counts.torn, 0);
    EXPECT_EQ(counts.backward, 0);
    EXPECT_GT(counts.published, 0);
    // Recorded or interrupted: a writer that waits for readers may be so in each publication.
    EXPECT_GE(histograms.publish.count() + counts.preempted, counts.published);
    EXPECT_LE(histograms.publish.count(), counts.published);
    EXPECT_LE(counts.seen, counts.published * window_.setup.num_readers);
  });
}

TEST_F(FramePeers, AFrameThatAReaderHoldsStaysAsItWas) {
  window_.conduct = ReaderConduct::kOneStalls;
  window_.most_frames = 2000;
  for_each(2, [&](const FramePeerEntry& peer) {
    const FrameCounts counts = windows_.run(peer, window_);
    EXPECT_EQ(counts.torn, 0);
    EXPECT_LE(counts.published, 2000);
  });
}

TEST_F(FramePeers, SlowReadersSeeWholeFrames) {
  FrameHistograms histograms;
  window_.conduct = ReaderConduct::kSlow;
  window_.hold_ns = 200'000;
  window_.rate_hz = 20'000;
  for_each(2, [&](const FramePeerEntry& peer) {
    const FrameCounts counts = windows_.run_timed(peer, window_, histograms, nullptr);
    EXPECT_EQ(counts.torn + counts.backward, 0);
  });
}

TEST_F(FramePeers, ASleepingReaderIsWokenForFrames) {
  FrameHistograms histograms;
  window_.conduct = ReaderConduct::kAsleep;
  window_.rate_hz = 500;
  window_.seconds = 0.1;
  for_each(1, [&](const FramePeerEntry& peer) {
    if (!peer.traits.can_wait) return;
    const FrameCounts counts = windows_.run_timed(peer, window_, histograms, nullptr);
    EXPECT_EQ(counts.torn + counts.backward, 0);
    EXPECT_GT(counts.seen, 0);
  });
}

TEST_F(FramePeers, OursKeepsRPlusTwoFramesWhateverReadersDo) {
  window_.conduct = ReaderConduct::kOneStalls;
  window_.setup.num_readers = 3;
  for (const char* name : {"channel", "simulation"}) {
    const FrameCounts counts = windows_.run(*find_frame_peer(name), window_);
    EXPECT_EQ(counts.kept, 5) << name;
    EXPECT_GT(counts.published, 100) << name << " goes on";
  }
}

#if !defined(QUADRILLE_UNDER_TSAN)  // it delivers signals late
TEST_F(FramePeers, AReaderThatIsStoppedAnywhereDoesNotStopOurWriter) {
  constexpr int kStops = 8;
  const FrameStopCounts counts = stop_reader(*find_frame_peer("channel"), windows_, 1, kStops);
  EXPECT_EQ(counts.stops, kStops);
  EXPECT_EQ(counts.kept, 3);
  // Not none: on a busy machine a writer may have to wait for a processor as long as a stop lasts.
  EXPECT_LT(counts.blocked, kStops);
}
#endif

TEST(FramePeerNames, AreUniqueAndFound) {
  for (const FramePeerEntry& peer : frame_peers()) {
    ASSERT_NE(find_frame_peer(peer.traits.name), nullptr);
    EXPECT_EQ(find_frame_peer(peer.traits.name)->traits.name.data(), peer.traits.name.data());
  }
  EXPECT_EQ(find_frame_peer("carrier pigeon"), nullptr);
}

}  // namespace
}  // namespace quadrille::program
