// A sequence lock: one shared frame, which readers copy, and copy again if it changed meanwhile.
//
// Every word is atomic, since it is read while it is written [1]. Stores release and loads acquire:
// so the odd sequence is there before any word of the new frame, and the sequence is read again
// after all words, without a fence.
// [1] Boehm. Can seqlocks get along with programming language memory models? MSPC 2012.
#include <atomic>
#include <memory>
#include <vector>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

class SeqlockPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "seqlock",
      .writer = "wait-free, copies each frame",
      .reader = "copies, again while frames come",
      .semantics = "Every reader copies every frame: the price grows with its size.",
  };

  explicit SeqlockPeer(const FramePeerSetup& setup)
      : num_readers_(setup.num_readers), filling_(setup.frame_lines),
        shared_(std::make_unique<SharedLine[]>(setup.frame_lines)) {}

  std::span<FrameLine> buffer() { return filling_; }

  void publish() {
    const std::uint64_t sequence = sequence_.load(std::memory_order_relaxed);  // the writer's own
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < filling_.size(); ++i) shared_[i].store(filling_[i]);
    sequence_.store(sequence + 2, std::memory_order_release);
  }

  std::int64_t frames_kept() const { return 2 + num_readers_; }  // the writer's, shared, copies

  class Reader {
   public:
    Reader(SeqlockPeer& peer, int) : peer_(peer), copy_(peer.filling_.size()) {}
    FrameView acquire() {
      do {
        do sequence_ = peer_.sequence_.load(std::memory_order_acquire);
        while (sequence_ % 2 != 0);
        for (std::size_t i = 0; i < copy_.size(); ++i) copy_[i] = peer_.shared_[i].load();
      } while (!is_newest());
      return copy_;
    }
    void release() {}  // a copy is the reader's own
    bool is_newest() const { return peer_.sequence_.load(std::memory_order_relaxed) == sequence_; }

   private:
    SeqlockPeer& peer_;
    std::vector<FrameLine> copy_;
    std::uint64_t sequence_ = 0;
  };

 private:
  // A FrameLine, word by word, as far as its words are used.
  struct alignas(kCacheLineBytes) SharedLine {
    std::atomic<std::uint64_t> words[8]{};

    void store(const FrameLine& line) {
      words[0].store(line.stamp, std::memory_order_release);
      words[1].store(static_cast<std::uint64_t>(line.began), std::memory_order_release);
      for (int i = 0; i < 6; ++i) words[2 + i].store(line.reserved[i], std::memory_order_release);
    }
    FrameLine load() const {
      FrameLine line;
      line.stamp = words[0].load(std::memory_order_acquire);
      line.began = static_cast<std::int64_t>(words[1].load(std::memory_order_acquire));
      for (int i = 0; i < 6; ++i) line.reserved[i] = words[2 + i].load(std::memory_order_acquire);
      return line;
    }
  };

  int num_readers_;
  std::vector<FrameLine> filling_;  // the writer's
  std::unique_ptr<SharedLine[]> shared_;
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> sequence_{0};
};

}  // namespace

FramePeerEntry seqlock_peer() { return frame_peer_entry<SeqlockPeer>(); }

}  // namespace quadrille::program
