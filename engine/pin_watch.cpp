#include "engine/pin_watch.h"

#include <algorithm>
#include <cstdio>

namespace quadrille {
namespace {

constexpr std::size_t kMaxStalls = 32;

// Joins names as "plotter, recorder, 2 anonymous", as far as there is room.
class HolderText {
 public:
  explicit HolderText(PinnedSlot& slot) : text_(slot.holder_text) {}

  template <class... Values>
  void add(const char* format, Values... values) {
    char name[64];
    std::snprintf(name, sizeof name, format, values...);
    const int written = std::snprintf(text_.data() + length_, text_.size() - length_, "%s%s",
                                      length_ == 0 ? "" : ", ", name);
    length_ = std::min(text_.size() - 1, length_ + static_cast<std::size_t>(written));
  }

 private:
  std::array<char, kHolderTextBytes>& text_;
  std::size_t length_ = 0;
};

}  // namespace

PinWatch::PinWatch(FramePool& pool, double stall_after_s, const LogHook& log)
    : pool_(pool), stall_after_ns_(stall_after_s * 1e9), log_(log),
      slots_(static_cast<std::size_t>(pool.max_slots())) {
  stalls_.reserve(kMaxStalls);
}

void PinWatch::published(FrameSlot slot, std::int64_t step, std::int64_t now_ns) {
  if (newest_ != kNoFrameSlot) slots_[newest_].replaced_ns = now_ns;
  newest_ = slot;
  slots_[slot] = {.step = step, .ordinal = ++published_};
}

PinnedSlot PinWatch::describe(FrameSlot slot, std::uint64_t pins, std::int64_t now_ns) const {
  PinnedSlot pinned;
  pinned.slot = static_cast<std::int32_t>(slot);
  pinned.step = slots_[slot].step;
  pinned.age_frames = published_ - slots_[slot].ordinal;
  pinned.age_ns = slot == newest_ ? 0 : now_ns - slots_[slot].replaced_ns;
  HolderText holders(pinned);
  const ReaderTable& readers = pool_.readers();
  std::int64_t on_record = 0;
  for (int place = 0; place < readers.capacity(); ++place) {
    if (readers.held_slot(place) != slot) continue;
    ++on_record;
    holders.add("%s", readers.label(place).data());
  }
  // A reader may return or be about to say that it did: at least those on record.
  pinned.pins = std::max(static_cast<std::int64_t>(pins), on_record);
  const std::int64_t anonymous = pinned.pins - on_record;
  if (anonymous > 0) holders.add("%lld anonymous", static_cast<long long>(anonymous));
  return pinned;
}

void PinWatch::look(std::int64_t now_ns, FrameStatistics& counts) {
  for (FrameSlot slot = 0; slot < slots_.size(); ++slot) {
    Slot& watched = slots_[slot];
    if (watched.ordinal == 0 || slot == newest_) continue;
    if (static_cast<double>(now_ns - watched.replaced_ns) < stall_after_ns_) continue;
    const std::uint64_t pins = pool_.channel().pins(slot);
    if (pins == 0) {
      watched.ordinal = 0;  // over, until it is published again
      continue;
    }
    const PinnedSlot stall = describe(slot, pins, now_ns);
    counts.longest_stall_ns = std::max(counts.longest_stall_ns, stall.age_ns);
    if (watched.stall >= 0) stalls_[static_cast<std::size_t>(watched.stall)] = stall;
    if (watched.is_stalled) continue;
    watched.is_stalled = true;
    ++counts.stalled;
    log_stall(stall);
    if (stalls_.size() == kMaxStalls) continue;
    watched.stall = static_cast<std::int32_t>(stalls_.size());
    stalls_.push_back(stall);
  }
}

void PinWatch::log_stall(const PinnedSlot& stall) const {
  if (log_.write == nullptr) return;
  char text[256];
  const int length = std::snprintf(
      text, sizeof text, "step %lld is still held %.1f s and %lld frames later, by %s",
      static_cast<long long>(stall.step), static_cast<double>(stall.age_ns) * 1e-9,
      static_cast<long long>(stall.age_frames), stall.holder_text.data());
  log_.write(log_.context, LogLevel::kWarning, {text, static_cast<std::size_t>(length)});
}

std::vector<PinnedSlot> PinWatch::pinned_slots(std::int64_t now_ns) const {
  std::vector<PinnedSlot> pinned;
  for (FrameSlot slot = 0; slot < slots_.size(); ++slot) {
    const std::uint64_t pins = pool_.channel().pins_now(slot);
    if (pins != 0) pinned.push_back(describe(slot, pins, now_ns));
  }
  return pinned;
}

}  // namespace quadrille
