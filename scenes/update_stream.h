// UpdateStream: the updates of a graph, a batch a step: those of a file in its order, or random
// ones without end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/graph.h>

#include "engine/arc_edits.h"
#include "engine/random.h"

namespace quadrille {

class UpdateStream {
 public:
  UpdateStream() = default;
  // Random ones, `batch` a step.
  UpdateStream(std::int64_t batch, std::uint64_t seed);
  // A file's.
  UpdateStream(std::int64_t batch, std::vector<EdgeEdit> updates);

  // The next ones; of random ones about half delete an edge of the graph, the others insert one
  // between any two nodes. Valid until the next call. Allocates nothing.
  std::span<const EdgeEdit> next(const GraphView& graph);
  bool finished() const { return is_file_ && begin_ == updates_.size(); }
  bool is_file() const { return is_file_; }
  // The most that next() gives at once.
  std::size_t most_at_once() const { return is_file_ ? std::min(batch_, updates_.size()) : batch_; }
  std::size_t bytes() const { return updates_.capacity() * sizeof(EdgeEdit); }
  // As many as there are when all of a file's updates are done.
  NodeID nodes_at_end(const GraphView& graph) const;

 private:
  EdgeEdit draw(const GraphView& graph);

  bool is_file_ = false;
  std::size_t batch_ = 0;
  std::vector<EdgeEdit> updates_;  // all of a file; or one batch
  std::size_t begin_ = 0;          // of a file's, next ones
  Random random_{0};
};

}  // namespace quadrille
