// TopologyStore: the versions of one graph that changes. A batch of edits makes the next version
// and costs what it touches; who holds a TopologyVersion keeps its lists unchanged. What no held
// version names is used again.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/arc_edits.h"
#include "engine/block_lists.h"
#include "engine/region.h"
#include "engine/topology_version.h"

namespace quadrille {

struct TopologyOptions {
  MemoryBudget* budget = nullptr;
  // Address space; memory is taken as it is needed. In all versions that live at one time, with the
  // slack of their lists; 0: sixteen times the graph's. At most 2^32.
  std::int64_t most_arcs = 0;
  std::int64_t most_nodes = 0;      // after all additions; 0: the graph's and a million
  std::int64_t most_versions = 16;  // that live at one time and have no node block in common
  std::int64_t usual_edits = 0;     // in a batch: for so many nothing is allocated later
};

// What a batch did. Edges, an undirected one once.
struct EditReport {
  std::int64_t inserted = 0, deleted = 0;
  std::int64_t reweighted = 0;  // were there, and have another weight now
  // The others: were there already, were not there to be deleted, or a later edit of the same batch
  // names the same edge.
  std::int64_t ignored = 0;
  std::int64_t rewritten_extents = 0, splits = 0;  // of lists whose slack was used up
};

// One thread, with the workers of `parallel`. Edits between steps of a simulation, or as one.
class TopologyStore {
 public:
  // Copies the graph, names and all, which may go afterwards; `parallel` outlives the store. The
  // first version has the graph's number. kUnsupported: more arcs than 2^32 places have room for.
  static Result<std::unique_ptr<TopologyStore>> create(const GraphView& graph, Parallel& parallel,
                                                       const TopologyOptions& options = {});

  TopologyVersion current() const { return TopologyVersion(current_.data_); }
  // All edits in order, the last one of an edge wins; makes the next version current. On failure
  // (kInvalidArgument: an id out of range, a weight below 0; kUnsupported: 2^30 edits;
  // kOutOfMemory, kBudgetExceeded: older versions leave no room) nothing has changed.
  Status edit(std::span<const EdgeEdit> edits, EditReport* report = nullptr);
  // The next version has `count` nodes more, behind the others, with no neighbours; their user ids
  // follow on, and where nodes have coordinates they stand at the origin. On failure
  // (kInvalidArgument: too many, or the others have names, by whose order user ids go;
  // kOutOfMemory, kBudgetExceeded) nothing has changed.
  Status add_nodes(NodeID count);

  std::size_t live_versions() const { return versions_.size(); }
  // Node blocks of all live versions, each once; runs of lists of the current one.
  std::int64_t live_blocks() const { return out_.node_blocks() + in_.node_blocks(); }
  std::int64_t extents() const { return out_.extents() + in_.extents(); }
  std::size_t committed_bytes() const;
  // Frees the versions that nobody holds; edit does it, too.
  void collect();

 private:
  using Data = TopologyVersion::Data;
  enum NodeArray : std::uint8_t { kX, kY, kUserIds, kInternalIds, kNumNodeArrays };
  explicit TopologyStore(Parallel& parallel) : parallel_(&parallel) {}
  Status copy_nodes(const GraphView& graph, const TopologyOptions& options);
  Status copy_names(const NodeNames& names, MemoryBudget* budget);
  Status grow_nodes(NodeID count);
  Status open_lists(const GraphView& graph, const TopologyOptions& options);
  Status check(std::span<const EdgeEdit> edits) const;
  Status plan(std::span<const EdgeEdit> edits, const BlockLists::Versions& versions);
  BlockLists::Versions versions() const;
  void reserve_versions(std::size_t count);
  void publish(const GraphView& nodes_and_counts);
  template <class T>
  T* node_array(NodeArray array) const {
    return reinterpret_cast<T*>(nodes_[array].base());
  }

  Parallel* parallel_;
  bool is_directed_ = false;
  std::int64_t most_nodes_ = 0;
  std::array<Region, kNumNodeArrays> nodes_;  // all versions name the same; none: no capacity
  Region name_words_, name_bytes_;            // what names_ looks at
  NodeNames names_;
  BlockLists out_, in_;
  ArcEdits out_edits_, in_edits_;
  std::vector<std::unique_ptr<Data>> versions_;  // ascending
  std::vector<std::unique_ptr<Data>> spare_;
  std::vector<std::uint64_t> held_;
  TopologyVersion current_;  // last, so that it goes before what it names
};

}  // namespace quadrille
