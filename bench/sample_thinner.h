// SampleThinner: so many samples that a buffer of constant size holds them, spread evenly over all
// that were offered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quadrille::program {

struct TimedSample {
  std::int64_t at_ticks = 0;  // when it began
  std::int64_t ns = 0;
};

// Keeps each k-th sample, k a power of two: when the buffer is full every second one of it goes and
// k doubles. One thread at a time; add() allocates nothing.
class SampleThinner {
 public:
  explicit SampleThinner(std::size_t capacity) : capacity_(capacity) { kept_.reserve(capacity); }

  void add(const TimedSample& sample) {
    if ((offered_++ & (stride_ - 1)) != 0) return;
    if (kept_.size() == capacity_) {
      thin();
      // Its turn comes with a stride twice as long only if it stands at an even place.
      if (((offered_ - 1) & (stride_ - 1)) != 0) return;
    }
    kept_.push_back(sample);
  }
  const std::vector<TimedSample>& kept() const { return kept_; }
  std::int64_t offered() const { return static_cast<std::int64_t>(offered_); }

 private:
  void thin() {
    std::size_t to = 0;
    for (std::size_t from = 0; from < kept_.size(); from += 2) kept_[to++] = kept_[from];
    kept_.resize(to);
    stride_ *= 2;
  }

  std::size_t capacity_;
  std::vector<TimedSample> kept_;
  std::uint64_t offered_ = 0, stride_ = 1;
};

}  // namespace quadrille::program
