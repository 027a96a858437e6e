// An image in a region, to be looked at and damaged.
#pragma once

#include <cstddef>
#include <span>

#include "engine/region.h"
#include "engine/slab.h"

namespace quadrille {

inline std::span<std::byte> bytes_of(Region& image) { return {image.base(), image.capacity()}; }

inline HeaderSlab& header_of(Region& image) { return *reinterpret_cast<HeaderSlab*>(image.base()); }

template <class T>
T* slab_of(Region& image, SlabName name) {
  return reinterpret_cast<T*>(image.base() + header_of(image).slabs[name].offset);
}

}  // namespace quadrille
