/* Triangles [1]: the list of a node is marked as bits, and of each neighbour in it the list is
   looked up there. Lists are oriented, so each triangle is found at its last node. Where they go by
   degree they are short and name mostly the first places: the bits that are looked up lie in the
   nearest cache, and no merge mispredicts. Differs from [1] (and from GAPBS, which merges): bits, a
   set a worker, instead of an array of marks.
   [1] Latapy. Main-memory triangle computations for very large (sparse (power-law)) graphs.
   2008. */
#include "kernels/triangles.h"

#include <algorithm>
#include <atomic>
#include <type_traits>
#include <utility>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kPlaceGrain = 1024;
constexpr std::int64_t kHubGrain = 64;  // where places go by degree: work differs much
constexpr NodeID kSteps = 16;
// Lists are asked for while those of the node before are looked up; more than this would push out
// what is in use.
constexpr std::size_t kAskedFor = 64;
constexpr std::size_t kFew = 3;  // in a list: compared with, which is less than marking them

// A sum that is read when all chunks are done.
void add(std::int64_t& sum, std::int64_t value) {
  std::atomic_ref(sum).fetch_add(value, std::memory_order_relaxed);
}

struct Found {
  std::int64_t triangles = 0, examined = 0;
};

// Where a worker's bits begin: on a cache line of its own.
std::int64_t words_of_worker(NodeID places) { return (bit_words(places) + 7) / 8 * 8; }

Status allocate_marks(NodeID places, const Parallel& parallel, Arena& scratch,
                      std::span<std::uint64_t>& marks) {
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(
      scratch, words_of_worker(places) * parallel.num_workers(), {"triangles: marks"}, marks));
  std::fill(marks.begin(), marks.end(), 0);
  return Status::ok();
}

template <class Lists>
std::span<const NodeID> list_if_any(const Lists& lists, NodeID place) {
  return place < lists.num_places() ? lists.of(place) : std::span<const NodeID>();
}

// What of a list is asked for while those of the places before are looked up.
std::span<const NodeID> asked_for(std::span<const NodeID> list) {
  return list.first(list.size() < 2 ? 0 : std::min(list.size(), kAskedFor));
}

// Those neighbours of `v` before it that are in the set, and how many there are.
template <bool kEach, class Lists, class IsIn>
Found look_up(const Lists& lists, NodeID v, IsIn is_in, std::int64_t* each) {
  constexpr bool kCut = std::is_same_v<Lists, ListsById>;
  Found found;
  for (const NodeID w : lists.beginning_with(v)) {
    if (kCut && w >= v) break;
    const std::int64_t hit = is_in(w);
    found.triangles += hit;
    ++found.examined;
    if constexpr (kEach) {
      if (hit != 0) add(each[w], 1);
    }
  }
  return found;
}

// The triangles whose last place has the list `own`, which is also the set.
template <bool kEach, class Lists, class IsIn>
Found count_list(const Lists& lists, std::span<const NodeID> own, IsIn is_in, std::int64_t* each) {
  // By id the first one of a list has only neighbours that are before all of the list.
  constexpr std::size_t kFirst = std::is_same_v<Lists, ListsById> ? 1 : 0;
  Found found;
  for (const NodeID v : own.subspan(kFirst)) {
    const Found hits = look_up<kEach>(lists, v, is_in, each);
    if constexpr (kEach) {
      if (hits.triangles != 0) add(each[v], hits.triangles);
    }
    found.triangles += hits.triangles;
    found.examined += hits.examined;
  }
  return found;
}

// The triangles whose last place is in the range. `marks` are clear before and after; `each` is by
// place.
template <bool kEach, class Lists>
Found count_range(const Lists& lists, NodeID begin, NodeID end, std::uint64_t* marks,
                  std::int64_t* each) {
  Found found;
  const bool ahead = lists.worth_asking_ahead();
  std::span<const NodeID> own, next = lists.of(begin), after = list_if_any(lists, begin + 1);
  const auto is_marked = [marks](NodeID w) {
    return static_cast<std::int64_t>(marks[w >> 6] >> (w & 63) & 1);
  };
  const auto is_own = [&own](NodeID w) {
    std::int64_t hits = 0;
    for (const NodeID mark : own) hits += mark == w ? 1 : 0;
    return hits;
  };
  for (NodeID u = begin; u < end; ++u) {
    if (ahead) {
      own = std::exchange(next, std::exchange(after, list_if_any(lists, u + 2)));
      for (const NodeID v : asked_for(after)) __builtin_prefetch(lists.record(v));
      for (const NodeID v : asked_for(next)) __builtin_prefetch(lists.targets(v));
    } else {
      own = lists.of(u);
    }
    found.examined += std::ssize(own);
    if (own.size() < 2) continue;
    const bool few = own.size() <= kFew;
    for (const NodeID w : few ? std::span<const NodeID>() : own) marks[w >> 6] |= bit_of(w);
    const Found here = few ? count_list<kEach>(lists, own, is_own, each)
                           : count_list<kEach>(lists, own, is_marked, each);
    for (const NodeID w : few ? std::span<const NodeID>() : own) marks[w >> 6] = 0;
    if constexpr (kEach) {
      if (here.triangles != 0) add(each[u], here.triangles);
    }
    found.triangles += here.triangles;
    found.examined += here.examined;
  }
  return found;
}

