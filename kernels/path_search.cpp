#include "kernels/path_search.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>
#include <utility>

#include "kernels/arc_weights.h"
#include "kernels/bfs.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kNodeGrain = 1 << 15;
// Fewer are relaxed sooner than a second thread wakes up.
constexpr std::int64_t kSerialChunks = 4;
// A longer list of one worker is better shared with the others.
constexpr std::int64_t kFusedChunks = 16;
// Taken at a time: enough to look ahead in.
constexpr std::int64_t kChunksAtOnce = 16;
// A ring that goes by in fewer steps was nearly empty.
constexpr std::int64_t kMinRingSteps = kNumBuckets / 4;
constexpr std::int64_t kNothingDropped = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kLongest = 0xfffffffe;  // one more is kNoPath's
constexpr int kMaxShift = 30;  // so that arcs out of the first bucket lead no farther

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

bool may_exceed_32_bits(const GraphView& graph, const ArcWeights& weights) {
  return static_cast<std::uint64_t>(graph.num_nodes()) * static_cast<std::uint64_t>(weights.most) >=
         kLongest;
}

}  // namespace

Result<PathSearch> PathSearch::create(const GraphView& graph, std::int64_t delta,
                                      Parallel& parallel, const KernelTable& kernels,
                                      Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(const ArcWeights weights, check_arc_weights(graph, parallel));
  PathSearch search(graph, parallel, kernels);
  // Buckets cost less here than in Sssp, so narrow ones pay. Within a factor of two of the best
  // width tried on the graphs named there, a web crawl and a social network.
  const double factor = std::clamp(22 / mean_degree(weights), 2.0, 8.0);
  QUADRILLE_ASSIGN_OR_RETURN(
      search.first_shift_,
      bucket_shift({.delta = delta, .factor = factor, .most = kMaxShift}, weights));
  search.state_.shift = search.first_shift_;
  search.most_weight_ = static_cast<std::uint64_t>(weights.most);
  QUADRILLE_RETURN_IF_ERROR(search.allocate(scratch));
  QUADRILLE_RETURN_IF_ERROR(
      search.zero_arcs_.allocate(graph, weights.least == 0 && weights.num_arcs != 0, scratch));
  if (may_exceed_32_bits(graph, weights)) {
    QUADRILLE_ASSIGN_OR_RETURN(search.wide_,
                               Sssp::create(graph, delta, parallel, kernels, scratch));
  }
  return search;
}

// The pool holds every node once, in chunks that are full but for one a bucket and worker, and as
// much again for entries that go stale.
Status PathSearch::allocate(Arena& scratch) {
  const std::int64_t workers = parallel_->num_workers();
  const std::int64_t nodes = graph_.num_nodes();
  num_chunks_ = 2 * (nodes / BucketChunk::kCapacity + 1) + workers * kNumBuckets;
  std::span<std::int64_t> counter;
  std::span<BucketChunk> chunks;
  std::span<std::int32_t> free_chunks;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"paths"}, words_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, 8, {"paths counter"}, counter));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"paths buckets"}, chunks, sizeof(BucketChunk)));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"paths free chunks"}, free_chunks));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, num_chunks_, {"paths chunks at work"}, collected_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, workers, {"paths lists"}, lists_));
  std::fill(words_.begin(), words_.end(), kNoPath);
  state_.graph = &graph_.out();
  state_.words = words_.data();
  state_.pool = {
      .chunks = chunks.data(), .free_chunks = free_chunks.data(), .num_free = counter.data()};
  state_.leaf_degree = graph_.directed() ? 0 : 1;
  return Status::ok();
}

void PathSearch::run(NodeID source, const SsspColumns& columns) {
  state_.graph = &graph_.out();  // this object may have been moved
  start(source);
  if (search()) {
    write(source, columns);
    return;
  }
  std::fill(words_.begin(), words_.end(), kNoPath);
  wide_->start(source, columns);
  while (!wide_->finished()) wide_->step(columns);
  std::fill(columns.active.begin(), columns.active.end(), 0);
  edges_examined_ += wide_->edges_examined();
}

