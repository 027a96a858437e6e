// NodeQueue: an array of node ids to which many workers append. Each worker fills a buffer of its
// own and reserves room for all of it with one atomic add: a tail that every push moved would be
// the one cache line that all fight for. The order of the ids depends on the threads; only their
// set may matter.
#pragma once

#include <cstdint>

#include <quadrille/types.h>

namespace quadrille {

// 4,096 bytes, so that no two workers' buffers share a cache line.
struct alignas(kCacheLineBytes) QueueBuffer {
  static constexpr std::int64_t kCapacity = 1022;
  std::int64_t count;
  NodeID ids[kCapacity];
};
static_assert(sizeof(QueueBuffer) == 4096);

struct NodeQueue {
  NodeID* ids;         // room for all that will ever be appended
  std::int64_t* tail;  // ids appended; on a cache line of its own
};

}  // namespace quadrille
