#include "kernels/path_search.h"

#include <algorithm>
#include <atomic>

#include "engine/integers.h"
#include "engine/spin_pause.h"
#include "kernels/arc_weights.h"
#include "kernels/bfs.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kSweepGrain = 1 << 15;
constexpr std::int64_t kBlockNodes = std::int64_t{1} << kPathBlockShift;
constexpr std::int64_t kBlockGrain = kSweepGrain / kBlockNodes;
// Fewer are relaxed sooner than another worker has seen them.
constexpr std::int64_t kTogetherChunks = 2;
// Taken at a time: enough to look ahead in.
constexpr std::int64_t kChunksAtOnce = 16;
// A ring that goes by in fewer steps was nearly empty.
constexpr std::int64_t kMinRingSteps = kNumPathBuckets / 4;
constexpr std::uint64_t kLongest = 0xfffffffe;  // one more is kNoPath's
constexpr int kMaxShift = 30;   // so that arcs out of the first bucket lead no farther
constexpr double kFewArcs = 8;  // a node, in the mean

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
  // The width of [Meyer, Sanders 2003]. Buckets cost less here than in Sssp, so narrow ones pay.
  QUADRILLE_ASSIGN_OR_RETURN(
      search.first_shift_, bucket_shift({.delta = delta, .factor = 1, .most = kMaxShift}, weights));
  search.state_.shift = search.first_shift_;
  search.state_.few_arcs = mean_degree(weights) < kFewArcs;
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

Status PathSearch::allocate(Arena& scratch) {
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph_.num_nodes(), {"paths"}, words_));
  QUADRILLE_RETURN_IF_ERROR(
      buckets_.allocate(graph_.num_nodes(), parallel_->num_workers(), scratch));
  std::fill(words_.begin(), words_.end(), kNoPath);
  state_.graph = &graph_.out();
  state_.words = words_.data();
  state_.pool = buckets_.pool();
  state_.leaf_degree = graph_.directed() ? 0 : 1;
  return Status::ok();
}

void PathSearch::run(NodeID source, const SsspColumns& columns) {
  state_.graph = &graph_.out();  // this object may have been moved
  bool found = false;
  parallel_->in_region([&] {
    start(source);
    found = search();
    if (found) write(source, columns);
  });
  if (!found) run_wide(source, columns);
}

void PathSearch::run_wide(NodeID source, const SsspColumns& columns) {
  std::fill(words_.begin(), words_.end(), kNoPath);
  buckets_.forget_touched();
  wide_->start(source, columns);
  while (!wide_->finished()) wide_->step(columns);
  std::fill(columns.active.begin(), columns.active.end(), 0);
  edges_examined_ += wide_->edges_examined();
}

void PathSearch::start(NodeID source) {
  state_.shift = first_shift_;
  words_[at(source)] = static_cast<std::uint32_t>(source);
  buckets_.forget_arcs();
  refill_range(source, source + 1, 0);
}

bool PathSearch::bucket_fits() const {
  return !wide_ || ((state_.bucket + 1) << state_.shift) + most_weight_ <= kLongest;
}

bool PathSearch::search() {
  bool more = true;
  while (more && bucket_fits()) {
    empty_ring();
    more = !bucket_fits() || refill_dropped();
  }
  edges_examined_ = buckets_.edges_examined();
  return !more;
}

// ---- the buckets of a ring, by all workers ----

