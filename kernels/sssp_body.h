// The inner loops of delta-stepping, as the kernel table holds them.
#pragma once

#include <cstdint>

#include <quadrille/graph.h>

#include "kernels/buckets.h"
#include "kernels/node_queue.h"

namespace quadrille {

// What all parts of one bucket's work share.
struct SsspState {
  const Adjacency* graph;
  const Adjacency* transpose;
  PathLength* distance;
  NodeID* parent;
  std::uint64_t* active;  // nodes whose distance this step lowered; null: not wanted
  BucketPool pool;
  NodeQueue lowered;  // the same nodes as a list; what does not fit is counted alone
  std::int64_t lowered_capacity;
  std::int64_t bucket;  // being emptied: distances in [bucket, bucket + 1) << shift
  int shift;
};

// Relaxes the arcs that leave a chunk's nodes.
struct RelaxArgs {
  const SsspState* state;
  const BucketChunk* chunk;
  BucketLists* lists;    // this worker's
  QueueBuffer* lowered;  // this worker's buffer before state->lowered
};

// Puts every node of [begin, end) whose distance is `from` or more into its bucket.
struct RefillArgs {
  const SsspState* state;
  BucketLists* lists;
  std::int64_t begin, end;
  PathLength from;
};

// For each node settled in the chunk, the lowest in-neighbour that is nearer and tight; kNoParent
// where there is none.
struct SsspParentArgs {
  const SsspState* state;
  const BucketChunk* chunk;
};

// The least distance that is `from` or more among [begin, end), or kPathInf.
struct NextDistanceArgs {
  const PathLength* distance;
  std::int64_t begin, end;
  PathLength from;
};

struct SsspBodies {
  void (*relax_serial)(const RelaxArgs& args);  // no other worker runs
  void (*relax)(const RelaxArgs& args);
  void (*refill)(const RefillArgs& args);
  void (*parents)(const SsspParentArgs& args);
  PathLength (*next_distance)(const NextDistanceArgs& args);
};

}  // namespace quadrille
