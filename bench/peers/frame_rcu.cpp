// liburcu, its default flavour: readers mark where they read, and a frame is given back when every
// reader has left since it was replaced. The one door to liburcu. Its functions are called, not
// inlined: that is what programs of any licence may do.
//
// Two peers: `rcu` takes a new buffer for each frame and hands the old one to call_rcu(), whose
// thread frees it later; `rcu_sync` has two buffers and waits in synchronize_rcu() for the old one.
#include "bench/peers/frame_peer.h"

#ifdef QUADRILLE_URCU

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include <urcu.h>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

struct RcuThread {
  RcuThread() { rcu_register_thread(); }
  ~RcuThread() { rcu_unregister_thread(); }
  RcuThread(const RcuThread&) = delete;
  RcuThread& operator=(const RcuThread&) = delete;
};

// Reads of a pointer or an index that the writer exchanges.
template <class Peer>
class RcuReader {
 public:
  RcuReader(Peer& peer, int) : peer_(peer) {}
  FrameView acquire() {
    rcu_read_lock();
    frame_ = peer_.newest().load(std::memory_order_acquire);  // pairs with publish()
    return peer_.view(frame_);
  }
  void release() { rcu_read_unlock(); }
  bool is_newest() const { return peer_.newest().load(std::memory_order_relaxed) == frame_; }

 private:
  RcuThread thread_;
  Peer& peer_;
  typename Peer::FrameRef frame_{};
};

class RcuPeer {
  // A buffer is made for one frame: this, then its lines.
  struct alignas(kCacheLineBytes) RcuFrame {
    rcu_head head;  // first: call_rcu() gives it back
    RcuPeer* owner;
    FrameLine* lines() { return reinterpret_cast<FrameLine*>(this + 1); }
  };
  static_assert(sizeof(RcuFrame) == kCacheLineBytes);

 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "rcu",
      .writer = "never waits, allocates",
      .reader = "wait-free",
      .semantics = "liburcu with call_rcu: while a reader stalls, every frame is kept.",
  };
  using WriterThread = RcuThread;
  using Reader = RcuReader<RcuPeer>;
  using FrameRef = RcuFrame*;

  explicit RcuPeer(const FramePeerSetup& setup)
      : frame_lines_(setup.frame_lines), filling_(make()), newest_(make()) {}
  ~RcuPeer() {
    rcu_barrier();  // call_rcu()'s thread has freed what it was given
    std::free(filling_);
    std::free(newest_.load(std::memory_order_relaxed));
  }
  RcuPeer(const RcuPeer&) = delete;
  RcuPeer& operator=(const RcuPeer&) = delete;

  std::span<FrameLine> buffer() { return {filling_->lines(), frame_lines_}; }

  void publish() {
    RcuFrame* const old = newest_.exchange(filling_, std::memory_order_acq_rel);
    call_rcu(&old->head, &RcuPeer::free_later);
    // So that a profile cannot fill the machine.
    while (frames_kept() > most_frames()) std::this_thread::yield();
    filling_ = make();
  }

  std::int64_t frames_kept() const {
    return made_.load(std::memory_order_relaxed) - freed_.load(std::memory_order_relaxed);
  }

  std::atomic<RcuFrame*>& newest() { return newest_; }
  FrameView view(RcuFrame* frame) const { return {frame->lines(), frame_lines_}; }

 private:
  std::size_t bytes() const { return sizeof(RcuFrame) + frame_lines_ * sizeof(FrameLine); }
  std::int64_t most_frames() const {
    constexpr std::size_t kMostBytes = std::size_t{512} << 20;
    return static_cast<std::int64_t>(kMostBytes / bytes());
  }

  RcuFrame* make() {
    void* const memory = std::aligned_alloc(kCacheLineBytes, bytes());
    if (memory == nullptr) throw std::bad_alloc();
    auto* const frame = new (memory) RcuFrame{{}, this};
    new (frame->lines()) FrameLine[frame_lines_];
    made_.store(made_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return frame;
  }
  static void free_later(rcu_head* head) {
    auto* const frame = reinterpret_cast<RcuFrame*>(head);
    frame->owner->freed_.fetch_add(1, std::memory_order_relaxed);  // a count
    std::free(frame);
  }

  std::size_t frame_lines_;
  std::atomic<std::int64_t> made_{0};  // the writer's
  RcuFrame* filling_;                  // the writer's
  alignas(kCacheLineBytes) std::atomic<std::int64_t> freed_{0};
  alignas(kCacheLineBytes) std::atomic<RcuFrame*> newest_;
};

class RcuSyncPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "rcu_sync",
      .writer = "waits for readers to leave",
      .reader = "wait-free",
      .semantics = "liburcu with synchronize_rcu: two buffers, a wait in every publication.",
  };
  using WriterThread = RcuThread;
  using Reader = RcuReader<RcuSyncPeer>;
  using FrameRef = std::uint32_t;

  explicit RcuSyncPeer(const FramePeerSetup& setup) : buffers_(2, setup.frame_lines) {}

  std::span<FrameLine> buffer() { return buffers_[1 - newest_.load(std::memory_order_relaxed)]; }

  void publish() {
    newest_.store(1 - newest_.load(std::memory_order_relaxed), std::memory_order_release);
    synchronize_rcu();
  }

  std::int64_t frames_kept() const { return 2; }

  std::atomic<std::uint32_t>& newest() { return newest_; }
  FrameView view(std::uint32_t buffer) { return buffers_[buffer]; }

 private:
  FrameBuffers buffers_;
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> newest_{0};
};

}  // namespace

FramePeerEntry rcu_peer() { return frame_peer_entry<RcuPeer>(); }
FramePeerEntry rcu_sync_peer() { return frame_peer_entry<RcuSyncPeer>(); }

}  // namespace quadrille::program

#else

namespace quadrille::program {

FramePeerEntry rcu_peer() { return {{.name = "rcu"}, nullptr}; }
FramePeerEntry rcu_sync_peer() { return {{.name = "rcu_sync"}, nullptr}; }

}  // namespace quadrille::program

#endif
