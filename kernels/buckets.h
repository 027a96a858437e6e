// Buckets of tentative distances for delta-stepping: lists of chunks out of one pool of fixed size.
//
// Each worker has lists of its own, so that adding an entry takes no atomic but for one pop from
// the pool in 63. The buckets are a ring: bucket b has slot b mod kNumBuckets, and at any time only
// the kNumBuckets from the current one on exist. What lies beyond them, or finds the pool empty, is
// not kept but noted (first_dropped): the distance column itself holds all that a bucket needs to
// be filled again, so memory is bounded and nothing is lost.
#pragma once

#include <cstdint>

#include <quadrille/types.h>

namespace quadrille {

// 8 bytes. Stale once the node's distance has other low bits: it was lowered, and has a newer
// entry.
struct BucketEntry {
  std::uint32_t distance_low;
  NodeID node;
};

inline constexpr std::int32_t kNoChunk = -1;

// 512 bytes: eight cache lines. In a pool aligned to that, too, an entry's address tells its chunk,
// and the end of the last entry is a multiple of 512.
struct alignas(kCacheLineBytes) BucketChunk {
  static constexpr std::int32_t kCapacity = 63;
  std::int32_t count;
  std::int32_t next;  // of the same list, or kNoChunk
  BucketEntry entries[kCapacity];
};
static_assert(sizeof(BucketChunk) == 512);

// A longer list of one worker is better shared with the others.
inline constexpr std::int64_t kFusedChunks = 16;

// While workers run, chunks are only taken; they are given back between.
struct BucketPool {
  BucketChunk* chunks;
  std::int32_t* free_chunks;  // a stack
  // Below 0: how often it was found empty; on a cache line of its own.
  std::int64_t* num_free;
};

inline constexpr std::int64_t kNumBuckets = 256;

// One worker's lists.
struct alignas(kCacheLineBytes) BucketLists {
  std::int32_t heads[kNumBuckets];  // the chunk being filled, before the full ones
  std::int32_t done;                // chunks whose entries were relaxed in this step
  std::int32_t spare;               // empty chunks, taken before those of the pool
  std::int64_t first_dropped;       // least bucket of an entry that was not kept
  std::int64_t edges;               // arcs looked at
};

}  // namespace quadrille
