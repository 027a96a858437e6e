// PathBuckets: the ring of buckets of a whole search for shortest paths, lists of chunks of each
// worker's own. Chunks and their pool are those of buckets.h, but an emptied chunk stays with the
// worker that emptied it until clear().
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "kernels/path_search_body.h"

namespace quadrille {

class PathBuckets {
 public:
  // The pool and the lists of all workers. kOutOfMemory.
  Status allocate(std::int64_t num_nodes, std::int64_t workers, Arena& scratch);

  const BucketPool& pool() const { return pool_; }
  PathLists& of(std::size_t worker) { return lists_[worker]; }
  std::span<const std::int32_t> collected() const { return collected_.first(num_collected_); }

  void clear();                        // all lists, with the pool full again
  void collect(std::uint64_t bucket);  // takes its chunks out of all lists
  // The next one of the ring after `bucket` with an entry, stale or not; kNoBucket: none has.
  std::uint64_t next_filled(std::uint64_t bucket) const;
  // The least that an entry was not kept of, as it lay beyond the ring or the pool was empty;
  // kNoBucket: all were kept.
  std::uint64_t first_dropped() const;
  static constexpr std::uint64_t kNoBucket = INT64_MAX;

  void forget_arcs();  // edges_examined() is 0 again
  std::int64_t edges_examined() const;
  bool take_touched(std::int64_t block);  // whether a worker reached a node of it; then forgets it
  void forget_touched();

 private:
  BucketPool pool_{};
  std::int64_t num_chunks_ = 0;  // of the pool
  std::int64_t num_blocks_ = 0;
  std::span<PathLists> lists_;  // one for each worker
  std::span<std::int32_t> collected_;
  std::size_t num_collected_ = 0;
};

}  // namespace quadrille
