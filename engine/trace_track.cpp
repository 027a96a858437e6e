// What a thread records, and the copy of its ring while it goes on (TraceReader::copy).
#include <quadrille/trace.h>

#include <algorithm>

#include "engine/clock.h"
#include "engine/trace_reader.h"
#include "engine/trace_ring.h"

namespace quadrille {
namespace {

constexpr std::uint64_t what(TraceName name, TraceKind kind, std::uint32_t depth) {
  return std::uint64_t{static_cast<std::uint16_t>(name)} |
         std::uint64_t{static_cast<std::uint16_t>(kind)} << 16 | std::uint64_t{depth} << 32;
}

}  // namespace

void TraceTrack::record(std::int64_t begin, std::int64_t end, std::int64_t value,
                        std::uint64_t name_kind_depth) {
  TraceRingWriter<kWords>({head_, words_, mask_})
      .record({static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end),
               static_cast<std::uint64_t>(value), name_kind_depth});
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
  const TraceRingReader<TraceTrack::kWords> ring({track.head_, track.words_, track.mask_});
  const std::uint64_t end = ring.end();
  const std::uint64_t first = end > ring.size() ? end - ring.size() : 0;
  std::vector<TraceRecord> records;
  records.reserve(static_cast<std::size_t>(end - first));
  for (std::uint64_t n = first; n < end; ++n) {
    const auto [begin, finish, value, rest] = ring.read(n);
    records.push_back({.begin = static_cast<std::int64_t>(begin),
                       .end = static_cast<std::int64_t>(finish),
                       .value = static_cast<std::int64_t>(value),
                       .depth = static_cast<std::uint32_t>(rest >> 32),
                       .name = static_cast<TraceName>(rest & 0xffff),
                       .kind = static_cast<TraceKind>(rest >> 16 & 0xffff)});
  }
  const std::uint64_t dropped = std::min(std::max(ring.first_whole(), first), end) - first;
  records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(dropped));
  lost = first + dropped;
  return records;
}

}  // namespace quadrille
