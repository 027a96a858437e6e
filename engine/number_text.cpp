#include "engine/number_text.h"

#include <charconv>

namespace quadrille {
namespace {

// std::to_chars writes 1e+16 and 1e-06.
std::string without_padding(std::string text) {
  const std::size_t exponent = text.find('e');
  if (exponent == std::string::npos) return text;
  std::size_t digits = exponent + 1;
  if (text[digits] == '+')
    text.erase(digits, 1);
  else
    ++digits;
  while (digits + 1 < text.size() && text[digits] == '0') text.erase(digits, 1);
  return text;
}

template <class Real>
std::string text_of(Real value) {
  char text[32];  // the longest double takes 24
  const char* const end = std::to_chars(text, text + sizeof text, value).ptr;
  return without_padding({static_cast<const char*>(text), end});
}

}  // namespace

std::string number_text(float value) { return text_of(value); }
std::string number_text(double value) { return text_of(value); }

std::string noun_for(std::int64_t count, std::string_view one) {
  std::string noun(one);
  if (count == 1) return noun;
  if (!noun.ends_with('y')) return noun + 's';
  noun.pop_back();
  return noun + "ies";
}

std::string counted(std::int64_t count, std::string_view one) {
  return std::to_string(count).append(" ").append(noun_for(count, one));
}

}  // namespace quadrille
