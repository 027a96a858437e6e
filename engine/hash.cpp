#include "engine/hash.h"

// All of xxhash inside this object: no symbol leaves it and an installed quadrille needs no
// library.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <new>

namespace quadrille {
namespace {

// State is little-endian wherever it lies, so its hash is taken over the bytes as they are.
static_assert(std::endian::native == std::endian::little);

XXH3_state_t* as_state(std::byte* bytes) {
  return std::launder(reinterpret_cast<XXH3_state_t*>(bytes));
}
const XXH3_state_t* as_state(const std::byte* bytes) {
  return std::launder(reinterpret_cast<const XXH3_state_t*>(bytes));
}

constexpr std::uint32_t kMinusZero = 0x80000000u;

}  // namespace

StateHasher::StateHasher() {
  static_assert(sizeof(XXH3_state_t) <= sizeof(state_) && alignof(XXH3_state_t) <= 64);
  XXH3_INITSTATE(::new (state_) XXH3_state_t);
  XXH3_128bits_reset(as_state(state_));
}

void StateHasher::add(std::span<const std::byte> bytes) {
  if (!bytes.empty()) XXH3_128bits_update(as_state(state_), bytes.data(), bytes.size());
}

void StateHasher::add(std::span<const float> values) {
  std::array<std::uint32_t, 1024> words;  // 4 KiB: stays in the first cache level
  while (!values.empty()) {
    const std::size_t count = std::min(values.size(), words.size());
    std::memcpy(words.data(), values.data(), count * sizeof(float));
    for (std::size_t i = 0; i < count; ++i) words[i] = words[i] == kMinusZero ? 0 : words[i];
    add(std::as_bytes(std::span(words.data(), count)));
    values = values.subspan(count);
  }
}

StateHash StateHasher::digest() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(as_state(state_));
  return {hash.high64, hash.low64};
}

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

}  // namespace quadrille
