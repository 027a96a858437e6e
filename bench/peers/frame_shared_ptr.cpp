// std::atomic<std::shared_ptr>: the counts that the standard library keeps. Frame, control block
// and buffer are used again, so that nothing is allocated.
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "bench/peers/frame_loops.h"

namespace quadrille::program {
namespace {

// Where a shared_ptr's control block and object lie while they live.
struct alignas(kCacheLineBytes) SharedSlot {
  std::atomic<bool> is_free{true};
  alignas(kCacheLineBytes) std::byte memory[2 * kCacheLineBytes];
};

template <class T>
struct SlotAllocator {
  using value_type = T;
  explicit SlotAllocator(SharedSlot* owner) : slot(owner) {}
  template <class U>
  SlotAllocator(const SlotAllocator<U>& other) : slot(other.slot) {}

  T* allocate(std::size_t count) {
    static_assert(sizeof(T) <= sizeof(SharedSlot::memory) && alignof(T) <= kCacheLineBytes);
    if (count != 1) throw std::bad_alloc();  // never asked for: allocate_shared takes one
    slot->is_free.store(false, std::memory_order_relaxed);  // the writer's until it is published
    return reinterpret_cast<T*>(slot->memory);
  }
  // Release: pairs with publish(): every read of the frame comes before the buffer is filled again.
  void deallocate(T*, std::size_t) { slot->is_free.store(true, std::memory_order_release); }
  friend bool operator==(const SlotAllocator&, const SlotAllocator&) = default;

  SharedSlot* slot;
};

class SharedPtrPeer {
 public:
  static constexpr FramePeerTraits kTraits = {
      .name = "shared_ptr",
      .writer = "waits for a reader that counts",
      .reader = "waits for the writer",
      .semantics = "std::atomic<std::shared_ptr>: a bit of its pointer is a spin lock.",
  };

  // A buffer more for each reader: to look whether its frame is the newest it counts that one too.
  explicit SharedPtrPeer(const FramePeerSetup& setup)
      : buffers_(buffers_for(setup) + setup.num_readers, setup.frame_lines),
        slots_(static_cast<std::size_t>(buffers_for(setup) + setup.num_readers)) {
    newest_.store(share(0), std::memory_order_release);
  }

  std::span<FrameLine> buffer() { return buffers_[filling_]; }

  void publish() {
    newest_.store(share(filling_), std::memory_order_release);  // pairs with acquire()
    filling_ = 0;
    while (!slots_[filling_].is_free.load(std::memory_order_acquire)) ++filling_;
  }

  std::int64_t frames_kept() const { return static_cast<std::int64_t>(slots_.size()); }

  class Reader {
   public:
    Reader(SharedPtrPeer& peer, int) : peer_(peer) {}
    FrameView acquire() {
      frame_ = peer_.newest_.load(std::memory_order_acquire);
      return *frame_;
    }
    void release() { frame_.reset(); }
    // There is no look that does not count.
    bool is_newest() const { return peer_.newest_.load(std::memory_order_relaxed) == frame_; }

   private:
    SharedPtrPeer& peer_;
    std::shared_ptr<const FrameView> frame_;
  };

 private:
  std::shared_ptr<const FrameView> share(std::size_t buffer) {
    return std::allocate_shared<const FrameView>(SlotAllocator<FrameView>(&slots_[buffer]),
                                                 buffers_[buffer]);
  }

  FrameBuffers buffers_;
  std::vector<SharedSlot> slots_;
  std::size_t filling_ = 1;  // the writer's
  alignas(kCacheLineBytes) std::atomic<std::shared_ptr<const FrameView>> newest_;
};

}  // namespace

FramePeerEntry shared_ptr_peer() { return frame_peer_entry<SharedPtrPeer>(); }

}  // namespace quadrille::program
