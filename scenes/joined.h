// joined(): texts and whole numbers, one after another, as one text.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace quadrille {

template <class... Parts>
std::string joined(const Parts&... parts) {
  std::string text;
  const auto add = [&text](const auto& part) {
    if constexpr (std::integral<std::remove_cvref_t<decltype(part)>>) {
      text.append(std::to_string(part));
    } else {
      text.append(std::string_view(part));
    }
  };
  (add(parts), ...);
  return text;
}

}  // namespace quadrille
