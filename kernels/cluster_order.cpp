#include "kernels/cluster_order.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <quadrille/graph.h>

#include "kernels/scratch.h"

namespace quadrille {
namespace {

// A cut that is nearer than this to an end of its part is not worth one: two clusters.
constexpr std::int64_t kSlack = 128;

}  // namespace

Result<ClusterOrder> ClusterOrder::create(const ClusterGraph& graph, Arena& scratch) {
  ClusterOrder order(graph);
  QUADRILLE_RETURN_IF_ERROR(order.allocate(scratch));
  return order;
}

Status ClusterOrder::allocate(Arena& scratch) {
  const std::int64_t count = graph_.num_clusters();
  const Label label{"placement bisection"};
  for (std::span<NodeID>* array :
       {&order_, &parent_, &preorder_, &by_preorder_, &from_a_, &from_b_, &state_.part}) {
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count, label, *array));
  }
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count, label, keys_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count, label, state_.gain));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count, label, state_.side));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, count, label, state_.moved));
  std::iota(order_.begin(), order_.end(), 0);
  return Status::ok();
}

void ClusterOrder::run(NodeID begin, NodeID end, std::int64_t first_place) const {
  std::int64_t weight = 0;
  for (NodeID c = begin; c < end; ++c) {
    state_.part.data()[c] = begin;
    weight += graph_.size.data()[c];
  }
  BisectionRefiner refiner(graph_, state_);
  std::vector<Part> parts{{begin, end, first_place, weight}};
  while (!parts.empty()) {
    const Part part = parts.back();
    parts.pop_back();
    std::int64_t cut = 0;
    if (!find_cut(part, cut)) continue;
    const Piece piece = find_piece(part, cut);
    sort_piece(piece);
    const std::int64_t excess = split_piece(piece, cut);
    refiner.refine(
        std::span<const NodeID>(order_).subspan(static_cast<std::size_t>(piece.begin),
                                                static_cast<std::size_t>(piece.end - piece.begin)),
        excess);
    const NodeID middle = gather_sides(piece);
    if (middle == part.begin || middle == part.end) continue;  // one cluster holds the cut
    Part low{part.begin, middle, part.first_place, 0};
    for (NodeID i = part.begin; i < middle; ++i) low.weight += graph_.size.data()[order_.data()[i]];
    const Part high{middle, part.end, part.first_place + low.weight, part.weight - low.weight};
    for (NodeID i = middle; i < part.end; ++i) state_.part.data()[order_.data()[i]] = middle;
    parts.push_back(high);
    parts.push_back(low);
  }
}

// The middle one of the block boundaries inside, as a number of nodes from the part's first.
bool ClusterOrder::find_cut(const Part& part, std::int64_t& cut) const {
  const std::int64_t low = (part.first_place + kSlack + kNodeBlockSize - 1) >> kNodeBlockShift;
  const std::int64_t high = (part.first_place + part.weight - kSlack) >> kNodeBlockShift;
  if (low > high || part.end - part.begin < 2) return false;
  cut = ((low + high) / 2 << kNodeBlockShift) - part.first_place;
  return true;
}

// Clusters reached from `root` in its part, in the order of the search, from order_[begin] on.
// `distance` is kDistInf where none was yet. Returns the end.
NodeID ClusterOrder::search(NodeID root, NodeID begin, std::span<Distance> distance) const {
  NodeID* const queue = order_.data();
  NodeID end = begin;
  const NodeID part = state_.part.data()[root];
  const auto reach = [&](NodeID c, NodeID from, Distance at) {
    distance.data()[c] = at;
    parent_.data()[c] = from;
    queue[end++] = c;
  };
  reach(root, root, 0);
  for (NodeID next = begin; next < end; ++next) {
    const NodeID c = queue[next];
    for (const ClusterGraph::Arc& arc : graph_.neigh(c)) {
      if (state_.part.data()[arc.target] == part && distance.data()[arc.target] == kDistInf) {
        reach(arc.target, c, distance.data()[c] + 1);
      }
    }
  }
  return end;
}

void ClusterOrder::forget(const Piece& piece, std::span<Distance> distance) const {
  for (NodeID i = piece.begin; i < piece.end; ++i) {
    distance.data()[order_.data()[i]] = kDistInf;
  }
}

