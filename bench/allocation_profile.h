// What `profile arena` measures of each peer. Every sample is taken in a child process of its own;
// a round takes one sample of every peer, and every second round goes through them backwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/options.h"
#include "bench/peers/heap_peer.h"
#include "bench/progress.h"
#include "bench/statistics.h"
#include "engine/clock.h"
#include "engine/histogram.h"

namespace quadrille::program {

// Lists of `count` nodes, made and given back on each thread at a time. A sample a round.
struct NodeTimes {
  std::int64_t count = 0;
  int threads = 1;
  std::vector<double> ns;            // a node: made, written, given back, in memory used before
  std::vector<double> first_ns;      // the same, of the first list: its pages come from the system
  std::vector<double> give_back_ns;  // a whole list
  double median_ns() const { return summarize(ns).median; }
};

// Frames: blocks of 16 to 1,024 bytes, made and given back. A sample a round.
struct FrameTimes {
  Histogram histogram;  // ns a frame, of all rounds; without those that were preempted
  std::vector<double> median_ns, p999_ns, longest_ns;
  std::int64_t preempted = 0;  // the system took the core away: no pause of the allocator's
  std::vector<double> unused;  // share of the pages taken that no live block uses, at a frame's end
};

struct AllocationRow {
  HeapPeer peer;
  std::vector<NodeTimes> nodes;  // one a size of the options; no samples: not built
  NodeTimes threaded;            // no samples: made for one thread
  FrameTimes frames;
};

struct AllocationProfile {
  std::vector<AllocationRow> rows;
};

Result<AllocationProfile> measure_allocation(const ProfileArenaOptions& options,
                                             const TickClock& clock, Progress& progress);

// The parts, one sample each, as a child process takes them.
struct NodeSample {
  std::int64_t count = 1;  // of a list
  int threads = 1;
  std::int64_t least_nodes = 1;  // short lists are made again until there were so many
};
// {ns a node, ns a node of the first list, ns to give a list back}
Result<std::vector<double>> sample_nodes(const HeapPeer& peer, NodeSample sample,
                                         const TickClock& clock, std::uint64_t seed);
struct FrameSample {
  std::int64_t frames = 1;
  std::int64_t holes = 1;  // of an aged heap
};
// {frames preempted, ns of each other frame ...}
Result<std::vector<double>> sample_frames(const HeapPeer& peer, FrameSample sample,
                                          const TickClock& clock, std::uint64_t seed);
// {share that no live block uses of the pages taken for one frame of so many blocks, of which half
// were released, at random, while it went on}
Result<std::vector<double>> sample_unused(const HeapPeer& peer, std::int64_t blocks,
                                          std::uint64_t seed);

}  // namespace quadrille::program
