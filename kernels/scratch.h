// Scratch memory of a kernel: labelled arrays from an arena, taken once, before the first step.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <quadrille/arena.h>
#include <quadrille/status.h>

namespace quadrille {

// Sets `array` to `count` elements; not cleared.
template <class T>
Status allocate_scratch(Arena& arena, std::int64_t count, Label label, std::span<T>& array) {
  array = arena.try_allocate_array<T>(static_cast<std::size_t>(count), label);
  if (count == 0 || !array.empty()) return Status::ok();
  return {StatusCode::kOutOfMemory, "scratch memory is full: no room for " + std::to_string(count) +
                                        " elements of '" + label.name + "'"};
}

}  // namespace quadrille
