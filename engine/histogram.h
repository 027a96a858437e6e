// Histogram: how often each value occurred, exact to three significant digits, in constant memory.
// record() is a few nanoseconds and allocates nothing.
//
// The cells are those of HdrHistogram [1] with three digits and a lowest value of 1: up to 2,047
// each value has a cell of its own; from there each doubling is cut into 1,024 cells. So a cell's
// values differ by less than a thousandth, and the cells of both are the same numbers.
// [1] Tene. HdrHistogram: a high dynamic range histogram. hdrhistogram.org
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace quadrille {

// Of any unit; nanoseconds reach from 1 ns to 39 hours. One thread at a time.
class Histogram {
 public:
  static constexpr int kSignificantDigits = 3;
  static constexpr std::int64_t kHighest = (std::int64_t{1} << 47) - 1;

  Histogram() : counts_(kCells) {}  // 300 KiB

  // A value below 0 counts as 0, one above kHighest as kHighest; both are counted as saturated.
  void record(std::int64_t value) { record(value, 1); }
  void record(std::int64_t value, std::int64_t times);  // times >= 0
  // As if everything that `other` holds had been recorded here.
  void merge(const Histogram& other);
  void clear();

  std::int64_t count() const;  // of all values, those that saturated included
  std::int64_t saturated() const { return saturated_; }
  std::int64_t min() const { return min_ <= max_ ? min_ : 0; }  // exact; 0 when empty
  std::int64_t max() const { return max_; }                     // exact; 0 when empty
  double mean() const;  // of the cells' middles: within a two-thousandth; 0 when empty
  double standard_deviation() const;  // of the cells' middles; 0 when empty
  // Nearest rank: the least value that `share` of all (0.999: p99.9) do not exceed, as the highest
  // value of its cell, but never above max(). 0 when empty.
  std::int64_t percentile(double share) const;

  // The cells, ascending, for who writes or draws them.
  static constexpr std::size_t kCells = 1024 * (47 - 11 + 2);
  std::span<const std::int64_t> cells() const { return counts_; }
  static constexpr std::size_t cell_of(std::int64_t value);  // 0 <= value <= kHighest
  static constexpr std::int64_t lowest_of(std::size_t cell);
  static constexpr std::int64_t highest_of(std::size_t cell) { return lowest_of(cell + 1) - 1; }

 private:
  static constexpr int kSubBits = 11;  // 2^11 is the first power above 2 * 10^3
  static constexpr std::size_t kHalf = std::size_t{1} << (kSubBits - 1);

  template <class Function>
  void for_each_cell(const Function& function) const;  // that holds a value: (middle, count)

  std::vector<std::int64_t> counts_;
  std::int64_t min_ = kHighest + 1, max_ = 0;  // min_ > max_: empty
  std::int64_t saturated_ = 0;
};

constexpr std::size_t Histogram::cell_of(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  // Values are shifted until they fit kSubBits, so that all but the smallest have the highest of
  // these bits set: a shift more is kHalf cells further.
  const int shift = static_cast<int>(std::bit_width(bits | (2 * kHalf - 1))) - kSubBits;
  return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(bits >> shift);
}

constexpr std::int64_t Histogram::lowest_of(std::size_t cell) {
  if (cell < 2 * kHalf) return static_cast<std::int64_t>(cell);
  const std::size_t shift = cell / kHalf - 1;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(cell % kHalf + kHalf) << shift);
}

inline void Histogram::record(std::int64_t value, std::int64_t times) {
  if (times <= 0) return;
  if (value < 0 || value > kHighest) [[unlikely]] {
    saturated_ += times;
    value = value < 0 ? 0 : kHighest;
  }
  counts_[cell_of(value)] += times;
  if (value < min_) min_ = value;
  if (value > max_) max_ = value;
}

}  // namespace quadrille
