// BlockLists: the lists of one direction of a graph that changes, while readers of older versions
// go on.
//
// The records of 4,096 nodes are a *node block*; its lists lie in one or more *extents*, each of
// which holds those of a run of nodes and has slack behind them. A batch writes the lists that it
// changes anew, into the slack of their extents: nobody reads there, and the old lists stay where
// they are. An extent without enough slack is rewritten elsewhere, in the order of its nodes; one
// with more lists than fit is split. Node blocks are copied if an older version is held, else
// changed in place. Whatever a batch replaces is used again once no version that names it is held.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/arc_edits.h"
#include "engine/extent_pool.h"
#include "engine/region.h"

namespace quadrille {

class BlockLists {
 public:
  static constexpr std::int64_t kUnitArcs = 1024;  // 4 KiB of targets
  static constexpr std::int64_t kPadArcs = 16;     // never used, at an extent's end
  static constexpr std::int64_t capacity_of(std::int32_t order) {
    return (kUnitArcs << order) - kPadArcs;
  }
  struct Limits {
    std::int64_t nodes;
    std::int64_t arcs;      // in all versions, their slack too; at most 2^32
    std::int64_t versions;  // as many copies of each node block
    MemoryBudget* budget;
  };
  struct Versions {
    std::uint64_t next;        // the one that is being made
    std::int64_t newest_held;  // by somebody other than the store; -1: none
  };
  struct Change {  // what one batch did to this direction; loops are counted as arcs too
    std::int64_t inserted = 0, deleted = 0, reweighted = 0;
    std::int64_t loops_inserted = 0, loops_deleted = 0, loops_reweighted = 0;
    std::int64_t rewritten_extents = 0, splits = 0;
    void add(const Change& other);
  };

  // Copies the lists.
  Status open(const Adjacency& lists, NodeID num_nodes, std::uint64_t version, const Limits& limits,
              Parallel& parallel);
  // Takes room for what the edits need. kOutOfMemory, kBudgetExceeded: nothing has changed.
  Status plan(const ArcEdits& edits, const Versions& versions, Parallel& parallel);
  // After plan(): gives that room back, or does what was planned. The version is then made.
  void abandon();
  Change write(const ArcEdits& edits, const Versions& versions, Parallel& parallel);
  // Nodes without neighbours, behind the last one, until there are so many. On failure nothing has
  // changed.
  Status grow_to(NodeID num_nodes, std::uint64_t version);
  // `held`: the versions in use, ascending. What none of them names is free from now on.
  void collect(std::span<const std::uint64_t> held);

  // Where the newest version's node blocks lie; `blocks` has room for them.
  void place(std::vector<NodeBlock>& blocks) const;
  Adjacency base() const;  // with `blocks` null: that is the version's own
  std::int64_t node_blocks() const { return live_blocks_; }  // the newest version's, and older ones
  std::int64_t extents() const;                              // the newest version's
  std::size_t committed_bytes() const;

 private:
  struct Extent {
    NodeID begin, end;   // its nodes
    std::int64_t first;  // of its units, in the arc pool
    std::int32_t order;  // 2^order units
    std::int32_t next;   // of the same node block; -1: the last
    std::int64_t used;   // arcs written, those that are no list any more among them
    std::int64_t live;   // arcs of the newest version's lists
    std::uint64_t born;  // the first version that names it
  };
  struct Block {
    std::int64_t first_record;
    std::uint64_t born;
    std::int32_t first_extent, num_extents;
  };
  // What a batch does to one extent.
  struct Task {
    std::int32_t extent;
    std::int32_t made;  // the first of those that replace it; -1: written in its slack
    bool is_held;       // an older version names it
    std::int64_t block;
    std::int64_t begin, end;  // edits
    std::int64_t inserts;     // among them
    std::int64_t slack;       // that it needs for what cannot be changed where it stands
    std::int64_t vacated;     // place that is to be retired, and
    std::int32_t order;       // its size; -1: none is
    Change change;
  };
  // A worker's: a place for each order that it has just read, that nobody reads any more, and that
  // is warm in its cache.
  struct alignas(kCacheLineBytes) WarmPlaces {
    static constexpr std::int32_t kOrders = 8;
    std::int64_t first[kOrders];  // -1: none
  };
  // What is to become of one block's records.
  struct BlockPlan {
    std::int64_t block;
    std::int64_t first_task, num_tasks;
    std::int64_t first_record;  // of the copy; -1: changed in place
  };
  struct Retired {  // named by the versions [born, died)
    std::uint64_t born, died;
    std::int64_t first;
    std::int32_t order;  // -1: a node block
  };

