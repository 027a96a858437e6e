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

// Moves `at` past a number of 1 to 8 digits. Nine characters are there to be looked at.
inline bool take_plain_number(const char*& at, std::uint32_t& value) {
  if constexpr (std::endian::native != std::endian::little) return false;
  std::uint64_t digits = 0;
  std::memcpy(&digits, at, sizeof digits);
  digits ^= 0x3030303030303030U;
  // A byte above 9 has its highest bit set here, and what lies above it in the word may be wrong.
  const std::uint64_t others =
      ((digits + 0x7676767676767676U) | digits) & std::uint64_t{0x8080808080808080U};
  const int length = std::countr_zero(others) >> 3;  // 8: there are none
  if (length == 0 || (length == 8 && static_cast<unsigned>(at[8] - '0') <= 9)) return false;
  digits <<= 64 - 8 * length;            // zeros in front
  digits = digits * 10 + (digits >> 8);  // pairs of digits, in each second byte
  constexpr std::uint64_t kPairs = 0x000000ff000000ffU;
  value = static_cast<std::uint32_t>(
      ((digits & kPairs) * 0x000f424000000064U + ((digits >> 16) & kPairs) * 0x0000271000000001U) >>
      32);
  at += length;
  return true;
}

// On true `at` stands on the next line. `weight` null: the line has two numbers, else three.
inline bool take_plain_line(const char*& at, NodeID& u, NodeID& v, std::uint32_t* weight) {
  const auto separates = [](char c) { return c == ' ' || c == '\t' || c == ','; };
  const char* p = at;
  std::uint32_t first = 0, second = 0;
  if (!take_plain_number(p, first) || !separates(*p++)) return false;
  if (!take_plain_number(p, second)) return false;
  if (weight != nullptr && (!separates(*p++) || !take_plain_number(p, *weight))) return false;
  if (*p != '\n') return false;
  at = p + 1;
  u = static_cast<NodeID>(first);
  v = static_cast<NodeID>(second);
  return true;
}

}  // namespace quadrille
