// Random: the one random generator of this project. SplitMix64 [1]: value i of a stream is a hash
// of the stream's start and i, so a chunk of work takes a stream of its own and yields the same
// numbers whoever runs it, in whatever order. Period 2^64 a stream; passes BigCrush. Not for
// secrets.
// [1] Steele, Lea, Flood. Fast Splittable Pseudorandom Number Generators. OOPSLA 2014; the mixer is
// Stafford's variant 13.
#pragma once

#include <cstdint>

namespace quadrille {

inline constexpr std::uint64_t mix_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

class Random {
 public:
  // Streams of one seed, and equal streams of different seeds, start at unrelated places.
  explicit constexpr Random(std::uint64_t seed, std::uint64_t stream = 0)
      : state_(mix_bits(mix_bits(seed + kGamma) + stream * kGamma)) {}

  constexpr std::uint64_t next() {
    state_ += kGamma;
    return mix_bits(state_);
  }
  // In [0, 1), a multiple of 2^-53.
  constexpr double next_unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  // In [0, bound), 0 < bound < 2^32; biased by less than bound / 2^32.
  constexpr std::uint32_t next_below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15ULL;  // odd, 2^64 over the golden ratio
  std::uint64_t state_;
};

}  // namespace quadrille