  Status reserve(bool is_weighted, const Limits& limits);
  Status commit();
  void measure(const ArcEdits& edits, BlockPlan& plan, const Versions& versions);
  Status plan_block(const ArcEdits& edits, BlockPlan& plan, const Versions& versions);
  // Extents for the lists of [begin, end), `total` arcs together: one, or as many of about equal
  // size as it takes for none with more nodes than one to be full from the start.
  Status make_extents(NodeID begin, NodeID end, std::int64_t total, std::uint64_t version,
                      const std::function<std::int64_t(NodeID)>& list_size, std::int32_t& made);
  Status make_extent(const Extent& extent, std::int32_t& made);
  Status take_records(std::int64_t& first_record);
  void reserve_blocks(std::size_t count);
  Status add_blocks(std::uint64_t version);
  void drop_extents(std::int32_t first);
  void replace(const Task& task, const Versions& versions);

  NodeID nodes_end(std::int64_t block) const;
  NodeRecord* records(std::int64_t first_record) const {
    return reinterpret_cast<NodeRecord*>(records_.base()) + first_record;
  }
  NodeRecord& record(NodeID u) const {
    return records(block(u >> kNodeBlockShift).first_record)[u & (kNodeBlockSize - 1)];
  }
  const Block& block(std::int64_t i) const { return blocks_[static_cast<std::size_t>(i)]; }
  Extent& extent(std::int32_t i) { return extents_[static_cast<std::size_t>(i)]; }
  NodeID* targets() const { return reinterpret_cast<NodeID*>(targets_.base()); }
  Weight* weights() const { return reinterpret_cast<Weight*>(weights_.base()); }
  bool is_weighted() const { return weights_.capacity() != 0; }

  // block_lists_write.cpp
  void copy_from(const Adjacency& lists, std::int32_t first_extent);
  void write_slack(std::span<const ArcEdit> edits, Task& task);
  void write_anew(std::span<const ArcEdit> edits, Task& task);
  void write_anew_warm(std::span<const ArcEdit> edits, Task& task, WarmPlaces& warm);
  void erase(NodeRecord& own, std::span<const ArcEdit> edits, Change& change);
  std::int64_t merge(const NodeRecord& from, std::span<const ArcEdit> edits, std::int64_t to,
                     Change& change);
  void copy_arcs(std::int64_t from, std::int64_t count, std::int64_t to);
  void prefetch(std::span<const ArcEdit> edits, std::size_t i) const;

  NodeID num_nodes_ = 0;
  Region records_, targets_, weights_;  // no weights: the last one has no capacity
  std::vector<Block> blocks_;           // of the newest version
  std::vector<Extent> extents_;
  std::vector<std::int32_t> spare_extents_;  // unused entries of extents_
  ExtentPool arc_pool_;
  std::vector<std::int64_t> spare_records_;
  std::int64_t records_end_ = 0;  // no record at or behind it is in use
  std::int64_t live_blocks_ = 0;
  std::vector<BlockPlan> plans_;
  std::vector<Task> tasks_;
  std::vector<WarmPlaces> warm_;
  std::vector<Retired> retired_;
};

}  // namespace quadrille
