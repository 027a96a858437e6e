#include <quadrille/trace.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>

#include "engine/trace_state.h"
#include "engine/utf8.h"

namespace quadrille {
namespace {

constexpr std::size_t kEventBytes = 32;
constexpr std::size_t kLeastEvents = 64;
constexpr std::size_t kMostBufferBytes = std::size_t{1} << (sizeof(void*) == 8 ? 40 : 29);
constexpr int kMostThreads = 4096;
constexpr int kDefaultThreads = 8;  // of a trace that belongs to no simulation
constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
constexpr std::size_t kMostNames = 65'536;

// Its address tells threads apart, as long as they live; a thread that comes after another one's
// end may go on with that one's track. Never written or read.
constinit thread_local char thread_identity = 0;

std::uintptr_t thread_key() { return reinterpret_cast<std::uintptr_t>(&thread_identity); }

// The upper bits of a product depend on all bits of the address.
std::size_t hash_of(std::uintptr_t key) {
  return static_cast<std::size_t>((std::uint64_t{key} * 0x9e3779b97f4a7c15u) >> 32);
}

Status verify_options(const TraceOptions& options) {
  if (options.buffer_bytes > kMostBufferBytes) {
    return {StatusCode::kInvalidArgument, "a trace's ring of " +
                                              std::to_string(options.buffer_bytes) +
                                              " bytes is more than an address can count"};
  }
  if (options.max_threads < 0 || options.max_threads > kMostThreads) {
    return {StatusCode::kInvalidArgument, "a trace of " + std::to_string(options.max_threads) +
                                              " threads; it must be between 0 and " +
                                              std::to_string(kMostThreads)};
  }
  return Status::ok();
}

}  // namespace

ClockReading ClockReading::now(const TickClock& clock) {
  const std::int64_t before = clock.ticks();
  const std::int64_t ns = monotonic_ns();
  return {before + (clock.ticks() - before) / 2, ns};
}

Trace::State::State(const TraceOptions& trace_options, int max_threads)
    : options(trace_options), clock(TickClock::calibrate()), created(ClockReading::now(clock)),
      threads(static_cast<std::size_t>(max_threads)),
      slots(std::bit_ceil(4 * static_cast<std::size_t>(max_threads))),
      names{{.text = "unnamed", .category = "trace", .value = "value"}} {
  options.process_name = valid_utf8(options.process_name);
}

// A quarter of the slots at most is ever filled, so the walk ends.
TraceThread* Trace::State::find(std::uintptr_t key) const {
  for (std::size_t i = hash_of(key);; ++i) {
    const Slot& slot = slots[i & (slots.size() - 1)];
    // Relaxed: what this thread stored itself is what it looks for; others' keys do not matter.
    const std::uintptr_t held = slot.key.load(std::memory_order_relaxed);
    if (held == key) return slot.thread.load(std::memory_order_relaxed);
    if (held == 0) return nullptr;
  }
}

void Trace::State::insert(std::uintptr_t key, TraceThread* thread) {
  for (std::size_t i = hash_of(key);; ++i) {
    Slot& slot = slots[i & (slots.size() - 1)];
    std::uintptr_t held = 0;
    // Relaxed: it hands out slots and orders nothing; the slot is read by this thread alone.
    if (slot.key.compare_exchange_strong(held, key, std::memory_order_relaxed)) {
      slot.thread.store(thread, std::memory_order_relaxed);
      return;
    }
  }
}

Result<std::unique_ptr<Trace>> Trace::create(const TraceOptions& options, MemoryBudget* budget,
                                             const AllocationHook& hook) {
  QUADRILLE_RETURN_IF_ERROR(verify_options(options));
  const int max_threads = options.max_threads == 0 ? kDefaultThreads : options.max_threads;
  const std::size_t events =
      std::bit_ceil(std::max(kLeastEvents, (options.buffer_bytes + kEventBytes - 1) / kEventBytes));
  static_assert(kEventBytes == TraceTrack::kWords * sizeof(TraceTrack::Word));
  try {
    auto state = std::make_unique<State>(options, max_threads);
    for (TraceThread& thread : state->threads) {
      RegionOptions region;
      region.budget = budget;
      region.label = {"trace"};
      region.hook = hook;
      region.huge_pages = events * kEventBytes >= kHugePageBytes;
      QUADRILLE_ASSIGN_OR_RETURN(thread.ring, Region::reserve(events * kEventBytes, region));
      QUADRILLE_RETURN_IF_ERROR(thread.ring.commit(events * kEventBytes));
      thread.track.mask_ = events - 1;
      thread.track.clock_ = &state->clock;
    }
    return std::unique_ptr<Trace>(new Trace(std::move(state)));
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory for a trace's tables");
  }
}

Trace::Trace(std::unique_ptr<State> state) : state_(std::move(state)) {}
Trace::~Trace() = default;

TraceName Trace::name(std::string_view text, std::string_view category, std::string_view value) {
  try {
    TraceNameEntry entry{valid_utf8(text), valid_utf8(category), valid_utf8(value)};
    const std::string key = entry.text + '\0' + entry.category + '\0' + entry.value;
    const std::lock_guard lock(state_->mutex);
    const auto known = state_->name_of.find(key);
    if (known != state_->name_of.end()) return known->second;
    if (state_->names.size() == kMostNames) return TraceName{0};
    const auto name = static_cast<TraceName>(state_->names.size());
    state_->names.push_back(std::move(entry));
    state_->name_of.emplace(key, name);
    return name;
  } catch (const std::bad_alloc&) {
    return TraceName{0};
  }
}

TraceTrack* Trace::this_thread(const char* role, int number) {
  TraceThread* thread = state_->find(thread_key());
  return thread != nullptr ? &thread->track : take_track(role, number);
}

TraceTrack* Trace::take_track(const char* role, int number) {
  State& state = *state_;
  // Relaxed: it hands out rings, each to one thread or to trim(), and orders nothing. The first
  // look keeps threads that are refused again and again from counting up without end.
  const std::size_t size = state.threads.size();
  std::size_t taken = state.num_taken.load(std::memory_order_relaxed);
  if (taken < size) taken = state.num_taken.fetch_add(1, std::memory_order_relaxed);
  if (taken >= size) {
    state.refused.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  TraceThread& thread = state.threads[taken];
  auto* words = reinterpret_cast<TraceTrack::Word*>(thread.ring.base());
  const std::size_t count = (thread.track.mask_ + 1) * TraceTrack::kWords;
  // Written, so that the pages are there, and near this thread, before its first event.
  for (std::size_t i = 0; i < count; ++i) new (words + i) TraceTrack::Word(0);
  thread.track.words_ = words;
  thread.role = role;
  // Relaxed: it tells threads apart and orders nothing.
  thread.number =
      number == kNextNumber ? state.next_number.fetch_add(1, std::memory_order_relaxed) : number;
  thread.taken.store(true, std::memory_order_release);  // pairs with the acquire of a TraceReader
  state.insert(thread_key(), &thread);
  return &thread.track;
}

void Trace::name_this_thread(std::string_view name) {
  TraceThread* thread = state_->find(thread_key());
  if (thread == nullptr) {
    if (take_track("thread", kNoNumber) == nullptr) return;
    thread = state_->find(thread_key());
  }
  try {
    std::string text = valid_utf8(name);
    const std::lock_guard lock(state_->mutex);
    thread->name = std::move(text);
  } catch (const std::bad_alloc&) {  // the thread keeps the name that it had
  }
}

void Trace::trim() {
  // Whoever takes all that is left owns it: no thread takes one of these any more.
  const std::size_t size = state_->threads.size();
  if (state_->num_taken.load(std::memory_order_relaxed) >= size) return;
  std::size_t next = state_->num_taken.exchange(size, std::memory_order_relaxed);
  for (; next < size; ++next) state_->threads[next].ring = Region();
}

TraceStatistics Trace::statistics() const {
  TraceStatistics statistics;
  statistics.refused = state_->refused.load(std::memory_order_relaxed);
  for (const TraceThread& thread : state_->threads) {
    if (!thread.taken.load(std::memory_order_acquire)) continue;
    const auto events =
        static_cast<std::int64_t>(thread.track.head_.load(std::memory_order_relaxed));
    const auto room = static_cast<std::int64_t>(thread.track.mask_ + 1);
    ++statistics.threads;
    statistics.events += events;
    statistics.ring_events = room;
    statistics.overwritten += std::max<std::int64_t>(0, events - room);
  }
  return statistics;
}

}  // namespace quadrille
