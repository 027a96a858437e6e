// Arena: bump allocation in one region. Nothing is given back one by one; reset() empties it in O(1) and keeps the pages.
//
// Which part to use: Arena for one thread; ArenaThread for a worker of its own (64 KiB chunks: a shared bump pointer
// collapses under two threads); ArenaResource where a standard container wants a std::pmr::memory_resource.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include <quadrille/hooks.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class Region;
class MemoryBudget;

// Says what an allocation is for. Holds a string literal: it must outlive the arena.
struct Label {
  const char* name = "unlabelled";
};

// Sees every allocation, release and reset of an arena; called on the thread that does it.
class ArenaTracker {
 public:
  virtual ~ArenaTracker() = default;
  virtual void on_allocate(Label label, std::size_t offset, std::size_t bytes) = 0;
  virtual void on_release(std::size_t offset, std::size_t bytes) = 0;
  virtual void on_reset() = 0;
};

struct ArenaStatistics {
  std::size_t capacity = 0;       // reserved bytes
  std::size_t committed = 0;
  std::size_t used = 0;           // bumped: released parts included
  std::size_t in_use = 0;         // used minus released
  std::size_t high_water = 0;     // largest `used` since creation
  double fragmentation = 0;       // (used - in_use) / used; 0 when empty
};

struct ArenaOptions {
  std::size_t capacity_bytes = 0;
  MemoryBudget* budget = nullptr;   // not owned
  AllocationHook hook;
  bool huge_pages = false;
};

class Arena {
 public:
  static constexpr std::size_t kGranule = 16;                 // a bit of the release bitmap; the least alignment
  static constexpr std::size_t kThreadChunk = 64 * 1024;
  static constexpr std::size_t kLargeRequest = 32 * 1024;     // an ArenaThread sends these straight to the arena

  static Result<Arena> create(const ArenaOptions& options);
  Arena(Arena&&) noexcept;
  Arena& operator=(Arena&&) noexcept;
  ~Arena();

  // Null when full; never grows past its reservation. `alignment` is a power of two. The memory is not cleared.
  void* try_allocate(std::size_t bytes, std::size_t alignment = kGranule, Label label = {});
  template <class T>
  std::span<T> try_allocate_array(std::size_t count, Label label) {   // empty when full; 64-byte aligned
    void* memory = try_allocate(count * sizeof(T), kCacheLineBytes, label);
    return memory == nullptr ? std::span<T>() : std::span<T>(static_cast<T*>(memory), count);
  }
  // Marks the granules of [memory, memory + bytes) as released; nothing returns to the system or is used again before
  // reset(). Releasing twice, or what is not the arena's, is a mistake (asserted).
  void release(void* memory, std::size_t bytes);
  bool is_released(const void* memory) const;
  void reset();   // O(1), idempotent

  void add_tracker(ArenaTracker* tracker);      // not owned
  void remove_tracker(ArenaTracker* tracker);
  ArenaStatistics statistics() const;
  std::byte* base() const;

 private:
  friend class ArenaThread;
  struct State;
  explicit Arena(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A worker's private bump pointer in chunks taken from a shared arena. One thread; take() is the only shared step.
class ArenaThread {
 public:
  explicit ArenaThread(Arena& arena) : arena_(&arena) {}
  void* try_allocate(std::size_t bytes, std::size_t alignment = Arena::kGranule, Label label = {});
  // Forget the current chunk: call after the arena was reset.
  void reset() { cursor_ = end_ = nullptr; }

 private:
  Arena* arena_;
  std::byte* cursor_ = nullptr;
  std::byte* end_ = nullptr;
};

// The one place of the library that throws: std::bad_alloc when the arena is full, as the standard asks.
class ArenaResource final : public std::pmr::memory_resource {
 public:
  ArenaResource(Arena& arena, Label label) : arena_(&arena), label_(label) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
  Arena* arena_;
  Label label_;
};

}  // namespace quadrille
