// Scratch memory of a kernel: labelled arrays from an arena, taken once, before the first step.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <quadrille/arena.h>
#include <quadrille/status.h>

namespace quadrille {

// Sets `array` to `count` elements, the first at a multiple of `alignment`; not cleared.
template <class T>
Status allocate_scratch(Arena& arena, std::int64_t count, Label label, std::span<T>& array,
                        std::size_t alignment = kCacheLineBytes) {
  const auto size = static_cast<std::size_t>(count);
  void* const memory = size <= SIZE_MAX / sizeof(T)
                           ? arena.try_allocate(size * sizeof(T), alignment, label)
                           : nullptr;
  array = memory == nullptr ? std::span<T>() : std::span<T>(static_cast<T*>(memory), size);
  if (count == 0 || memory != nullptr) return Status::ok();
  return {StatusCode::kOutOfMemory, "scratch memory is full: no room for " + std::to_string(count) +
                                        " elements of '" + label.name + "'"};
}

}  // namespace quadrille
