// TopologyStore: the versions of one graph. An edit copies the blocks of 4,096 nodes that it
// touches and shares the others, so a version costs what changed. Who holds a TopologyVersion keeps
// its lists unchanged; blocks that no version names are used again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <quadrille/graph.h>
#include <quadrille/status.h>

#include "engine/block_lists.h"
#include "engine/region.h"

namespace quadrille {

// One edge by internal ids; in an undirected graph (u, v) and (v, u) are the same.
struct EdgeEdit {
  NodeID u, v;
  Weight w = 1;           // not looked at where all weigh 1; float bits where weights are real
  bool is_insert = true;  // inserting an edge that is there sets its weight; else: delete, if there
};

struct TopologyOptions {
  MemoryBudget* budget = nullptr;
  std::int64_t most_arcs = 0;  // in all versions that live at one time; 0: four times the graph's
};

// Keeps one version alive. Copy and destroy on any thread; its store must outlive it.
class TopologyVersion {
 public:
  TopologyVersion() = default;
  TopologyVersion(const TopologyVersion& other) : TopologyVersion(other.data_) {}
  TopologyVersion(TopologyVersion&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  TopologyVersion& operator=(TopologyVersion other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~TopologyVersion() {
    // Release: what was read is read before the store sees the count and uses the blocks again.
    if (data_ != nullptr) data_->references.fetch_sub(1, std::memory_order_release);
  }
  const GraphView& view() const { return data_->view; }

 private:
  friend class TopologyStore;
  struct Data {
    GraphView view;
    BlockLists::Table out, in;  // `in` is empty where the graph is undirected
    std::vector<NodeBlock> out_blocks, in_blocks;
    std::atomic<std::int32_t> references{0};
  };
  explicit TopologyVersion(Data* data) : data_(data) {
    // Relaxed: whoever copies holds a count already.
    if (data_ != nullptr) data_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Data* data_ = nullptr;
};

// One thread. Edits allocate: between steps, never inside one.
class TopologyStore {
 public:
  // Copies the graph, which may go afterwards. The first version has the graph's number.
  static Result<std::unique_ptr<TopologyStore>> create(const GraphView& graph,
                                                       const TopologyOptions& options = {});

  TopologyVersion current() const { return TopologyVersion(current_.data_); }
  // All edits in order, the last one of an edge wins; makes the next version current. On failure
  // (kInvalidArgument: an id out of range, a weight below 0; kOutOfMemory, kBudgetExceeded: older
  // versions leave no room) nothing has changed.
  Status edit(std::span<const EdgeEdit> edits);

  std::size_t live_versions() const { return versions_.size(); }
  std::size_t live_blocks() const { return out_.live_blocks() + in_.live_blocks(); }
  // Frees the versions that nobody holds; edit does it, too.
  void collect();

 private:
  using Data = TopologyVersion::Data;
  TopologyStore() = default;
  Status copy_nodes(const GraphView& graph, MemoryBudget* budget);
  Status check(std::span<const EdgeEdit> edits) const;
  void publish(std::unique_ptr<Data> data);

  Region nodes_;  // coordinates and ids: the same in all versions
  GraphView nodes_view_;
  BlockLists out_, in_;
  std::vector<std::unique_ptr<Data>> versions_;
  TopologyVersion current_;  // last, so that it goes before what it names
};

}  // namespace quadrille