template <bool kEach, class Lists>
Found count_places(const Lists& lists, NodeID begin, NodeID end, std::span<std::uint64_t> marks,
                   std::int64_t* each, Parallel& parallel) {
  constexpr std::int64_t kGrain = std::is_same_v<Lists, ListsById> ? kPlaceGrain : kHubGrain;
  Found found;
  parallel.for_range(
      end - begin, kGrain, [&](std::int64_t chunk_begin, std::int64_t chunk_end, int worker) {
        const Found chunk = count_range<kEach>(
            lists, begin + static_cast<NodeID>(chunk_begin), begin + static_cast<NodeID>(chunk_end),
            marks.data() + words_of_worker(lists.num_places()) * worker, each);
        add(found.triangles, chunk.triangles);
        add(found.examined, chunk.examined);
      });
  return found;
}

}  // namespace

Result<std::int64_t> count_triangles(const GraphView& graph, Parallel& parallel, Arena& scratch) {
  const NodeID places = graph.num_nodes();
  std::span<std::uint64_t> marks;
  QUADRILLE_RETURN_IF_ERROR(allocate_marks(places, parallel, scratch, marks));
  if (!worth_ordering_by_degree(graph, parallel))
    return count_places<false>(ListsById{graph}, 0, places, marks, nullptr, parallel).triangles;
  QUADRILLE_ASSIGN_OR_RETURN(const ListsByDegree lists,
                             ListsByDegree::create(graph, parallel, scratch));
  return count_places<false>(lists, 0, places, marks, nullptr, parallel).triangles;
}

Result<Triangles> Triangles::create(const GraphView& graph, Parallel& parallel, Arena& scratch) {
  Triangles triangles(graph, parallel);
  if (worth_ordering_by_degree(graph, parallel)) {
    QUADRILLE_ASSIGN_OR_RETURN(triangles.by_degree_,
                               ListsByDegree::create(graph, parallel, scratch));
  }
  QUADRILLE_RETURN_IF_ERROR(allocate_marks(graph.num_nodes(), parallel, scratch, triangles.marks_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, graph.num_nodes(), {"triangles: counts"}, triangles.each_));
  return triangles;
}

void Triangles::start(const TriangleColumns& columns) {
  std::fill(each_.begin(), each_.end(), 0);
  std::fill(columns.triangles.begin(), columns.triangles.end(), 0);
  std::fill(columns.active.begin(), columns.active.end(), 0);
  done_ = 0;
  count_ = edges_examined_ = 0;
}

void Triangles::step(const TriangleColumns& columns) {
  std::fill(columns.active.begin(), columns.active.end(), 0);
  if (finished()) return;
  const NodeID places = graph_.num_nodes();
  const NodeID end = std::min(places, done_ + (places + kSteps - 1) / kSteps);
  const auto count = [&](const auto& lists) {
    return count_places<true>(lists, done_, end, marks_, each_.data(), *parallel_);
  };
  const Found found = by_degree_ ? count(*by_degree_) : count(ListsById{graph_});
  done_ = end;
  count_ += found.triangles;
  edges_examined_ += found.examined;
  if (found.triangles != 0) write(columns);
}

void Triangles::write(const TriangleColumns& columns) {
  parallel_->for_range(
      bit_words(graph_.num_nodes()), kWordGrain, [&](std::int64_t begin, std::int64_t end, int) {
        const auto last = static_cast<NodeID>(std::min<std::int64_t>(end * 64, graph_.num_nodes()));
        for (auto v = static_cast<NodeID>(begin * 64); v < last; ++v) {
          const std::int64_t now = each_[at(by_degree_ ? by_degree_->place(v) : v)];
          if (now == columns.triangles[at(v)]) continue;
          columns.triangles[at(v)] = now;
          columns.active[at(v >> 6)] |= bit_of(v);
        }
      });
}

Status run_triangles(const GraphView& graph, const TriangleColumns& columns, Parallel& parallel,
                     Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(Triangles triangles, Triangles::create(graph, parallel, scratch));
  triangles.start(columns);
  while (!triangles.finished()) triangles.step(columns);
  return Status::ok();
}

}  // namespace quadrille
