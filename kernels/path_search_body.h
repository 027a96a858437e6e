// The inner loops of whole searches for shortest paths, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

#include "kernels/buckets.h"

namespace quadrille {

// What is known of a node: its distance above its parent, so that the better of two finds is the
// smaller number and the lowest parent comes by itself.
using PathWord = std::uint64_t;
inline constexpr PathWord kNoPath = ~PathWord{0};
// A parent over an arc of weight 0 alone: any other one is lower.
inline constexpr std::uint32_t kZeroArcParent = ~std::uint32_t{0};

// Four times those of Sssp: narrow buckets, in which little is relaxed twice, reach as far.
inline constexpr std::int64_t kNumPathBuckets = 1024;
// Nodes that are written as one where none of them was reached.
inline constexpr int kPathBlockShift = 10;

// One worker's lists. A bucket's end is where its next entry goes: a chunk's end when that is full.
struct alignas(kCacheLineBytes) PathLists {
  static constexpr std::int32_t kLive = 128;  // what these lead to stays in the first cache
  static constexpr std::int32_t kAhead = 8;
  BucketEntry* ends[kNumPathBuckets];  // null: no entry
  std::uint64_t filled[kNumPathBuckets / 64];
  std::uint32_t* touched;  // 1: a node of the block was reached
  std::int32_t spare;      // empty chunks, taken before those of the pool
  std::int64_t first_dropped;
  std::int64_t edges;
  // Those being relaxed, out of their chunks, and a few more to look ahead at.
  BucketEntry live[kLive + BucketChunk::kCapacity + kAhead];
};

inline std::int32_t chunk_of(const BucketPool& pool, const BucketEntry* entry) {
  const std::uintptr_t chunk =
      reinterpret_cast<std::uintptr_t>(entry) & ~(std::uintptr_t{sizeof(BucketChunk)} - 1);
  return static_cast<std::int32_t>(reinterpret_cast<const BucketChunk*>(chunk) - pool.chunks);
}

struct PathState {
  const Adjacency* graph;
  PathWord* words;
  BucketPool pool;
  std::uint64_t bucket;  // being emptied
  int shift;
  // Nodes of so few arcs lead only back to where they were reached from: 1 without direction.
  std::uint32_t leaf_degree;
  bool few_arcs;  // a node
};

// Relaxes the arcs that leave the nodes of some of the bucket's chunks, which become the worker's.
struct RelaxPathsArgs {
  const PathState* state;
  PathLists* lists;
  const std::int32_t* chunks;
  std::int64_t num_chunks;
};
// The same for what this worker found in the bucket itself, until there is nothing left or more
// than `most_chunks`.
struct RelaxOwnArgs {
  const PathState* state;
  PathLists* lists;
  std::int64_t most_chunks;
};

struct RefillPathsArgs {
  const PathState* state;
  PathLists* lists;
  std::int64_t begin, end;
  std::uint64_t from;
};

struct LeastPathArgs {
  const PathWord* words;
  std::int64_t begin, end;
  std::uint64_t from;
};

struct WritePathsArgs {
  PathWord* words;
  std::int64_t begin, end;
  PathLength* distance;
  NodeID* parent;
};

struct PathBodies {
  // `_serial`: no other worker runs.
  void (*relax_serial)(const RelaxPathsArgs& args);
  void (*relax)(const RelaxPathsArgs& args);
  void (*relax_own_serial)(const RelaxOwnArgs& args);
  void (*relax_own)(const RelaxOwnArgs& args);
  // Puts nodes of [begin, end) whose distance is `from` or more into their buckets.
  void (*refill)(const RefillPathsArgs& args);
  // The least distance that is `from` or more among [begin, end); that of kNoPath if there is none.
  std::uint64_t (*least)(const LeastPathArgs& args);
  // Writes columns, and makes the words kNoPath for the next search.
  void (*write)(const WritePathsArgs& args);
};

}  // namespace quadrille
