// valid_utf8, is_valid_utf8: text as formats want it that hold UTF-8 only.
#pragma once

#include <string>
#include <string_view>

namespace quadrille {

// `text` with each byte that belongs to no well-formed UTF-8 sequence replaced by '?'.
std::string valid_utf8(std::string_view text);
// Whether there is no such byte.
bool is_valid_utf8(std::string_view text);

}  // namespace quadrille
