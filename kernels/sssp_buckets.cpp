// Sssp, second part: the life of a bucket. It is emptied again and again until nothing falls back
// into it; then its nodes are settled; then the next bucket with a live entry is looked for, or
// filled from the distances themselves.
#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/sssp.h"

namespace quadrille {
namespace {

// Fewer are relaxed sooner than a second thread wakes up.
constexpr std::int64_t kSerialChunks = 4;
constexpr std::int64_t kMinWindowSteps = kNumBuckets / 4;
constexpr std::int64_t kNothingDropped = std::numeric_limits<std::int64_t>::max();

bool is_longer(const BucketPool& pool, std::int32_t head, std::int64_t length) {
  for (; head != kNoChunk && length > 0; --length) head = pool.chunks[head].next;
  return head != kNoChunk;
}

void give_back(const BucketPool& pool, std::int32_t chunk) {
  *pool.num_free = std::max<std::int64_t>(*pool.num_free, 0);
  pool.free_chunks[(*pool.num_free)++] = chunk;
}

}  // namespace

std::int64_t Sssp::first_dropped() const {
  std::int64_t first = kNothingDropped;
  for (const BucketLists& lists : lists_) first = std::min(first, lists.first_dropped);
  return first;
}

// Fills the ring that starts at `bucket` anew, from the distances of all nodes that are not
// settled.
void Sssp::refill(std::int64_t bucket) {
  for (BucketLists& lists : lists_) {
    std::fill_n(lists.heads, kNumBuckets, kNoChunk);
    lists.done = lists.spare = kNoChunk;
    lists.first_dropped = kNothingDropped;
  }
  for (std::int64_t i = 0; i < num_chunks_; ++i)
    state_.pool.free_chunks[i] = static_cast<std::int32_t>(i);
  *state_.pool.num_free = num_chunks_;
  state_.bucket = bucket;
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int worker) {
                         kernels_->refill({.state = &state_,
                                           .lists = &lists_[at(worker)],
                                           .begin = begin,
                                           .end = end,
                                           .from = settled_below_});
                       });
}

void Sssp::empty_bucket() {
  for (;;) {
    const std::int64_t num_chunks = collect();
    if (num_chunks != 0) {
      relax_collected(num_chunks);
    } else if (first_dropped() <= state_.bucket) {  // the pool ran out
      refill(state_.bucket);
    } else {
      return;
    }
  }
}

// Takes all chunks out of the current bucket's lists.
std::int64_t Sssp::collect() {
  std::int64_t count = 0;
  for (BucketLists& lists : lists_) {
    std::int32_t& head = lists.heads[state_.bucket % kNumBuckets];
    for (std::int32_t id = std::exchange(head, kNoChunk); id != kNoChunk;
         id = state_.pool.chunks[id].next) {
      collected_[at(count++)] = id;
    }
  }
  *state_.pool.num_free = std::max<std::int64_t>(*state_.pool.num_free, 0);
  return count;
}

void Sssp::relax_collected(std::int64_t num_chunks) {
  const bool shared = parallel_->num_workers() > 1 && num_chunks >= kSerialChunks;
  std::atomic<std::int64_t> next = 0;
  // Not a chunk of work each: who is done goes on with what it found itself, before all meet again.
  parallel_->for_chunks(shared ? parallel_->num_workers() : 1, [&](std::int64_t, int worker) {
    for (std::int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < num_chunks;) {
      relax_chunk(collected_[at(i)], worker, shared);
    }
    relax_own_list(worker, shared);
  });
}

// Round after round, each over all that the round before found: newest first would relax far more.
void Sssp::relax_own_list(int worker, bool shared) {
  std::int32_t& head = lists_[at(worker)].heads[state_.bucket % kNumBuckets];
  while (head != kNoChunk && !(shared && is_longer(state_.pool, head, kFusedChunks))) {
    for (std::int32_t id = std::exchange(head, kNoChunk); id != kNoChunk;) {
      const std::int32_t next = state_.pool.chunks[id].next;
      relax_chunk(id, worker, shared);
      id = next;
    }
  }
}

void Sssp::relax_chunk(std::int32_t id, int worker, bool shared) {
  BucketLists& lists = lists_[at(worker)];
  const RelaxArgs args{.state = &state_,
                       .chunk = &state_.pool.chunks[id],
                       .lists = &lists,
                       .lowered = &buffers_[at(worker)]};
  shared ? kernels_->relax(args) : kernels_->relax_serial(args);
  keep_done(id, lists);
}

