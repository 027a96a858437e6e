// Bitmap: a set of small integers in words that someone else owns (a column, an arena, a vector).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace quadrille {

// Bit i is bit i % 64 of word i / 64, as in bit columns. One thread, but for set_atomic and for
// reads that do not overlap writes.
class Bitmap {
 public:
  static constexpr std::int64_t kBitsPerWord = 64;
  static constexpr std::size_t num_words(std::int64_t num_bits) {
    return static_cast<std::size_t>((num_bits + kBitsPerWord - 1) / kBitsPerWord);
  }

  explicit Bitmap(std::span<std::uint64_t> words) : words_(words) {}

  bool test(std::int64_t bit) const { return (words_[word_of(bit)] & mask_of(bit)) != 0; }
  void set(std::int64_t bit) { words_[word_of(bit)] |= mask_of(bit); }
  // Any threads at once; true for exactly one of those that set a clear bit. Relaxed: it orders
  // nothing but itself. Looks first, because most bits of a late frontier are set already.
  bool set_atomic(std::int64_t bit) {
    const std::atomic_ref word(words_[word_of(bit)]);
    const std::uint64_t mask = mask_of(bit);
    if ((word.load(std::memory_order_relaxed) & mask) != 0) return false;
    return (word.fetch_or(mask, std::memory_order_relaxed) & mask) == 0;
  }
  void clear() { std::fill(words_.begin(), words_.end(), std::uint64_t{0}); }
  std::span<std::uint64_t> words() const { return words_; }

 private:
  static std::size_t word_of(std::int64_t bit) {
    return static_cast<std::size_t>(bit / kBitsPerWord);
  }
  static std::uint64_t mask_of(std::int64_t bit) {
    return std::uint64_t{1} << (bit % kBitsPerWord);
  }
  std::span<std::uint64_t> words_;
};

}  // namespace quadrille
