// Bars for what has no place on a map: how many nodes have which value, how many classes have which
// size.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/picture.h>

namespace quadrille {

// In at most 41 equal bins from 0; negative values (unreached) apart.
std::vector<Bar> value_histogram(std::span<const std::int64_t> values);

// By powers of two; no value is negative.
std::vector<Bar> power_histogram(std::span<const std::int64_t> values);

// Classes of equal labels, counted by powers of two of their size.
std::vector<Bar> class_sizes(std::vector<std::int64_t> labels);

}  // namespace quadrille