void PathSearch::start(NodeID source) {
  state_.shift = first_shift_;
  steps_since_refill_ = 0;
  words_[at(source)] = static_cast<std::uint32_t>(source);
  for (PathLists& lists : lists_) lists.edges = 0;
  reset_lists();
  state_.bucket = 0;
  kernels_->refill(
      {.state = &state_, .lists = lists_.data(), .begin = source, .end = source + 1, .from = 0});
}

bool PathSearch::bucket_fits() const {
  return !wide_ || ((state_.bucket + 1) << state_.shift) + most_weight_ <= kLongest;
}

bool PathSearch::search() {
  bool fits = true;
  for (bool more = true; more && fits; fits = !more || bucket_fits()) {
    ++steps_since_refill_;
    empty_bucket();
    more = find_next_bucket();
  }
  edges_examined_ = 0;
  for (const PathLists& lists : lists_) edges_examined_ += lists.edges;
  return fits;
}

void PathSearch::empty_bucket() {
  for (std::int64_t num_chunks; (num_chunks = collect()) != 0;) {
    if (parallel_->num_workers() == 1 || num_chunks < kSerialChunks) {
      relax_serial(num_chunks);
    } else {
      relax_shared(num_chunks);
    }
  }
}

// Takes all chunks out of the current bucket's lists.
std::int64_t PathSearch::collect() {
  const std::size_t slot = state_.bucket % kNumBuckets;
  std::int64_t count = 0;
  for (PathLists& lists : lists_) {
    const BucketEntry* const end = std::exchange(lists.ends[slot], nullptr);
    if (end == nullptr) continue;
    lists.filled[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    const BucketChunk* const chunks = state_.pool.chunks;
    auto id = static_cast<std::int32_t>(
        (reinterpret_cast<std::uintptr_t>(end - 1) - reinterpret_cast<std::uintptr_t>(chunks)) /
        sizeof(BucketChunk));
    auto entries = static_cast<std::int32_t>(end - chunks[id].entries);
    for (; id != kNoChunk; id = chunks[id].next, entries = BucketChunk::kCapacity) {
      state_.pool.chunks[id].count = entries;
      collected_[at(count++)] = id;
    }
  }
  *state_.pool.num_free = std::max<std::int64_t>(*state_.pool.num_free, 0);
  return count;
}

void PathSearch::relax_serial(std::int64_t num_chunks) {
  PathLists* const lists = lists_.data();
  kernels_->relax_serial(
      {.state = &state_, .lists = lists, .chunks = collected_.data(), .num_chunks = num_chunks});
  const bool alone = parallel_->num_workers() == 1;
  kernels_->relax_own_serial(
      {.state = &state_, .lists = lists, .most_chunks = alone ? num_chunks_ : kFusedChunks});
}

void PathSearch::relax_shared(std::int64_t num_chunks) {
  const std::int64_t workers = parallel_->num_workers();
  const std::int64_t at_once =
      std::clamp<std::int64_t>(num_chunks / (4 * workers), 1, kChunksAtOnce);
  std::atomic<std::int64_t> next = 0;
  // Not a range of chunks each: who is done goes on with what it found itself, before all meet
  // again.
  parallel_->for_chunks(workers, [&](std::int64_t, int worker) {
    PathLists* const lists = &lists_[at(worker)];
    for (std::int64_t i; (i = next.fetch_add(at_once, std::memory_order_relaxed)) < num_chunks;) {
      kernels_->relax({.state = &state_,
                       .lists = lists,
                       .chunks = collected_.data() + i,
                       .num_chunks = std::min(at_once, num_chunks - i)});
    }
    kernels_->relax_own({.state = &state_, .lists = lists, .most_chunks = kFusedChunks});
  });
}

std::int64_t PathSearch::first_dropped() const {
  std::int64_t first = kNothingDropped;
  for (const PathLists& lists : lists_) first = std::min(first, lists.first_dropped);
  return first;
}

// False: there is none.
bool PathSearch::find_next_bucket() {
  const auto dropped = static_cast<std::uint64_t>(first_dropped());
  const std::uint64_t filled = next_filled();
  if (filled < dropped) {
    state_.bucket = filled;
    return true;
  }
  if (first_dropped() == kNothingDropped) return false;
  // Entries of the bucket itself may be among those dropped.
  const std::uint64_t done = dropped == state_.bucket ? state_.bucket : state_.bucket + 1;
  const std::uint64_t least = next_distance(done << state_.shift);
  if (least == kNoPath >> 32) return false;
  if (dropped != state_.bucket && steps_since_refill_ < kMinRingSteps && state_.shift < kMaxShift) {
    ++state_.shift;
  }
  steps_since_refill_ = 0;
  refill(least);
  return true;
}

// The next bucket of the ring with an entry, stale or not; kNothingDropped: none has.
std::uint64_t PathSearch::next_filled() const {
  const std::uint64_t end = state_.bucket + kNumBuckets;
  for (std::uint64_t bucket = state_.bucket + 1; bucket < end; bucket = (bucket | 63) + 1) {
    std::uint64_t filled = 0;
    for (const PathLists& lists : lists_) filled |= lists.filled[bucket % kNumBuckets / 64];
    filled >>= bucket % 64;
    if (filled == 0) continue;
    const std::uint64_t found = bucket + static_cast<std::uint64_t>(std::countr_zero(filled));
    if (found < end) return found;
  }
  return static_cast<std::uint64_t>(kNothingDropped);
}

std::uint64_t PathSearch::next_distance(std::uint64_t from) const {
  std::atomic<std::uint64_t> least = kNoPath >> 32;
  parallel_->for_range(
      graph_.num_nodes(), kNodeGrain, [&](std::int64_t begin, std::int64_t end, int) {
        const std::uint64_t found =
            kernels_->least({.words = words_.data(), .begin = begin, .end = end, .from = from});
        std::uint64_t seen = least.load(std::memory_order_relaxed);
        while (found < seen &&
               !least.compare_exchange_weak(seen, found, std::memory_order_relaxed)) {
        }
      });
  return least.load(std::memory_order_relaxed);
}

// Fills the ring anew, from the words of all nodes as far as `from` or farther.
void PathSearch::refill(std::uint64_t from) {
  reset_lists();
  state_.bucket = from >> state_.shift;
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int worker) {
                         kernels_->refill({.state = &state_,
                                           .lists = &lists_[at(worker)],
                                           .begin = begin,
                                           .end = end,
                                           .from = from});
                       });
}

