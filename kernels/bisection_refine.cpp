#include "kernels/bisection_refine.h"

#include <algorithm>
#include <cstdlib>

namespace quadrille {
namespace {

constexpr std::int64_t kTolerance = 96;  // nodes, a large cluster
constexpr int kPasses = 6;
constexpr std::size_t kPatience = 64;  // moves without a better cut that end a pass

}  // namespace

void BisectionRefiner::refine(std::span<const NodeID> members, std::int64_t excess) {
  for (int i = 0; i < kPasses; ++i) {
    if (!pass(members, excess)) return;
  }
}

// Gains of all members; those with an edge to the other side are candidates.
void BisectionRefiner::open_pass(std::span<const NodeID> members) {
  for (std::vector<Candidate>& heap : heaps_) heap.clear();
  moves_.clear();
  for (const NodeID c : members) {
    std::int64_t inside = 0, outside = 0;
    for (const ClusterGraph::Arc& arc : graph_.neigh(c)) {
      if (state_.part.data()[arc.target] != state_.part.data()[c]) continue;
      (state_.side.data()[arc.target] == state_.side.data()[c] ? inside : outside) += arc.edges;
    }
    state_.gain.data()[c] = outside - inside;
    state_.moved.data()[c] = 0;
    if (outside > 0) push(c);
  }
}

void BisectionRefiner::push(NodeID c) {
  std::vector<Candidate>& heap = heaps_[state_.side.data()[c]];
  heap.push_back({state_.gain.data()[c], c});
  std::push_heap(heap.begin(), heap.end());
}

void BisectionRefiner::drop_stale(int side) {
  std::vector<Candidate>& heap = heaps_[side];
  while (!heap.empty()) {
    const Candidate& top = heap.front();
    if (state_.moved.data()[top.cluster] == 0 && state_.gain.data()[top.cluster] == top.gain)
      return;
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
  }
}

// Of a move that keeps the balance or mends it; -1: there is none.
int BisectionRefiner::side_to_move(std::int64_t excess) {
  int best = -1;
  for (int side = 0; side < 2; ++side) {
    drop_stale(side);
    if (heaps_[side].empty()) continue;
    const std::int64_t after = std::abs(excess + shift(heaps_[side].front().cluster));
    if (after > kTolerance && after >= std::abs(excess)) continue;
    if (best < 0 || heaps_[best].front() < heaps_[side].front()) best = side;
  }
  return best;
}

NodeID BisectionRefiner::take_best(int side) {
  std::vector<Candidate>& heap = heaps_[side];
  const NodeID c = heap.front().cluster;
  std::pop_heap(heap.begin(), heap.end());
  heap.pop_back();
  return c;
}

void BisectionRefiner::move(NodeID c) {
  state_.side.data()[c] ^= 1;
  state_.gain.data()[c] *= -1;
  state_.moved.data()[c] = 1;
  for (const ClusterGraph::Arc& arc : graph_.neigh(c)) {
    const NodeID other = arc.target;
    if (state_.part.data()[other] != state_.part.data()[c] || state_.moved.data()[other] != 0)
      continue;
    const bool joined = state_.side.data()[other] == state_.side.data()[c];
    state_.gain.data()[other] += joined ? -2 * arc.edges : 2 * arc.edges;
    push(other);
  }
}

// True: the cut is better than before.
bool BisectionRefiner::pass(std::span<const NodeID> members, std::int64_t& excess) {
  open_pass(members);
  std::int64_t gained = 0, most = 0, best_excess = excess;
  std::size_t best_moves = 0;
  const std::int64_t tolerance = std::max(kTolerance, std::abs(excess));
  while (moves_.size() < best_moves + kPatience) {
    const int side = side_to_move(excess);
    if (side < 0) break;
    const NodeID c = take_best(side);
    gained += state_.gain.data()[c];
    excess += shift(c);
    move(c);
    moves_.push_back(c);
    if (gained > most && std::abs(excess) <= tolerance) {
      most = gained;
      best_moves = moves_.size();
      best_excess = excess;
    }
  }
  for (std::size_t i = best_moves; i < moves_.size(); ++i) state_.side.data()[moves_[i]] ^= 1;
  excess = best_excess;
  return best_moves > 0;
}

}  // namespace quadrille
