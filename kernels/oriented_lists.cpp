#include "kernels/oriented_lists.h"

#include <algorithm>
#include <atomic>

#include "engine/integers.h"
#include "kernels/both_directions.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kOrientGrain = 1024;
// A neighbour has this many times as many neighbours as a node on average, or nodes stay as they
// are. In random graphs it is 1, in social and web graphs 10 and more.
constexpr double kSkew = 2;
constexpr std::int64_t kMostDegree = 1 << 20;  // beyond it the sum of squares might not fit

// Neighbours of either direction, each once, v itself left out.
template <class Visit>
void for_distinct_neighbours(const GraphView& graph, NodeID v, Visit visit) {
  const std::span<const NodeID> out = graph.out_neigh(v);
  if (!graph.directed()) {
    for (const NodeID u : out) {
      if (u != v) visit(u);
    }
    return;
  }
  const std::span<const NodeID> in = graph.in_neigh(v);
  for (std::size_t i = 0, k = 0; i < out.size() || k < in.size();) {
    const NodeID u = k == in.size() || (i < out.size() && out[i] < in[k]) ? out[i] : in[k];
    if (i < out.size() && out[i] == u) ++i;
    if (k < in.size() && in[k] == u) ++k;
    if (u != v) visit(u);
  }
}

}  // namespace

std::int64_t num_neighbours(const GraphView& graph, NodeID v) {
  std::int64_t count = 0;
  for_distinct_neighbours(graph, v, [&](NodeID) { ++count; });
  return count;
}

bool worth_ordering_by_degree(const GraphView& graph, Parallel& parallel) {
  if (graph.directed()) return true;
  std::int64_t squares = 0, sources = 0;
  parallel.for_range(graph.num_nodes(), kOrientGrain,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       std::int64_t own_squares = 0, own_sources = 0;
                       for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
                         const std::int64_t degree = std::min(graph.out_degree(v), kMostDegree);
                         own_squares += degree * degree;
                         own_sources += degree != 0 ? 1 : 0;
                       }
                       // Sums, read when all chunks are done.
                       std::atomic_ref(squares).fetch_add(own_squares, std::memory_order_relaxed);
                       std::atomic_ref(sources).fetch_add(own_sources, std::memory_order_relaxed);
                     });
  const auto arcs = static_cast<double>(graph.num_arcs());
  return static_cast<double>(squares) * static_cast<double>(sources) > kSkew * arcs * arcs;
}

Result<ListsByDegree> ListsByDegree::create(const GraphView& graph, Parallel& parallel,
                                            Arena& scratch) {
  ListsByDegree lists;
  QUADRILLE_RETURN_IF_ERROR(lists.order_by_degree(graph, scratch));
  lists.write_lists(graph, parallel);
  return lists;
}

// By counting: nodes of one degree in order of their ids. Reserves the most that a list can hold.
Status ListsByDegree::order_by_degree(const GraphView& graph, Arena& scratch) {
  const NodeID nodes = graph.num_nodes();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"oriented lists"}, lists_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"oriented lists: order"}, order_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"oriented lists: places"}, place_));
  std::span<NodeID> ends;  // first the number of nodes of each degree
  std::int64_t most = 0;
  for (NodeID v = 0; v < nodes; ++v) most = std::max(most, degree_both_ways(graph, v));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, most + 1, {"oriented lists: degrees"}, ends));
  std::fill(ends.begin(), ends.end(), 0);
  for (NodeID v = 0; v < nodes; ++v) ++ends[at(degree_both_ways(graph, v))];
  NodeID before = 0;
  for (std::int64_t d = most; d >= 0; --d) {
    const NodeID count = ends[at(d)];
    ends[at(d)] = before;
    before += count;
  }
  for (NodeID v = 0; v < nodes; ++v) {
    const NodeID place = ends[at(degree_both_ways(graph, v))]++;
    order_[at(place)] = v;
    place_[at(v)] = place;
  }
  EdgeOffset room = 0;
  for (NodeID place = 0; place < nodes; ++place) {
    lists_[at(place)] = {room, 0};
    room += std::min<std::int64_t>(place, degree_both_ways(graph, order_[at(place)]));
  }
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, room, {"oriented lists: targets"}, targets_));
  return Status::ok();
}

void ListsByDegree::write_lists(const GraphView& graph, Parallel& parallel) {
  parallel.for_range(graph.num_nodes(), kOrientGrain / 16,
                     [&](std::int64_t begin, std::int64_t end, int) {
                       for (auto place = static_cast<NodeID>(begin); place < end; ++place) {
                         OrientedList& list = lists_[at(place)];
                         for_distinct_neighbours(graph, order_[at(place)], [&](NodeID u) {
                           const NodeID other = place_[at(u)];
                           if (other < place) targets_[at(list.first + list.length++)] = other;
                         });
                       }
                     });
}

}  // namespace quadrille