// Moves the part's pieces together and returns the one in which the cut falls. A search overwrites
// what it has not looked at, so the part is copied first.
ClusterOrder::Piece ClusterOrder::find_piece(const Part& part, std::int64_t cut) const {
  NodeID* const members = by_preorder_.data();
  std::copy(order_.data() + part.begin, order_.data() + part.end, members + part.begin);
  forget({part.begin, part.end, 0, 0}, from_a_);
  Piece found{part.begin, part.begin, 0, 0};
  std::int64_t before = 0;
  NodeID end = part.begin;
  for (NodeID i = part.begin; i < part.end; ++i) {
    if (from_a_.data()[members[i]] != kDistInf) continue;
    const NodeID begin = end;
    end = search(members[i], begin, from_a_);
    std::int64_t weight = 0;
    for (NodeID k = begin; k < end; ++k) weight += graph_.size.data()[order_.data()[k]];
    if (before < cut) found = {begin, end, before, weight};
    before += weight;
  }
  return found;
}

// Of the tree of the last search, whose order stands in the piece.
void ClusterOrder::number_preorder(const Piece& piece) const {
  NodeID* const size = by_preorder_.data();  // of a subtree, by cluster; then the next free number
  const NodeID* const queue = order_.data();
  for (NodeID i = piece.begin; i < piece.end; ++i) size[queue[i]] = 1;
  for (NodeID i = piece.end - 1; i > piece.begin; --i)
    size[parent_.data()[queue[i]]] += size[queue[i]];
  for (NodeID i = piece.begin; i < piece.end; ++i) {
    const NodeID c = queue[i];
    const NodeID from = parent_.data()[c];
    const NodeID subtree = size[c];
    preorder_.data()[c] = i == piece.begin ? 0 : size[from];
    if (i != piece.begin) size[from] += subtree;
    size[c] = preorder_.data()[c] + 1;
  }
}

// From one far end to the other.
void ClusterOrder::sort_piece(const Piece& piece) const {
  const NodeID a = order_.data()[piece.end - 1];
  forget(piece, from_a_);
  search(a, piece.begin, from_a_);
  number_preorder(piece);
  const NodeID b = order_.data()[piece.end - 1];
  forget(piece, from_b_);
  search(b, piece.begin, from_b_);
  const std::int64_t count = piece.end - piece.begin;
  for (NodeID i = piece.begin; i < piece.end; ++i) {
    const NodeID c = order_.data()[i];
    const std::int64_t difference = from_a_.data()[c] - from_b_.data()[c] + count;
    keys_.data()[i] = static_cast<std::uint64_t>(difference) << 32 |
                      static_cast<std::uint64_t>(preorder_.data()[c]);
    by_preorder_.data()[piece.begin + preorder_.data()[c]] = c;
  }
  std::sort(keys_.data() + piece.begin, keys_.data() + piece.end);
  for (NodeID i = piece.begin; i < piece.end; ++i) {
    const auto preorder = static_cast<NodeID>(keys_.data()[i] & UINT32_MAX);
    order_.data()[i] = by_preorder_.data()[piece.begin + preorder];
  }
}

// Sides as near to the cut as whole clusters allow; returns by how many nodes side 0 is too large.
std::int64_t ClusterOrder::split_piece(const Piece& piece, std::int64_t cut) const {
  std::int64_t excess = piece.before - cut;
  for (NodeID i = piece.begin; i < piece.end; ++i) {
    const NodeID c = order_.data()[i];
    const std::int64_t size = graph_.size.data()[c];
    const bool low = excess + size / 2 < 0;
    state_.side.data()[c] = low ? 0 : 1;
    if (low) excess += size;
  }
  return excess;
}

// Side 0 first; returns where side 1 begins.
NodeID ClusterOrder::gather_sides(const Piece& piece) const {
  NodeID* const high = by_preorder_.data() + piece.begin;
  NodeID middle = piece.begin, num_high = 0;
  for (NodeID i = piece.begin; i < piece.end; ++i) {
    const NodeID c = order_.data()[i];
    if (state_.side.data()[c] == 0) {
      order_.data()[middle++] = c;
    } else {
      high[num_high++] = c;
    }
  }
  std::copy(high, high + num_high, order_.data() + middle);
  return middle;
}

}  // namespace quadrille
