#include <quadrille/arena.h>

#include <algorithm>
#include <bit>
#include <new>
#include <string>
#include <utility>

#include "engine/clock.h"
#include "engine/memory_budget.h"
#include "engine/memory_ledger.h"
#include "engine/region.h"

namespace quadrille {
namespace {

constexpr std::size_t kFirstCommit = 256 * 1024;
constexpr std::size_t kMostAhead = std::size_t{32}
                                   << 20;  // of a large arena a half would stay free
constexpr std::size_t kBitsPerWord = 64;
constexpr std::size_t kWordSpan =
    kBitsPerWord * Arena::kGranule;  // bytes of arena to a bitmap word

std::size_t in_granules(std::size_t bytes) {
  return (bytes + Arena::kGranule - 1) / Arena::kGranule;
}
std::size_t bitmap_bytes(std::size_t arena_bytes) {
  return (arena_bytes / kWordSpan + 1) * sizeof(std::uint64_t);
}

}  // namespace

struct Arena::State : Arena::Cursor {
  Region memory;
  Region bitmap;                // a bit a granule, committed along with the memory
  std::size_t valid_words = 0;  // later words still hold what they held before the last reset
  std::size_t released_granules = 0;
  std::size_t high_water = 0;  // up to the last reset
  std::vector<ArenaTracker*> trackers;
  std::atomic_flag growing;

