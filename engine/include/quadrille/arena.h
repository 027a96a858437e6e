// Arena: bump allocation in one region. Nothing is given back one by one; reset() empties it in
// O(1) and keeps the pages.
//
// Which part to use: Arena for one thread; ArenaThread for a worker of its own (64 KiB chunks: a
// shared bump pointer collapses under two threads); ArenaResource where a standard container wants
// a std::pmr::memory_resource.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include <quadrille/hooks.h>
#include <quadrille/memory_map.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class MemoryBudget;

struct ArenaAllocation {
  Label label;
  std::size_t offset = 0;       // from the arena's base
  std::size_t bytes = 0;        // as asked for; what they take is a whole number of granules
  std::int64_t elapsed_ns = 0;  // in the arena, with the clock's own cost: pages, where it grew
};

// Sees every allocation, release and reset of an arena; called on the thread that does it, so a
// tracker of an arena that ArenaThreads share must be thread-safe.
class ArenaTracker {
 public:
  virtual ~ArenaTracker() = default;
  virtual void on_allocate(const ArenaAllocation& allocation) = 0;
  virtual void on_release(std::size_t offset, std::size_t bytes) = 0;
  virtual void on_reset() = 0;
};

struct ArenaStatistics {
  std::size_t capacity = 0;  // reserved bytes
  std::size_t committed = 0;
  std::size_t used = 0;        // bumped: released parts included
  std::size_t in_use = 0;      // used minus released
  std::size_t high_water = 0;  // largest `used` since creation
  double fragmentation = 0;    // (used - in_use) / used; 0 when empty
};

struct ArenaOptions {
  std::size_t capacity_bytes = 0;
  Label name{"arena"};             // of its area in a memory map
  MemoryBudget* budget = nullptr;  // not owned
  AllocationHook hook{};
  bool huge_pages = true;  // ask for transparent huge pages, from 2 MiB on
};

class Arena {
 public:
  static constexpr std::size_t kGranule = 16;  // a bit of the release bitmap; the least alignment
  static constexpr std::size_t kThreadChunk = 64 * 1024;
  static constexpr std::size_t kLargeRequest = 32 * 1024;  // an ArenaThread asks the arena itself

  static Result<Arena> create(const ArenaOptions& options);
  Arena(Arena&&) noexcept;
  Arena& operator=(Arena&&) noexcept;
  ~Arena();

  // Null when full (or when the budget's hard limit stops it); never grows past its reservation.
  // `alignment` is a power of two. The memory is not cleared. Not while ArenaThreads allocate.
  void* try_allocate(std::size_t bytes, std::size_t alignment = kGranule, Label label = {});
  template <class T>
  std::span<T> try_allocate_array(std::size_t count, Label label) {  // empty when full
    static_assert(alignof(T) <= kCacheLineBytes);                    // which it is aligned to
    if (count > SIZE_MAX / sizeof(T)) return {};
    void* memory = try_allocate(count * sizeof(T), kCacheLineBytes, label);
    return memory == nullptr ? std::span<T>() : std::span<T>(static_cast<T*>(memory), count);
  }
  // Marks the granules of [memory, memory + bytes) as released; nothing returns to the system or is
  // used again before reset(). Releasing twice, or what is not the arena's, is a mistake
  // (asserted). One thread at a time.
  void release(void* memory, std::size_t bytes);
  bool is_released(const void* memory) const;
  void reset();  // O(1), idempotent; no ArenaThread may be at work

  void add_tracker(ArenaTracker* tracker);  // not owned; no ArenaThread may be at work
  void remove_tracker(ArenaTracker* tracker);
  bool is_tracked() const { return cursor_->is_tracked; }
  ArenaStatistics statistics() const;
  std::byte* base() const;

 private:
  friend class ArenaThread;
  // What the fast path touches. `next` is an address and a multiple of kGranule; `limit` is where
  // committed memory ends. Atomic for the chunks that threads take; alone, loads and stores are
  // plain.
  struct Cursor {
    std::atomic<std::uintptr_t> next{0};
    std::atomic<std::uintptr_t> limit{0};
    std::uintptr_t base = 0;
    bool is_tracked = false;
  };
  struct State;
  explicit Arena(std::unique_ptr<State> state);
  void* bump(std::size_t bytes, std::size_t alignment);
  void* take(std::size_t bytes, std::size_t alignment);  // lock-free unless it must commit
  // Times `allocate` and tells the trackers.
  template <class Allocate>
  void* tracked(std::size_t bytes, Label label, Allocate allocate) const;
  void* allocate_tracked(std::size_t bytes, std::size_t alignment, Label label);

  std::unique_ptr<State> state_;
  Cursor* cursor_;  // in *state_
};

inline void* Arena::try_allocate(std::size_t bytes, std::size_t alignment, Label label) {
  if (cursor_->is_tracked) [[unlikely]]
    return allocate_tracked(bytes, alignment, label);
  return bump(bytes, alignment);
}

inline void* Arena::bump(std::size_t bytes, std::size_t alignment) {
  const std::uintptr_t next = cursor_->next.load(std::memory_order_relaxed);
  const std::uintptr_t limit = cursor_->limit.load(std::memory_order_relaxed);
  const std::uintptr_t begin = (next + alignment - 1) & ~(alignment - 1);
  // Distances, so that no sum overflows; `bytes - 1` sends 0 the slow way, too.
  if (begin - next > limit - next || bytes - 1 >= limit - begin) [[unlikely]] {
    return take(bytes, alignment);
  }
  cursor_->next.store(begin + ((bytes + kGranule - 1) & ~(kGranule - 1)),
                      std::memory_order_relaxed);
  return reinterpret_cast<void*>(begin);
}

// A worker's private bump pointer in chunks taken from a shared arena. One thread; taking a chunk
// is the only shared step. The arena must stay where it is.
class ArenaThread {
 public:
  explicit ArenaThread(Arena& arena) : arena_(&arena) {}
  void* try_allocate(std::size_t bytes, std::size_t alignment = Arena::kGranule, Label label = {}) {
    if (arena_->cursor_->is_tracked) [[unlikely]]
      return allocate_tracked(bytes, alignment, label);
    return bump(bytes, alignment);
  }
  // Forget the current chunk: call after the arena was reset.
  void reset() { next_ = limit_ = 0; }

 private:
  void* bump(std::size_t bytes, std::size_t alignment) {
    const std::uintptr_t begin = (next_ + alignment - 1) & ~(alignment - 1);
    if (begin - next_ > limit_ - next_ || bytes - 1 >= limit_ - begin) [[unlikely]] {
      return allocate_slowly(bytes, alignment);
    }
    next_ = begin + ((bytes + Arena::kGranule - 1) & ~(Arena::kGranule - 1));
    return reinterpret_cast<void*>(begin);
  }
  void* allocate_slowly(std::size_t bytes, std::size_t alignment);
  void* allocate_tracked(std::size_t bytes, std::size_t alignment, Label label);
  Arena* arena_;
  std::uintptr_t next_ = 0;
  std::uintptr_t limit_ = 0;
};

// The one place of the library that throws: std::bad_alloc when the arena is full, as the standard
// asks.
class ArenaResource final : public std::pmr::memory_resource {
 public:
  ArenaResource(Arena& arena, Label label) : arena_(&arena), label_(label) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
  Arena* arena_;
  Label label_;
};

}  // namespace quadrille
