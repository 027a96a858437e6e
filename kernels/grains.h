// Into what pieces loops over nodes are cut. The pieces go by size, never by the number of threads,
// so they are part of what gives the same bytes on any number of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quadrille {

inline constexpr std::int64_t kNodeGrain = 4096;             // nodes in a chunk: a node block
inline constexpr std::int64_t kWordGrain = kNodeGrain / 64;  // words of bits in it
// Steps of placement, which do little for each node.
inline constexpr std::int64_t kPlacementGrain = 16 * 1024;
// Nodes of a level: fewer are not worth a second thread.
inline constexpr std::int64_t kSerialLevel = 1024;
// Nodes that a worker finds before it appends them to the list of all.
inline constexpr std::size_t kNodesFoundAtOnce = 256;

constexpr std::int64_t chunks_of(std::int64_t count, std::int64_t grain) {
  return (count + grain - 1) / grain;
}

}  // namespace quadrille