void PathSearch::reset_lists() {
  for (PathLists& lists : lists_) {
    std::ranges::fill(lists.ends, nullptr);
    std::ranges::fill(lists.filled, 0);
    lists.spare = kNoChunk;
    lists.first_dropped = kNothingDropped;
  }
  for (std::int64_t i = 0; i < num_chunks_; ++i)
    state_.pool.free_chunks[i] = static_cast<std::int32_t>(i);
  *state_.pool.num_free = num_chunks_;
}

void PathSearch::write(NodeID source, const SsspColumns& columns) {
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->write({.words = words_.data(),
                                          .begin = begin,
                                          .end = end,
                                          .distance = columns.distance.data(),
                                          .parent = columns.parent.data()});
                       });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  if (zero_arcs_.needed()) write_zero_arc_parents(source, columns);
}

// Nodes that were reached along arcs of weight 0 alone have kZeroArcParent, which is kNoParent.
void PathSearch::write_zero_arc_parents(NodeID source, const SsspColumns& columns) {
  static_assert(static_cast<NodeID>(kZeroArcParent) == kNoParent);
  zero_arcs_.start();
  for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
    const bool reached = columns.distance[at(v)] != kPathInf;
    if (reached && columns.parent[at(v)] == kNoParent && v != source) zero_arcs_.add(v);
  }
  zero_arcs_.assign(columns.distance, columns.parent);
}

Status run_sssp(const GraphView& graph, NodeID source, std::int64_t delta,
                const SsspColumns& columns, Parallel& parallel, const KernelTable& kernels,
                Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(const NodeID start, find_source(graph, source));
  QUADRILLE_ASSIGN_OR_RETURN(PathSearch search,
                             PathSearch::create(graph, delta, parallel, kernels, scratch));
  search.run(start, columns);
  return Status::ok();
}

}  // namespace quadrille
