// The integer types of the engine: one type for each meaning.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quadrille {

using NodeID = std::int32_t;      // index of a node in one graph, internal order; < 2^31
using EdgeOffset = std::int64_t;  // index into an edge slab; may exceed 2^31
using BodyID = std::int32_t;      // index of a body or point, in the order of the input
using Distance = std::int32_t;    // hops; kDistInf where unreached
using PathLength = std::int64_t;  // sum of weights along a path; kPathInf where unreached
using Weight = std::int32_t;      // weight of an edge, >= 0 for shortest paths

// -1 in columns and dumps alike; read as unsigned it is the largest, so kernels compare unsigned.
inline constexpr Distance kDistInf = -1;
inline constexpr PathLength kPathInf = -1;
inline constexpr NodeID kNoParent = -1;

// A node block, a column block, a WebAssembly page.
inline constexpr std::size_t kBlockBytes = 64 * 1024;
inline constexpr std::size_t kCacheLineBytes = 64;

}  // namespace quadrille
