// ArcSorter: sorts the arcs of one bucket by digits, in a buffer that stays in the cache.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>

namespace quadrille {

// One a worker: room for the largest bucket that it met, twice. Arc: a PackedArc. Count: holds the
// arcs of nearly every bucket; larger ones are sorted by comparison.
template <class Arc, class Count = std::uint32_t>
class ArcSorter {
 public:
  static constexpr int kMostDigits = 4, kMostDigitBits = 12;
  struct Digit {
    int shift, bits;
  };

  // Where to put `count` arcs, which sort() then sorts.
  Arc* make_room(std::size_t count) {
    if (count > capacity_) {
      capacity_ = 0;
      from_.reset(), to_.reset();
      from_ = std::make_unique_for_overwrite<Arc[]>(count);
      to_ = std::make_unique_for_overwrite<Arc[]>(count);
      capacity_ = count;
    }
    return from_.get();
  }

  // Ascending by `packed`; `digits` (lowest first) hold all that differs in it; equal ones in any
  // order. Valid until the next call.
  std::span<Arc> sort(std::size_t count, std::span<const Digit> digits) {
    const std::span<Arc> arcs(from_.get(), count);
    if (count < kFewArcs || count > std::numeric_limits<Count>::max()) {
      std::sort(arcs.begin(), arcs.end(),
                [](const Arc& a, const Arc& b) { return a.packed < b.packed; });
      return arcs;
    }
    count_digits(arcs, digits);
    for (std::size_t d = 0; d < digits.size(); ++d) move_by(digits[d], counts_[d], count);
    return {from_.get(), count};
  }

 private:
  static constexpr std::size_t kFewArcs = 512;  // below, a walk through the counts costs more
  using Counts = std::array<Count, std::size_t{1} << kMostDigitBits>;

  static std::size_t value_of(const Arc& arc, Digit digit) {
    return static_cast<std::size_t>(arc.packed >> digit.shift) &
           ((std::size_t{1} << digit.bits) - 1);
  }
  void count_digits(std::span<const Arc> arcs, std::span<const Digit> digits) {
    for (std::size_t d = 0; d < digits.size(); ++d) {
      Counts& counts = counts_[d];
      const Digit digit = digits[d];
      counts.fill(0);
      for (const Arc& arc : arcs) ++counts[value_of(arc, digit)];
    }
  }
  void move_by(Digit digit, Counts& places, std::size_t count) {
    if (places[value_of(from_[0], digit)] == count) return;  // all alike
    Count sum = 0;
    for (Count& place : std::span(places).first(std::size_t{1} << digit.bits))
      sum = static_cast<Count>(sum + std::exchange(place, sum));
    const Arc* const from = from_.get();
    Arc* const to = to_.get();
    for (std::size_t i = 0; i < count; ++i) to[places[value_of(from[i], digit)]++] = from[i];
    from_.swap(to_);
  }

  std::size_t capacity_ = 0;
  std::unique_ptr<Arc[]> from_, to_;
  std::array<Counts, std::size_t{kMostDigits}> counts_;
};

}  // namespace quadrille
