// Plain lines, eight characters at once: whole numbers of at most 8 digits, one separator between
// them, a line feed after the last. Nearly every line of nearly every edge list is one; LineCursor
// reads the others, and words what is wrong with them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <quadrille/types.h>

namespace quadrille {

// So many characters may be looked at from the beginning of a plain line of three numbers on.
inline constexpr std::ptrdiff_t kPlainLineBytes = 3 * 8 + 16;

// The digits at the front of eight characters, each less '0': how many (8: all), and their value.
struct PlainDigits {
  std::uint64_t digits;
  int count;

  explicit PlainDigits(const char* at) {
    std::memcpy(&digits, at, sizeof digits);
    digits ^= 0x3030303030303030U;
    // A byte above 9 has its highest bit set here, and what lies above it in the word may be wrong.
    const std::uint64_t others =
        ((digits + 0x7676767676767676U) | digits) & std::uint64_t{0x8080808080808080U};
    count = std::countr_zero(others) >> 3;
  }
  std::uint32_t value() const {                        // of one digit or more
    std::uint64_t pairs = digits << (64 - 8 * count);  // zeros in front
    pairs = pairs * 10 + (pairs >> 8);                 // pairs of digits, in each second byte
    constexpr std::uint64_t kPairs = 0x000000ff000000ffU;
    return static_cast<std::uint32_t>(
        ((pairs & kPairs) * 0x000f424000000064U + ((pairs >> 16) & kPairs) * 0x0000271000000001U) >>
        32);
  }
};

// Moves `at` past a number of 1 to 8 digits. Nine characters are there to be looked at.
inline bool take_plain_number(const char*& at, std::uint32_t& value) {
  if constexpr (std::endian::native != std::endian::little) return false;
  const PlainDigits digits(at);
  if (digits.count == 0 || (digits.count == 8 && static_cast<unsigned>(at[8] - '0') <= 9))
    return false;
  value = digits.value();
  at += digits.count;
  return true;
}

// The same of numbers that 64 bits hold. 24 characters are there to be looked at.
inline bool take_plain_number(const char*& at, std::uint64_t& value) {
  if constexpr (std::endian::native != std::endian::little) return false;
  constexpr std::uint32_t kPowers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
  std::uint64_t sum = 0;
  for (int word = 0; word < 3; ++word) {
    const PlainDigits digits(at + 8 * word);
    if (digits.count == 8) {
      sum = sum * 100000000 + digits.value();  // of 24 digits, which are refused below
      continue;
    }
    if (word + digits.count == 0 || (word == 2 && digits.count > 4)) return false;
    const std::uint64_t last = digits.count == 0 ? 0 : digits.value();
    if (__builtin_mul_overflow(sum, std::uint64_t{kPowers[digits.count]}, &sum) ||
        __builtin_add_overflow(sum, last, &value)) {
      return false;
    }
    at += 8 * word + digits.count;
    return true;
  }
  return false;
}

inline bool separates_plainly(char c) { return c == ' ' || c == '\t' || c == ','; }

// What follows the ends of an edge: nothing, or (`weight` not null) a number. On true `at` stands
// on the next line.
inline bool end_plain_line(const char*& at, std::uint32_t* weight) {
  if (weight != nullptr && (!separates_plainly(*at++) || !take_plain_number(at, *weight)))
    return false;
  return *at++ == '\n';
}

// On true `at` stands on the next line. `weight` null: the line has two numbers, else three.
inline bool take_plain_line(const char*& at, NodeID& u, NodeID& v, std::uint32_t* weight) {
  const char* p = at;
  std::uint32_t first = 0, second = 0;
  if (!take_plain_number(p, first) || !separates_plainly(*p++)) return false;
  if (!take_plain_number(p, second) || !end_plain_line(p, weight)) return false;
  at = p;
  u = static_cast<NodeID>(first);
  v = static_cast<NodeID>(second);
  return true;
}

}  // namespace quadrille