// What the workers share. The leader collects a bucket's chunks, then writes begin, at_once and
// limit; whoever has read limit takes chunks by moving next on and says in done how many it has
// relaxed. Positions only grow, so that a look that comes too late finds nothing, never something
// else. Orders: limit's store (release) and load (acquire) hand over all that the leader wrote;
// done's addition (release) and load (acquire) what a worker found; over's the end. Relaxed: next
// and at_once, as a position that is still free was given out in the round of the limit read;
// arrived, as it only tells numbers; limit in follow(), as it only tells that there is
// something new. On lines of their own: what all write, and what all poll.
struct PathSearch::Team {
  std::atomic<std::size_t> arrived{0};
  std::int64_t begin = 0;                // position of the first chunk collected
  std::atomic<std::int64_t> at_once{1};  // chunks taken at a time
  alignas(kCacheLineBytes) std::atomic<std::int64_t> limit{0};  // after the last one given out
  std::atomic<bool> over{false};                                // no bucket is left in the ring
  alignas(kCacheLineBytes) std::atomic<std::int64_t> next{0};   // the first one not taken
  alignas(kCacheLineBytes) std::atomic<std::int64_t> done{0};   // chunks relaxed
};

void PathSearch::empty_ring() {
  Team team;
  // Not a chunk by size but a worker each. Who comes first leads, and waits for no worker that took
  // nothing: so any scheduler will do, one that runs them one after another among them.
  parallel_->for_chunks(parallel_->num_workers(), [&](std::int64_t, int) {
    const std::size_t worker = team.arrived.fetch_add(1, std::memory_order_relaxed);
    worker == 0 ? lead(team) : follow(team, worker);
  });
}

void PathSearch::lead(Team& team) {
  do {
    ++steps_since_refill_;
    for (buckets_.collect(state_.bucket); !buckets_.collected().empty();
         buckets_.collect(state_.bucket)) {
      const auto chunks = static_cast<std::int64_t>(buckets_.collected().size());
      parallel_->num_workers() == 1 || chunks < kTogetherChunks ? relax_alone()
                                                                : relax_together(team);
    }
  } while (next_bucket() && bucket_fits());
  team.over.store(true, std::memory_order_release);  // to follow(): nothing comes any more
}

void PathSearch::follow(Team& team, std::size_t worker) {
  std::int64_t seen = 0;
  for (int looks = 0; !team.over.load(std::memory_order_acquire); patient_pause(looks)) {  // lead()
    const std::int64_t limit = team.limit.load(std::memory_order_relaxed);
    if (limit == seen) continue;  // next's line is left to who works
    seen = limit;
    looks = 0;
    relax_some(team, worker);
  }
}

bool PathSearch::next_bucket() {
  const std::uint64_t filled = buckets_.next_filled(state_.bucket);
  if (filled >= buckets_.first_dropped()) return false;
  state_.bucket = filled;
  return true;
}

void PathSearch::relax_alone() {
  PathLists* const lists = &buckets_.of(0);
  const std::span<const std::int32_t> chunks = buckets_.collected();
  kernels_->relax_serial({.state = &state_,
                          .lists = lists,
                          .chunks = chunks.data(),
                          .num_chunks = static_cast<std::int64_t>(chunks.size())});
  const bool alone = parallel_->num_workers() == 1;
  kernels_->relax_own_serial(
      {.state = &state_, .lists = lists, .most_chunks = alone ? INT64_MAX - 1 : kFusedChunks});
}

void PathSearch::relax_together(Team& team) {
  const auto chunks = static_cast<std::int64_t>(buckets_.collected().size());
  team.at_once.store(
      std::clamp<std::int64_t>(chunks / (4 * parallel_->num_workers()), 1, kChunksAtOnce),
      std::memory_order_relaxed);
  team.begin = team.limit.load(std::memory_order_relaxed);  // this thread's own
  const std::int64_t end = team.begin + chunks;
  team.limit.store(end, std::memory_order_release);  // to relax_some(): all that was written so far
  relax_some(team, 0);
  // relax_some(): what the others found.
  for (int looks = 0; team.done.load(std::memory_order_acquire) != end; patient_pause(looks)) {
  }
}

