// Sizes that tests of memory share.
#pragma once

#include <cstddef>

namespace quadrille::test {

inline constexpr std::size_t kMegabyte = std::size_t{1} << 20;

}  // namespace quadrille::test
