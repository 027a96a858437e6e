// Left-right [1]: two buffers; readers say on which of two indicators they entered, and the writer
// waits until nobody can be in the buffer that it fills next.
// [1] Ramalhete, Correia. Left-right: a concurrency control technique with wait-free population
//     oblivious reads. 2015. It writes every change twice, once to each side; a frame is written
//     whole, so once is enough.
#include <array>
#include <atomic>
#include <thread>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

class LeftRightPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "left_right",
      .writer = "waits for readers to leave",
      .reader = "wait-free",
      .semantics = "Two buffers for any number of readers; one that stalls stops the writer.",
  };

  explicit LeftRightPeer(const FramePeerSetup& setup) : buffers_(2, setup.frame_lines) {}

  std::span<FrameLine> buffer() { return buffers_[1 - newest_.load(std::memory_order_relaxed)]; }

  // Sequentially consistent throughout, as in [1]: a reader that arrived on an indicator after it
  // was seen empty sees the new side.
  void publish() {
    newest_.store(1 - newest_.load(std::memory_order_relaxed), std::memory_order_seq_cst);
    const std::uint32_t before = indicator_.load(std::memory_order_relaxed);
    wait_until_empty(1 - before);
    indicator_.store(1 - before, std::memory_order_seq_cst);
    wait_until_empty(before);
  }

  std::int64_t frames_kept() const { return 2; }

  class Reader {
   public:
    Reader(LeftRightPeer& peer, int) : peer_(peer) {}
    FrameView acquire() {
      entered_ = peer_.indicator_.load(std::memory_order_seq_cst);
      peer_.inside_[entered_].count.fetch_add(1, std::memory_order_seq_cst);
      side_ = peer_.newest_.load(std::memory_order_seq_cst);
      return peer_.buffers_[side_];
    }
    // Release: pairs with wait_until_empty(): every read comes before the buffer is filled again.
    void release() { peer_.inside_[entered_].count.fetch_sub(1, std::memory_order_release); }
    bool is_newest() const { return peer_.newest_.load(std::memory_order_relaxed) == side_; }

   private:
    LeftRightPeer& peer_;
    std::uint32_t entered_ = 0, side_ = 0;
  };

 private:
  struct alignas(kCacheLineBytes) Indicator {
    std::atomic<int> count{0};
  };

  void wait_until_empty(std::uint32_t indicator) const {
    while (inside_[indicator].count.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
  }

  FrameBuffers buffers_;
  std::array<Indicator, 2> inside_;
  // Readers only read this line, but for the writer's two stores a frame.
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> newest_{0};
  std::atomic<std::uint32_t> indicator_{0};
};

}  // namespace

FramePeerEntry left_right_peer() { return frame_peer_entry<LeftRightPeer>(); }

}  // namespace quadrille::program
