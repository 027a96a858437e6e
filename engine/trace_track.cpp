// The ring of one thread: what records, and what reads it meanwhile (TraceReader::copy).
//
//   instant(), counter(), TraceSpan   wait-free, the owner's thread.
//   TraceReader::copy()               any number of threads; never makes the owner wait.
//
// Event n lies in the four words at n modulo the ring's size; head_ counts the events that are
// whole. The owner writes the words of event n while head_ is n, so whoever sees a word of event n
// finds head_ at n or more when it looks again, and drops what n lies over: event n - size.
//
//   release                            acquire that it pairs with
//   A owner: words[i].store(release)   C: who reads a word of event n sees head_ >= n at D
//   B owner: head_.store(release)      E: the events before head_ are whole
//   C reader: words[i].load(acquire)   A
//   D reader: head_.load(relaxed)      after C: A's release has carried the store of head_ along
//   E reader: head_.load(acquire)      B
// On x86 all of these are plain moves. A fence in place of A would do the same elsewhere for less,
// but ThreadSanitizer does not follow fences.
#include <quadrille/trace.h>

#include <algorithm>

#include "engine/clock.h"
#include "engine/trace_reader.h"

namespace quadrille {
namespace {

constexpr std::uint64_t what(TraceName name, TraceKind kind, std::uint32_t depth) {
  return std::uint64_t{static_cast<std::uint16_t>(name)} |
         std::uint64_t{static_cast<std::uint16_t>(kind)} << 16 | std::uint64_t{depth} << 32;
}

}  // namespace

void TraceTrack::record(std::int64_t begin, std::int64_t end, std::int64_t value,
                        std::uint64_t name_kind_depth) {
  const std::uint64_t head = head_.load(std::memory_order_relaxed);  // the owner's own
  Word* words = words_ + (head & mask_) * kWords;
  words[0].store(static_cast<std::uint64_t>(begin), std::memory_order_release);  // A, and below
  words[1].store(static_cast<std::uint64_t>(end), std::memory_order_release);
  words[2].store(static_cast<std::uint64_t>(value), std::memory_order_release);
  words[3].store(name_kind_depth, std::memory_order_release);
  head_.store(head + 1, std::memory_order_release);  // B
}

void TraceTrack::instant(TraceName name, std::int64_t value) {
  const std::int64_t now = clock_->ticks();
  record(now, now, value, what(name, TraceKind::kInstant, depth_.load(std::memory_order_relaxed)));
}

void TraceTrack::counter(TraceName name, std::int64_t value) {
  const std::int64_t now = clock_->ticks();
  record(now, now, value, what(name, TraceKind::kCounter, depth_.load(std::memory_order_relaxed)));
}

// depth_ is atomic only because a thread may be followed by another one with the same identity;
// nobody changes it at the same time.
std::int64_t TraceTrack::open() {
  depth_.store(depth_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return clock_->ticks();
}

void TraceTrack::close(TraceName name, std::int64_t begin, std::int64_t value) {
  const std::int64_t end = clock_->ticks();
  const std::uint32_t depth = depth_.load(std::memory_order_relaxed) - 1;
  depth_.store(depth, std::memory_order_relaxed);
  record(begin, end, value, what(name, TraceKind::kSpan, depth));
}

std::vector<TraceRecord> TraceReader::copy(const TraceTrack& track, std::uint64_t& lost) {
  const std::uint64_t size = track.mask_ + 1;
  const std::uint64_t head = track.head_.load(std::memory_order_acquire);  // E
  const std::uint64_t first = head > size ? head - size : 0;
  std::vector<TraceRecord> records;
  records.reserve(static_cast<std::size_t>(head - first));
  for (std::uint64_t n = first; n < head; ++n) {
    const TraceTrack::Word* words = track.words_ + (n & track.mask_) * TraceTrack::kWords;
    const std::uint64_t begin = words[0].load(std::memory_order_acquire);  // C, and below
    const std::uint64_t end = words[1].load(std::memory_order_acquire);
    const std::uint64_t value = words[2].load(std::memory_order_acquire);
    const std::uint64_t rest = words[3].load(std::memory_order_acquire);
    records.push_back({.begin = static_cast<std::int64_t>(begin),
                       .end = static_cast<std::int64_t>(end),
                       .value = static_cast<std::int64_t>(value),
                       .depth = static_cast<std::uint32_t>(rest >> 32),
                       .name = static_cast<TraceName>(rest & 0xffff),
                       .kind = static_cast<TraceKind>(rest >> 16 & 0xffff)});
  }
  // Event `now` may be half written: it lies over event now - size.
  const std::uint64_t now = track.head_.load(std::memory_order_relaxed);  // D
  const std::uint64_t whole = now >= size ? now - size + 1 : 0;
  const std::uint64_t dropped = std::min(std::max(whole, first), head) - first;
  records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(dropped));
  lost = first + dropped;
  return records;
}

}  // namespace quadrille
