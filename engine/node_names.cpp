#include "engine/node_names.h"

#include <algorithm>
#include <charconv>

#include "engine/utf8.h"

namespace quadrille {
namespace {

bool is_separator(char c) { return c == ' ' || c == ',' || c == ';'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// U+0080 to U+009F, which terminals obey; U+FFFE and U+FFFF, which XML cannot hold. In UTF-8.
bool holds_wide_control(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
    if (lead != 0xef || i + 2 >= text.size()) continue;
    if (text.substr(i, 3) == "\xef\xbf\xbe" || text.substr(i, 3) == "\xef\xbf\xbf") return true;
  }
  return false;
}

}  // namespace

std::string NodeNames::operator[](NodeID user) const {
  if (are_texts()) return std::string(text(user));
  return numbers_.empty() ? std::to_string(user) : std::to_string(number(user));
}

NodeID NodeNames::find(std::string_view name) const {
  if (are_texts()) {
    NodeID low = 0, high = size();
    while (low < high) {
      const NodeID middle = low + (high - low) / 2;
      if (text(middle) < name)
        low = middle + 1;
      else
        high = middle;
    }
    return low < size() && text(low) == name ? low : -1;
  }
  std::uint64_t value = 0;
  if (!parse_node_number(name, value)) return -1;
  const auto place = std::lower_bound(numbers_.begin(), numbers_.end(), value);
  if (place == numbers_.end() || *place != value) return -1;
  return static_cast<NodeID>(place - numbers_.begin());
}

bool parse_node_number(std::string_view text, std::uint64_t& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && !text.empty();
}

const char* find_name_fault(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > kMostNameBytes) return "is longer than 1024 bytes";
  if (text.front() == '#' || text.front() == '%') return "begins as a comment does";
  if (std::ranges::any_of(text, is_control)) return "holds a control character";
  if (std::ranges::any_of(text, is_separator)) return "holds a separator";
  if (text.find('"') != std::string_view::npos) return "holds a quotation mark";
  const bool is_ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return nullptr;
  if (!is_valid_utf8(text)) return "is not UTF-8";
  return holds_wide_control(text) ? "holds a control character" : nullptr;
}

bool are_names(const NodeNames& names, NodeID begin, NodeID end) {
  if (!names.are_texts()) {
    for (NodeID user = std::max<NodeID>(begin, 1); user < end; ++user) {
      if (names.number(user - 1) >= names.number(user)) return false;
    }
    return true;
  }
  const auto offset = [&](NodeID user) { return names.offsets()[static_cast<std::size_t>(user)]; };
  const std::uint64_t bytes = names.bytes().size();
  if (offset(0) != 0 || offset(names.size()) != bytes) return false;
  const auto lies_inside = [&](NodeID user) {
    return offset(user) <= offset(user + 1) && offset(user + 1) <= bytes;
  };
  if (begin > 0 && !lies_inside(begin - 1)) return false;
  for (NodeID user = begin; user < end; ++user) {
    if (!lies_inside(user) || find_name_fault(names.text(user)) != nullptr) return false;
    if (user > 0 && names.text(user - 1) >= names.text(user)) return false;
  }
  return true;
}

}  // namespace quadrille
