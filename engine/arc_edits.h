// ArcEdits: what a batch of edge edits means for the lists of one direction, sorted, by node
// blocks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/types.h>

namespace quadrille {

// One edge by internal ids; in an undirected graph (u, v) and (v, u) are the same.
struct EdgeEdit {
  NodeID u, v;
  Weight w = 1;           // not looked at where all weigh 1; float bits where weights are real
  bool is_insert = true;  // inserting an edge that is there sets its weight; else: delete, if there
};

// What is to become of one arc. 16 bytes.
struct ArcEdit {
  NodeID u, v;
  Weight w;
  std::uint32_t order;  // twice its number in the batch, plus 1 if it inserts
  bool is_insert() const { return (order & 1) != 0; }
};

class ArcEdits {
 public:
  struct Block {  // the edits of nodes [4096 index, 4096 (index + 1)), at least one
    std::int64_t index;
    std::int64_t begin, end;  // into arcs()
  };

  // Takes room for batches of `edits` in a graph of `nodes`, so that assign() allocates nothing.
  void reserve(std::int64_t edits, NodeID nodes, int workers);
  // `forward`: an edit of (u, v) changes u's list; `backward`: v's. Fewer than 2^30 edits.
  // Within a block sorted by (u, v); of each pair the last edit alone.
  void assign(std::span<const EdgeEdit> edits, bool forward, bool backward, NodeID num_nodes,
              Parallel& parallel);

  std::span<const ArcEdit> arcs() const { return sorted_; }
  std::span<const Block> blocks() const { return blocks_; }

 private:
  static constexpr std::int64_t kBuckets = 512;  // of a block's nodes, when it is sorted
  struct Starts {
    std::int64_t at[kBuckets + 1];
  };
  void count(std::span<const EdgeEdit> edits, std::int64_t grain, Parallel& parallel);
  void sum(std::int64_t num_chunks);
  void scatter(std::span<const EdgeEdit> edits, std::int64_t grain, Parallel& parallel);
  void sort(Block& block, Starts& starts);

  bool forward_ = false, backward_ = false;
  std::int64_t num_blocks_ = 0;        // of the graph
  std::vector<std::int64_t> starts_;   // a chunk of edits after the other: where each block's go
  std::vector<Starts> bucket_starts_;  // one for each worker
  std::vector<ArcEdit> arcs_, sorted_;
  std::vector<Block> blocks_;
};

}  // namespace quadrille
