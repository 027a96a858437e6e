// What leaves' bodies are copied or gathered with, four at a time, and what is seen on the way.
#pragma once

#include <algorithm>
#include <cstdint>

#include <quadrille/quadtree.h>

#include "engine/float_quad.h"
#include "kernels/float_range.h"
#include "kernels/quadtree_leaves.h"

namespace quadrille {

// The ends of what was seen on one axis, in each of four lanes. Not-a-number does not count.
struct LeafExtent {
  FloatQuad low = FloatQuad{} + kFloatInfinity, high = FloatQuad{} - kFloatInfinity;
  void add(const FloatQuad& values) {
    low = lesser(values, low);
    high = greater(values, high);
  }
};

// The same, and whether anything was not-a-number.
struct WatchedExtent : LeafExtent {
  IntQuad odd{};
  void add(const FloatQuad& values) {
    LeafExtent::add(values);
    odd |= values != values;
  }
};

// The box of both axes, infinite where coordinates are.
inline FloatQuad edges_of(const LeafExtent& x, const LeafExtent& y) {
  const auto halved = [](const LeafExtent& axis) {  // two minima, two maxima, their sign changed
    const FloatQuad opposite = -axis.high;
    return lesser(__builtin_shufflevector(axis.low, opposite, 0, 1, 4, 5),
                  __builtin_shufflevector(axis.low, opposite, 2, 3, 6, 7));
  };
  const FloatQuad of_x = halved(x), of_y = halved(y);
  const FloatQuad edges = lesser(__builtin_shufflevector(of_x, of_y, 0, 4, 2, 6),
                                 __builtin_shufflevector(of_x, of_y, 1, 5, 3, 7));
  return with_maxima_negated(edges);
}

// visit(at) for bodies at, ..., at + 3, so that all of `count`, four or more, are visited; some
// twice, which changes neither what is written nor a minimum. A leaf's are eight such steps,
// however few they are: no branch to guess.
template <class Visit>
inline void for_each_four(std::int32_t count, const Visit& visit) {
  if (count <= kLeafCapacity) {
#pragma GCC unroll 8
    for (std::int32_t i = 0; i < kLeafCapacity; i += 4) visit(std::min(i, count - 4));
  } else {
    for (std::int32_t i = 0; i < count; i += 4) visit(std::min(i, count - 4));
  }
}

// Of what stands there.
template <class Extent>
inline Extent extent_of(const float* from, std::int32_t count) {
  Extent extent;
  if (count < 4) {
    for (std::int32_t i = 0; i < count; ++i) extent.add(FloatQuad{} + from[i]);
  } else {
    for_each_four(count, [&](std::int32_t at) { extent.add(load_four(from + at)); });
  }
  return extent;
}

// to[i] = from[i]
template <class Extent>
inline Extent copy_axis(const float* from, std::int32_t count, float* to) {
  Extent extent;
  if (count < 4) {
    for (std::int32_t i = 0; i < count; ++i) extent.add(FloatQuad{} + (to[i] = from[i]));
    return extent;
  }
  for_each_four(count, [&](std::int32_t at) {
    const FloatQuad values = load_four(from + at);
    store_four(to + at, values);
    extent.add(values);
  });
  return extent;
}

// to[i] = from[ids[i]]: here each step costs, and the branch at the end is cheaper.
template <class Extent>
inline Extent gather_axis(const float* from, const BodyID* ids, std::int32_t count, float* to) {
  Extent extent;
  if (count < 4) {
    for (std::int32_t i = 0; i < count; ++i) extent.add(FloatQuad{} + (to[i] = from[ids[i]]));
    return extent;
  }
  for (std::int32_t i = 0; i < count; i += 4) {
    const std::int32_t at = std::min(i, count - 4);
    const FloatQuad values{from[ids[at]], from[ids[at + 1]], from[ids[at + 2]], from[ids[at + 3]]};
    store_four(to + at, values);
    extent.add(values);
  }
  return extent;
}

// Whether ascending ids leave none out.
inline bool is_run(const BodyID* ids, std::int32_t count) {
  return ids[count - 1] - ids[0] == count - 1;
}

}  // namespace quadrille
