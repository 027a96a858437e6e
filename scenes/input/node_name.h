// NumberName and TextName: what a NameTable holds of a node's name, and how it is hashed and
// compared.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <quadrille/types.h>

#include "engine/hash.h"
#include "engine/random.h"

namespace quadrille {

// A place of the table; `rank` is kFree where it is empty.
inline constexpr NodeID kFreePlace = -1;

struct NumberName {
  using Key = std::uint64_t;
  struct Place {
    std::uint64_t number = 0;
    NodeID rank = kFreePlace;
  };
  static std::uint64_t hash(Key key, std::uint64_t seed) { return mix_bits(key ^ seed); }
  static bool equals(const Place& place, Key key, std::uint64_t) { return place.number == key; }
  static std::uint64_t rehash(const Place& place, std::uint64_t seed) {
    return hash(place.number, seed);
  }
  static std::size_t bytes(Key) { return 0; }  // beside the place
  static void store(Place& place, Key key, std::uint64_t, char*) { place.number = key; }
  // Ascends with the name; the names of two alike are compared.
  static std::uint64_t front(const Place& place) { return place.number; }
  static bool is_before(const Place&, const Place&) { return false; }
};

struct TextName {
  using Key = std::string_view;
  static constexpr std::size_t kMostInside = 16;
  // 32 bytes. Most texts stand inside: to compare them takes no look elsewhere.
  struct Place {
    char inside[kMostInside] = {};  // or the address of where it stands
    std::uint64_t hash = 0;
    std::uint32_t size = 0;
    NodeID rank = kFreePlace;

    std::string_view view() const {
      if (size <= kMostInside) return {inside, size};
      const char* text = nullptr;
      std::memcpy(&text, inside, sizeof text);
      return {text, size};
    }
  };
  static_assert(sizeof(Place) == 32);

  static std::uint64_t hash(Key key, std::uint64_t seed) { return hash_text(key, seed); }
  static bool equals(const Place& place, Key key, std::uint64_t hash) {
    return place.hash == hash && place.view() == key;
  }
  static std::uint64_t rehash(const Place& place, std::uint64_t) { return place.hash; }
  static std::size_t bytes(Key key) { return key.size() <= kMostInside ? 0 : key.size(); }
  static void store(Place& place, Key key, std::uint64_t hash, char* to) {
    if (key.size() <= kMostInside) {
      std::memcpy(place.inside, key.data(), key.size());
    } else {
      std::memcpy(to, key.data(), key.size());
      std::memcpy(place.inside, &to, sizeof to);
    }
    place.hash = hash;
    place.size = static_cast<std::uint32_t>(key.size());
  }
  static std::uint64_t front(const Place& place) {  // its first eight bytes, as a number
    const std::string_view text = place.view();
    std::uint64_t front = 0;
    for (std::size_t i = 0; i < sizeof front; ++i)
      front = front << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
    return front;
  }
  static bool is_before(const Place& a, const Place& b) { return a.view() < b.view(); }
};

}  // namespace quadrille
