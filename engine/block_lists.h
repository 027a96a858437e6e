// BlockLists: the lists of one direction of a graph in blocks that versions share. A block is never
// changed once a version names it; it is counted, and its room is used again when no version does.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/region.h"

namespace quadrille {

// What is to become of one arc; edits of a batch are sorted by (u, v), each pair once.
struct ArcEdit {
  NodeID u, v;
  Weight w;
  bool is_insert;
  std::size_t order;  // in the batch
};

// Ranges of elements in [0, capacity): first fit among what was given back, else behind the last.
class ExtentPool {
 public:
  explicit ExtentPool(std::int64_t capacity = 0) : capacity_(capacity) {}
  std::int64_t take(std::int64_t count);  // first element; -1: full
  void give_back(std::int64_t first, std::int64_t count);
  std::int64_t end() const { return end_; }  // no element at or behind it is in use

 private:
  std::map<std::int64_t, std::int64_t> free_;  // first -> count; never two in touch
  std::int64_t end_ = 0;
  std::int64_t capacity_;
};

class BlockLists {
 public:
  using Table = std::vector<std::int32_t>;  // which block holds the nodes [4096 i, 4096 (i + 1))
  struct Limits {
    std::int64_t blocks, arcs;
    MemoryBudget* budget;
  };
  struct Change {  // of the whole graph, by one batch
    std::int64_t arcs = 0, self_loops = 0;
  };

  // Copies the lists; the table's blocks are retained once.
  Status open(const Adjacency& lists, NodeID num_nodes, const Limits& limits, Table& table);
  // Replaces the blocks in `table` that the edits touch. On failure nothing has changed; on success
  // the new table is to be retained (or discarded by `release_unused`).
  Status apply(std::span<const ArcEdit> edits, Table& table, Change& change);
  void retain(const Table& table);
  void release(const Table& table);
  void release_unused(const Table& table);  // frees its blocks that no version retains

  std::vector<NodeBlock> node_blocks(const Table& table) const;
  // With `blocks` null: that is the version's own.
  Adjacency base() const;
  std::size_t live_blocks() const { return blocks_.size() - spare_.size(); }

 private:
  struct Block {
    NodeBlock place;
    std::int64_t num_arcs;
    std::int64_t capacity;  // arcs
    std::int32_t references;
  };
  Status take_block(std::int64_t num_arcs, std::int32_t& block);
  Status commit();
  void free_block(std::int32_t block);
  Status rewrite(std::int32_t from, std::int64_t index, std::span<const ArcEdit> edits,
                 std::int32_t& block);
  NodeID nodes_in(std::int64_t index) const;
  NodeRecord* records(const Block& block) const;
  NodeID* targets() const { return reinterpret_cast<NodeID*>(targets_.base()); }
  Weight* weights() const { return reinterpret_cast<Weight*>(weights_.base()); }

  NodeID num_nodes_ = 0;
  Region records_, targets_, weights_;  // no weights: the last one has no capacity
  ExtentPool record_pool_, arc_pool_;
  std::vector<Block> blocks_;
  std::vector<std::int32_t> spare_;   // unused entries of blocks_
  std::int64_t self_loops_made_ = 0;  // by the batch at hand: made less unmade
};

}  // namespace quadrille
