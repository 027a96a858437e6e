// Shortest paths from one source over weights >= 0 for who wants the end alone: delta-stepping
// without frames between (sssp.h is the same algorithm a bucket a step).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/kernel_table.h"
#include "kernels/path_buckets.h"
#include "kernels/sssp.h"
#include "kernels/sssp_parents.h"

namespace quadrille {

class PathSearch {
 public:
  // As Sssp::create, but `delta` 0 is the mean weight over the mean degree. `scratch` gives about
  // 25 bytes a node and half a MiB a worker at most, and as much as an Sssp more where a path could
  // be longer than 32 bits hold.
  static Result<PathSearch> create(const GraphView& graph, std::int64_t delta, Parallel& parallel,
                                   const KernelTable& kernels, Arena& scratch);

  // From an internal id; writes every element, `active` (nobody is) included. As often as wanted.
  void run(NodeID source, const SsspColumns& columns);

  std::int64_t edges_examined() const { return edges_examined_; }  // in the last run
  // The width of the first buckets; rings that are nearly empty go on with wider ones.
  std::int64_t delta() const { return std::int64_t{1} << first_shift_; }

 private:
  struct Team;
  PathSearch(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.path_search) {}
  Status allocate(Arena& scratch);
  void run_wide(NodeID source, const SsspColumns& columns);
  void start(NodeID source);
  bool search();  // false: paths grow too long
  bool bucket_fits() const;
  std::uint64_t next_distance(std::uint64_t from) const;
  bool refill_dropped();
  void refill_range(std::int64_t first, std::int64_t last, std::uint64_t from);

  void empty_ring();
  void lead(Team& team);
  void follow(Team& team, std::size_t worker);
  bool next_bucket();
  void relax_alone();
  void relax_together(Team& team);
  void relax_some(Team& team, std::size_t worker);

  void write(NodeID source, const SsspColumns& columns);
  void write_block(std::int64_t block, const SsspColumns& columns);
  void write_zero_arc_parents(NodeID source, const SsspColumns& columns);

  GraphView graph_;
  Parallel* parallel_;
  const PathBodies* kernels_;
  PathState state_{};  // its words are kNoPath between runs
  std::span<PathWord> words_;
  PathBuckets buckets_;
  ZeroArcParents zero_arcs_;
  std::optional<Sssp> wide_;  // where 32 bits may be too few

  std::uint64_t most_weight_ = 1;
  int first_shift_ = 0;
  std::uint64_t ring_begin_ = 0;  // the bucket that it was filled from
  std::int64_t steps_since_refill_ = 0;
  std::int64_t edges_examined_ = 0;
};

// A whole search from the user's node `source`, as run_bfs.
Status run_sssp(const GraphView& graph, NodeID source, std::int64_t delta,
                const SsspColumns& columns, Parallel& parallel, const KernelTable& kernels,
                Arena& scratch);

}  // namespace quadrille