  std::size_t used() const { return next.load(std::memory_order_relaxed) - base; }
  std::uint64_t* words() const { return reinterpret_cast<std::uint64_t*>(bitmap.base()); }
  Status commit(std::size_t bytes);
  bool grow_to(std::uintptr_t end);
  void clear_words_to(std::size_t count);
};

// A region may commit more than it was asked for, and the bitmap covers what it did.
Status Arena::State::commit(std::size_t bytes) {
  QUADRILLE_RETURN_IF_ERROR(memory.commit(bytes));
  return bitmap.commit(bitmap_bytes(memory.committed()));
}

// Doubles what is committed, takes kMostAhead more than is needed, or just what is needed where a
// hard limit stops that.
bool Arena::State::grow_to(std::uintptr_t end) {
  while (growing.test_and_set(std::memory_order_acquire)) {
    growing.wait(true, std::memory_order_relaxed);
  }
  if (end > limit.load(std::memory_order_relaxed)) {
    const std::size_t needed = end - base;
    const std::size_t wanted =
        std::max({needed, kFirstCommit, std::min(2 * memory.committed(), needed + kMostAhead)});
    if (commit(std::min(wanted, memory.capacity())).is_ok() || commit(needed).is_ok()) {
      limit.store(base + memory.committed(), std::memory_order_release);  // pairs with take
    }
  }
  growing.clear(std::memory_order_release);
  growing.notify_one();
  return end <= limit.load(std::memory_order_relaxed);
}

void Arena::State::clear_words_to(std::size_t count) {
  if (count <= valid_words) return;
  std::fill(words() + valid_words, words() + count, std::uint64_t{0});
  valid_words = count;
}

Result<Arena> Arena::create(const ArenaOptions& options) {
  if (options.capacity_bytes > SIZE_MAX / 4) {
    return Status(StatusCode::kOutOfMemory,
                  "an arena of " + std::to_string(options.capacity_bytes) + " bytes is too large");
  }
  auto state = std::make_unique<State>();
  RegionOptions region;
  region.budget = options.budget;
  region.hook = options.hook;
  region.label = {"release marks"};
  const std::size_t capacity = in_granules(options.capacity_bytes) * kGranule;
  QUADRILLE_ASSIGN_OR_RETURN(state->bitmap, Region::reserve(bitmap_bytes(capacity), region));
  region.huge_pages = options.huge_pages;
  region.label = options.name;
  QUADRILLE_ASSIGN_OR_RETURN(state->memory, Region::reserve(capacity, region));
  state->base = reinterpret_cast<std::uintptr_t>(state->memory.base());
  state->next = state->base;
  state->limit = state->base + state->memory.committed();  // all of it, where a hook gave it
  Arena arena(std::move(state));
  if (arena.state_->memory.area() != kNoMemoryArea) {
    arena.add_tracker(options.budget->ledger()->track_arena(arena.state_->memory.area()));
  }
  return arena;
}

Arena::Arena(std::unique_ptr<State> state) : state_(std::move(state)), cursor_(state_.get()) {}
Arena::Arena(Arena&& other) noexcept
    : state_(std::move(other.state_)), cursor_(std::exchange(other.cursor_, nullptr)) {}
Arena& Arena::operator=(Arena&& other) noexcept {
  state_ = std::move(other.state_);
  cursor_ = std::exchange(other.cursor_, nullptr);
  return *this;
}
Arena::~Arena() = default;

void* Arena::take(std::size_t bytes, std::size_t alignment) {
  QUADRILLE_ASSERT(std::has_single_bit(alignment));
  State& state = *state_;
  const std::uintptr_t end_of_all = state.base + state.memory.capacity();
  // Relaxed: the word orders no data, it only hands out addresses.
  std::uintptr_t next = state.next.load(std::memory_order_relaxed);
  for (;;) {
    const std::uintptr_t begin = (next + alignment - 1) & ~(alignment - 1);
    if (begin - next > end_of_all - next || bytes > end_of_all - begin) return nullptr;
    const std::uintptr_t end = begin + in_granules(std::max<std::size_t>(bytes, 1)) * kGranule;
    if (end > end_of_all) return nullptr;
    // Acquire: sees the memory committed that another thread committed.
    if (end > state.limit.load(std::memory_order_acquire) && !state.grow_to(end)) return nullptr;
    if (state.next.compare_exchange_weak(next, end, std::memory_order_relaxed)) {
      return reinterpret_cast<void*>(begin);
    }
  }
}

template <class Allocate>
void* Arena::tracked(std::size_t bytes, Label label, Allocate allocate) const {
  const std::int64_t begin = monotonic_ns();
  void* memory = allocate();
  const std::int64_t elapsed = monotonic_ns() - begin;
  if (memory == nullptr) return nullptr;
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(memory) - cursor_->base;
  for (ArenaTracker* tracker : state_->trackers) {
    tracker->on_allocate({label, offset, bytes, elapsed});
  }
  return memory;
}

void* Arena::allocate_tracked(std::size_t bytes, std::size_t alignment, Label label) {
  return tracked(bytes, label, [&] { return bump(bytes, alignment); });
}

void Arena::release(void* memory, std::size_t bytes) {
  State& state = *state_;
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(memory) - state.base;
  const bool is_ours =
      offset % kGranule == 0 && offset < state.used() && bytes <= state.used() - offset;
  QUADRILLE_ASSERT(is_ours);
  if (!is_ours) return;
  std::size_t bit = offset / kGranule;
  const std::size_t end = bit + in_granules(std::max<std::size_t>(bytes, 1));
  state.clear_words_to((end + kBitsPerWord - 1) / kBitsPerWord);
  [[maybe_unused]] bool is_released_twice = false;
  while (bit < end) {
    const std::size_t first = bit % kBitsPerWord;
    const std::size_t count = std::min(kBitsPerWord - first, end - bit);
    const std::uint64_t mask = (~std::uint64_t{0} >> (kBitsPerWord - count)) << first;
    std::uint64_t& word = state.words()[bit / kBitsPerWord];
    is_released_twice |= (word & mask) != 0;
    state.released_granules += static_cast<std::size_t>(std::popcount(mask & ~word));
    word |= mask;
    bit += count;
  }
  QUADRILLE_ASSERT(!is_released_twice);
  for (ArenaTracker* tracker : state.trackers) tracker->on_release(offset, bytes);
}

bool Arena::is_released(const void* memory) const {
  const std::size_t bit = (reinterpret_cast<std::uintptr_t>(memory) - state_->base) / kGranule;
  const std::size_t word = bit / kBitsPerWord;
  return word < state_->valid_words && (state_->words()[word] >> bit % kBitsPerWord & 1) != 0;
}

void Arena::reset() {
  State& state = *state_;
  state.high_water = std::max(state.high_water, state.used());
  state.next.store(state.base, std::memory_order_relaxed);
  state.valid_words = 0;
  state.released_granules = 0;
  for (ArenaTracker* tracker : state.trackers) tracker->on_reset();
}

void Arena::add_tracker(ArenaTracker* tracker) {
  state_->trackers.push_back(tracker);
  cursor_->is_tracked = true;
}

void Arena::remove_tracker(ArenaTracker* tracker) {
  std::erase(state_->trackers, tracker);
  cursor_->is_tracked = !state_->trackers.empty();
}

ArenaStatistics Arena::statistics() const {
  const State& state = *state_;
  ArenaStatistics statistics;
  statistics.capacity = state.memory.capacity();
  statistics.committed = state.memory.committed();
  statistics.used = state.used();
  statistics.in_use = statistics.used - state.released_granules * kGranule;
  statistics.high_water = std::max(state.high_water, statistics.used);
  if (statistics.used > 0) {
    statistics.fragmentation = static_cast<double>(statistics.used - statistics.in_use) /
                               static_cast<double>(statistics.used);
  }
  return statistics;
}

std::byte* Arena::base() const { return state_->memory.base(); }

void* ArenaThread::allocate_slowly(std::size_t bytes, std::size_t alignment) {
  const bool is_large = bytes >= Arena::kLargeRequest || alignment >= Arena::kLargeRequest;
  if (is_large || bytes == 0) return arena_->take(bytes, alignment);
  void* chunk = arena_->take(Arena::kThreadChunk, kCacheLineBytes);
  if (chunk == nullptr) return arena_->take(bytes, alignment);  // the last rest
  next_ = reinterpret_cast<std::uintptr_t>(chunk);
  limit_ = next_ + Arena::kThreadChunk;
  return bump(bytes, alignment);  // fits: both are below half a chunk
}

void* ArenaThread::allocate_tracked(std::size_t bytes, std::size_t alignment, Label label) {
  return arena_->tracked(bytes, label, [&] { return bump(bytes, alignment); });
}

void* ArenaResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  void* memory = arena_->try_allocate(bytes, alignment, label_);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void ArenaResource::do_deallocate(void* memory, std::size_t bytes, std::size_t) {
  arena_->release(memory, bytes);
}

}  // namespace quadrille