// Takes chunks until there are none, then goes on with what it found itself, before all meet again.
// As long as it has not said that it is done, nobody collects.
void PathSearch::relax_some(Team& team, std::size_t worker) {
  PathLists* const lists = &buckets_.of(worker);
  std::int64_t taken = 0;
  const std::int64_t limit = team.limit.load(std::memory_order_acquire);  // relax_together()
  for (std::int64_t next = team.next.load(std::memory_order_relaxed); next < limit;) {
    const std::int64_t end = std::min(next + team.at_once.load(std::memory_order_relaxed), limit);
    if (!team.next.compare_exchange_weak(next, end, std::memory_order_relaxed)) continue;
    kernels_->relax({.state = &state_,
                     .lists = lists,
                     .chunks = buckets_.collected().data() + (next - team.begin),
                     .num_chunks = end - next});
    taken += end - next;
    next = team.next.load(std::memory_order_relaxed);
  }
  if (taken == 0) return;
  kernels_->relax_own({.state = &state_, .lists = lists, .most_chunks = kFusedChunks});
  team.done.fetch_add(taken, std::memory_order_release);  // to relax_together()
}

// ---- the ring, filled anew ----

// False: no entry was left out of the ring that went by.
bool PathSearch::refill_dropped() {
  const std::uint64_t dropped = buckets_.first_dropped();
  if (dropped == PathBuckets::kNoBucket) return false;
  // Entries of the bucket itself may be among those dropped.
  const std::uint64_t done = dropped == state_.bucket ? state_.bucket : state_.bucket + 1;
  const std::uint64_t least = next_distance(done << state_.shift);
  if (least == kNoPath >> 32) return false;
  const bool went_by = dropped >= ring_begin_ + kNumPathBuckets;  // else the pool was empty
  if (went_by && steps_since_refill_ < kMinRingSteps && state_.shift < kMaxShift) ++state_.shift;
  refill_range(0, graph_.num_nodes(), least);
  return true;
}

std::uint64_t PathSearch::next_distance(std::uint64_t from) const {
  std::atomic<std::uint64_t> least = kNoPath >> 32;
  parallel_->for_range(
      graph_.num_nodes(), kSweepGrain, [&](std::int64_t begin, std::int64_t end, int) {
        const std::uint64_t found =
            kernels_->least({.words = words_.data(), .begin = begin, .end = end, .from = from});
        std::uint64_t seen = least.load(std::memory_order_relaxed);
        while (found < seen &&
               !least.compare_exchange_weak(seen, found, std::memory_order_relaxed)) {
        }
      });
  return least.load(std::memory_order_relaxed);
}

// Fills the ring from the words of [first, last) that are as far as `from` or farther.
void PathSearch::refill_range(std::int64_t first, std::int64_t last, std::uint64_t from) {
  buckets_.clear();
  steps_since_refill_ = 0;
  state_.bucket = ring_begin_ = from >> state_.shift;
  parallel_->for_range(last - first, kSweepGrain,
                       [&](std::int64_t begin, std::int64_t end, int worker) {
                         kernels_->refill({.state = &state_,
                                           .lists = &buckets_.of(at(worker)),
                                           .begin = first + begin,
                                           .end = first + end,
                                           .from = from});
                       });
}

// ---- the columns ----

void PathSearch::write(NodeID source, const SsspColumns& columns) {
  const std::int64_t blocks = (graph_.num_nodes() + kBlockNodes - 1) / kBlockNodes;
  parallel_->for_range(blocks, kBlockGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t block = begin; block < end; ++block) write_block(block, columns);
  });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  if (zero_arcs_.needed()) write_zero_arc_parents(source, columns);
}

void PathSearch::write_block(std::int64_t block, const SsspColumns& columns) {
  const std::int64_t begin = block * kBlockNodes;
  const std::int64_t end = std::min<std::int64_t>(begin + kBlockNodes, graph_.num_nodes());
  if (!buckets_.take_touched(block)) {
    std::fill(columns.distance.data() + begin, columns.distance.data() + end, kPathInf);
    std::fill(columns.parent.data() + begin, columns.parent.data() + end, kNoParent);
    return;
  }
  kernels_->write({.words = words_.data(),
                   .begin = begin,
                   .end = end,
                   .distance = columns.distance.data(),
                   .parent = columns.parent.data()});
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
