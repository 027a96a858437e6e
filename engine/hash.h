// StateHasher: XXH3-128 over a stream of bytes, and (in hash.cpp) the only door to xxhash.
// Allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <quadrille/frame.h>

namespace quadrille {

class StateHasher {
 public:
  StateHasher();
  StateHasher(const StateHasher&) = delete;
  StateHasher& operator=(const StateHasher&) = delete;

  void add(std::span<const std::byte> bytes);
  // -0 counts as +0, because they compare equal. A NaN counts by its bits: NaNs of different sign
  // or payload differ, and a scene that makes NaNs gets the hash of exactly those.
  void add(std::span<const float> values);
  StateHash digest() const;  // of all that was added so far; more may follow

 private:
  // An XXH3_state_t, which only hash.cpp knows (and checks).
  alignas(64) std::byte state_[576];
};

// XXH3-64 of a text; who does not know the seed cannot choose texts of one hash.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed);

}  // namespace quadrille
