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
#include "kernels/sssp.h"
#include "kernels/sssp_parents.h"

namespace quadrille {

class PathSearch {
 public:
  // As Sssp::create. `scratch` gives about 30 bytes a node, and as much as an Sssp more where a
  // path could be longer than 32 bits hold.
  static Result<PathSearch> create(const GraphView& graph, std::int64_t delta, Parallel& parallel,
                                   const KernelTable& kernels, Arena& scratch);

  // From an internal id; writes every element, `active` (nobody is) included. As often as wanted.
  void run(NodeID source, const SsspColumns& columns);

  std::int64_t edges_examined() const { return edges_examined_; }  // in the last run
  std::int64_t delta() const { return std::int64_t{1} << state_.shift; }

 private:
  PathSearch(const GraphView& graph, Parallel& parallel, const KernelTable& kernels)
      : graph_(graph), parallel_(&parallel), kernels_(&kernels.path_search) {}
  Status allocate(Arena& scratch);
  void start(NodeID source);
  bool search();  // false: paths grow too long
  bool bucket_fits() const;
  void write(NodeID source, const SsspColumns& columns);
  void write_zero_arc_parents(NodeID source, const SsspColumns& columns);

  void empty_bucket();
  std::int64_t collect();
  void relax_serial(std::int64_t num_chunks);
  void relax_shared(std::int64_t num_chunks);
  bool find_next_bucket();
  std::uint64_t next_filled() const;
  std::uint64_t next_distance(std::uint64_t from) const;
  void refill(std::uint64_t from);
  void reset_lists();
  std::int64_t first_dropped() const;

  GraphView graph_;
  Parallel* parallel_;
  const PathBodies* kernels_;
  PathState state_{};  // its words are kNoPath between runs
  std::span<PathWord> words_;
  std::span<PathLists> lists_;         // one for each worker
  std::span<std::int32_t> collected_;  // chunks at work
  std::int64_t num_chunks_ = 0;        // of the pool
  ZeroArcParents zero_arcs_;
  std::optional<Sssp> wide_;  // where 32 bits may be too few

  std::uint64_t most_weight_ = 1;
  int first_shift_ = 0;
  std::int64_t steps_since_refill_ = 0;
  std::int64_t edges_examined_ = 0;
};

// A whole search from the user's node `source`, as run_bfs.
Status run_sssp(const GraphView& graph, NodeID source, std::int64_t delta,
                const SsspColumns& columns, Parallel& parallel, const KernelTable& kernels,
                Arena& scratch);

}  // namespace quadrille
