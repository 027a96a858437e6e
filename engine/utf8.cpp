#include "engine/utf8.h"

#include <cstddef>

namespace quadrille {
namespace {

// Lead bytes from `first` to `last` start a sequence of `length` bytes, whose second one lies from
// `least` to `most`: so no overlong form, no surrogate and nothing beyond U+10FFFF is well-formed
// (table 3-7 of the Unicode standard).
struct Sequence {
  unsigned char first, last, least, most;
  std::size_t length;
};
constexpr Sequence kSequences[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

unsigned char byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

// Of the well-formed sequence that `text` starts with; 0: it starts with none.
std::size_t sequence_length(std::string_view text) {
  const unsigned char lead = byte_at(text, 0);
  for (const Sequence& sequence : kSequences) {
    if (lead < sequence.first || lead > sequence.last) continue;
    if (sequence.length > text.size()) return 0;
    if (sequence.length > 1 &&
        (byte_at(text, 1) < sequence.least || byte_at(text, 1) > sequence.most)) {
      return 0;
    }
    for (std::size_t i = 2; i < sequence.length; ++i) {
      if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
    }
    return sequence.length;
  }
  return 0;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      valid += '?';
      text.remove_prefix(1);
    } else {
      valid.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return valid;
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace quadrille
