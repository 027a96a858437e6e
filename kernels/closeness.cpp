/* Closeness from a sample of sources [1], 64 of them searched at once (multi_bfs). A source that no
   arc leaves reaches itself alone and says nothing of others, so neither the sample nor what it
   stands for counts it.
   [1] Eppstein, Wang. Fast approximation of centrality. SODA 2001. */
#include "kernels/closeness.h"

#include <algorithm>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"
#include "kernels/sources.h"

namespace quadrille {

Result<Closeness> Closeness::create(const GraphView& graph, std::span<const NodeID> sources,
                                    Parallel& parallel, const KernelTable& kernels,
                                    Arena& scratch) {
  QUADRILLE_RETURN_IF_ERROR(check_distinct_sources(graph, sources));
  QUADRILLE_ASSIGN_OR_RETURN(const MultiBfs searches,
                             MultiBfs::create(graph, parallel, kernels, scratch));
  Closeness closeness(graph, sources, parallel, searches);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, bit_words(graph.num_nodes()),
                                             {"closeness: sources"}, closeness.is_source_));
  closeness.with_arcs_ = num_nodes_with_arcs(graph);
  return closeness;
}

void Closeness::start(const ClosenessColumns& columns) {
  searches_.start({.reached_by = columns.reached_by,
                   .distance_sum = columns.distance_sum,
                   .farthest = columns.farthest});
  std::fill(is_source_.begin(), is_source_.end(), 0);
  std::fill(columns.closeness.begin(), columns.closeness.end(), 0.0f);
  std::fill(columns.active.begin(), columns.active.end(), 0);
  done_ = done_with_arcs_ = 0;
}

void Closeness::step(const ClosenessColumns& columns) {
  if (finished()) {
    std::fill(columns.active.begin(), columns.active.end(), 0);
    return;
  }
  const std::int64_t count = std::min(MultiBfs::kSearches, std::ssize(sources_) - done_);
  const std::span<const NodeID> sources = sources_.subspan(at(done_), at(count));
  searches_.search(sources, done_,
                   {.reached_by = columns.reached_by,
                    .distance_sum = columns.distance_sum,
                    .farthest = columns.farthest});
  for (const NodeID source : sources) {
    is_source_[at(source >> 6)] |= bit_of(source);
    done_with_arcs_ += graph_.out_degree(source) != 0 ? 1 : 0;
  }
  done_ += count;
  write(columns);
}

float Closeness::closeness(NodeID v, const ClosenessColumns& columns) const {
  const std::int64_t sum = columns.distance_sum[at(v)];
  if (sum == 0) return 0;  // nobody else reaches it
  const bool is_source = (is_source_[at(v >> 6)] & bit_of(v)) != 0;
  const bool has_arcs = graph_.out_degree(v) != 0;
  const auto others = static_cast<double>(columns.reached_by[at(v)] - (is_source ? 1 : 0));
  const auto searched = static_cast<double>(done_with_arcs_ - (is_source && has_arcs ? 1 : 0));
  const auto all = static_cast<double>(with_arcs_ - (has_arcs ? 1 : 0));
  const double share = others * all / searched / static_cast<double>(graph_.num_nodes() - 1);
  return static_cast<float>(share * others / static_cast<double>(sum));
}

void Closeness::write(const ClosenessColumns& columns) {
  const std::span<const std::uint64_t> seen = searches_.seen();
  parallel_->for_range(
      std::ssize(columns.active), kWordGrain, [&](std::int64_t begin, std::int64_t end, int) {
        for (std::int64_t word = begin; word < end; ++word) {
          std::uint64_t reached = 0;
          const auto last = std::min<std::int64_t>(64 * (word + 1), graph_.num_nodes());
          for (auto v = static_cast<NodeID>(64 * word); v < last; ++v) {
            if (seen[at(v)] != 0) reached |= bit_of(v);
            columns.closeness[at(v)] = closeness(v, columns);
          }
          columns.active[at(word)] = reached;
        }
      });
}

Status run_closeness(const GraphView& graph, std::span<const NodeID> sources,
                     const ClosenessColumns& columns, Parallel& parallel,
                     const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(Closeness closeness,
                             Closeness::create(graph, sources, parallel, kernels, scratch));
  closeness.start(columns);
  while (!closeness.finished()) closeness.step(columns);
  return Status::ok();
}

}  // namespace quadrille