// Rounds of few nodes leave chunks of few entries: what fits moves into the last one that is done,
// or a long chain of nodes in one bucket would take a chunk for each.
void Sssp::keep_done(std::int32_t id, BucketLists& lists) {
  BucketChunk& chunk = state_.pool.chunks[id];
  if (lists.done != kNoChunk) {
    BucketChunk& last = state_.pool.chunks[lists.done];
    if (last.count + chunk.count <= BucketChunk::kCapacity) {
      std::copy_n(chunk.entries, chunk.count, last.entries + last.count);
      last.count += chunk.count;
      chunk.next = std::exchange(lists.spare, id);
      return;
    }
  }
  chunk.next = std::exchange(lists.done, id);
}

// Parents of the bucket's nodes: their distances, and those of all nodes nearer, are final.
void Sssp::settle(const SsspColumns& columns) {
  std::int64_t count = 0;
  for (BucketLists& lists : lists_) {
    for (std::int32_t id = std::exchange(lists.done, kNoChunk); id != kNoChunk;
         id = state_.pool.chunks[id].next) {
      collected_[at(count++)] = id;
    }
    edges_examined_ += std::exchange(lists.edges, 0);
  }
  const auto set_parents = [&](std::int64_t i, int) {
    kernels_->parents({.state = &state_, .chunk = &state_.pool.chunks[collected_[at(i)]]});
  };
  if (count < kSerialChunks) {
    for (std::int64_t i = 0; i < count; ++i) set_parents(i, 0);
  } else {
    parallel_->for_chunks(count, set_parents);
  }
  note_settled(count);
  for (std::int64_t i = 0; i < count; ++i) {
    if (zero_arcs_.needed())
      zero_arcs_.add(state_.pool.chunks[collected_[at(i)]], columns.distance, columns.parent);
    give_back(state_.pool, collected_[at(i)]);
  }
  zero_arcs_.assign(columns.distance, columns.parent);
  settled_below_ = (state_.bucket + 1) << shift_;
}

void Sssp::find_next_bucket() {
  const std::int64_t dropped = first_dropped();
  const std::int64_t end = std::min(state_.bucket + kNumBuckets, dropped);
  for (std::int64_t bucket = state_.bucket + 1; bucket < end; ++bucket) {
    if (has_live_entry(bucket)) return enter_bucket(bucket);
  }
  const PathLength least = dropped == kNothingDropped ? kPathInf : next_distance();
  finished_ = least == kPathInf;
  if (finished_) return;
  refill(least >> shift_);
  enter_bucket(least >> shift_);
}

// Gives back chunks without a live entry until one has some. Only a bucket that a node is in makes
// a step: whether stale entries lie in a bucket depends on the order of relaxations.
bool Sssp::has_live_entry(std::int64_t bucket) {
  const auto is_live = [&](const BucketEntry& entry) {
    const PathLength distance = state_.distance[entry.node];
    return static_cast<std::uint32_t>(distance) == entry.distance_low &&
           distance >> shift_ == bucket;
  };
  for (BucketLists& lists : lists_) {
    std::int32_t& head = lists.heads[bucket % kNumBuckets];
    while (head != kNoChunk) {
      const BucketChunk& chunk = state_.pool.chunks[head];
      if (std::any_of(chunk.entries, chunk.entries + chunk.count, is_live)) return true;
      give_back(state_.pool, std::exchange(head, chunk.next));
    }
  }
  return false;
}

// The least distance that is not settled, or kPathInf.
PathLength Sssp::next_distance() {
  std::atomic<std::uint64_t> least = static_cast<std::uint64_t>(kPathInf);
  parallel_->for_range(
      graph_.num_nodes(), kNodeGrain, [&](std::int64_t begin, std::int64_t end, int) {
        const auto found = static_cast<std::uint64_t>(kernels_->next_distance(
            {.distance = state_.distance, .begin = begin, .end = end, .from = settled_below_}));
        std::uint64_t seen = least.load(std::memory_order_relaxed);
        while (found < seen &&
               !least.compare_exchange_weak(seen, found, std::memory_order_relaxed)) {
        }
      });
  return static_cast<PathLength>(least.load(std::memory_order_relaxed));
}

// The next step empties `bucket`. A ring's length of buckets that took few steps was nearly empty:
// they are made twice as wide, or a graph with few heavy arcs among light ones would be refilled
// for every few nodes. Decided by the sequence of buckets alone, which no order of relaxations
// changes.
void Sssp::enter_bucket(std::int64_t bucket) {
  state_.bucket = bucket;
  if (bucket - window_begin_ < kNumBuckets) return;
  if (window_steps_ < kMinWindowSteps && shift_ < kMaxShift) {
    state_.shift = ++shift_;
    refill(bucket >> 1);
  }
  window_begin_ = state_.bucket;
  window_steps_ = 0;
}

}  // namespace quadrille
