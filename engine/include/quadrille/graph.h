// Graph: a compressed sparse row graph as one slab image, and GraphView, a look at it without
// ownership.
//
// Nodes stand in blocks of 4,096. A block's entry in the block table says where its records and its
// edges lie, so an edit replaces blocks and a version is a block table. A node's targets ascend by
// internal id. An undirected edge stands in both lists (a self loop once). A directed graph keeps
// its transpose too: `in()`; undirected: in() is out(). Ids inside are internal; `user_id` and
// `internal_id` map (they are the same unless the builder reordered nodes). Where users do not call
// nodes 0 .. n - 1, a user id is the rank of what they call it: `names`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <quadrille/node_names.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

class MappedFile;
class MemoryBudget;
class Parallel;
class Region;

inline constexpr int kNodeBlockShift = 12;  // 4,096 nodes of 16 bytes: 64 KiB
inline constexpr NodeID kNodeBlockSize = 1 << kNodeBlockShift;

// 16 bytes, four to a cache line.
struct NodeRecord {
  std::uint32_t edge_index;  // first edge, relative to the block's edge_base
  std::uint32_t out_degree;
  std::uint32_t flags;     // zero so far
  std::uint32_t reserved;  // zero; keeps the slab hash stable
};
static_assert(sizeof(NodeRecord) == 16);

// 16 bytes. Where the records and the edges of one block lie in their slabs.
struct NodeBlock {
  std::int64_t first_record;  // index into the node slab
  EdgeOffset edge_base;       // index into the edge slab
};
static_assert(sizeof(NodeBlock) == 16);

// One direction of a graph, plain pointers: what kernels are given.
struct Adjacency {
  const NodeBlock* blocks;
  const NodeRecord* records;
  const NodeID* targets;
  const Weight* weights;  // at the edge's index; null where all weigh 1
};

inline const NodeRecord& node_record(const Adjacency& a, NodeID u) {
  return a.records[a.blocks[u >> kNodeBlockShift].first_record + (u & (kNodeBlockSize - 1))];
}
inline EdgeOffset first_edge(const Adjacency& a, NodeID u) {
  return a.blocks[u >> kNodeBlockShift].edge_base + node_record(a, u).edge_index;
}

struct HeaderSlab;

// Valid as long as the image lives and is not moved. Any number of threads may read.
class GraphView {
 public:
  GraphView() = default;
  // `image` starts with a HeaderSlab; use Graph::open for bytes that cannot be trusted.
  explicit GraphView(const std::byte* image);

  NodeID num_nodes() const { return num_nodes_; }
  EdgeOffset num_edges() const { return num_edges_; }  // an undirected edge counts once
  EdgeOffset num_arcs() const { return num_arcs_; }    // entries of the out lists
  bool directed() const { return directed_; }
  bool weighted() const { return out_.weights != nullptr; }
  bool real_weights() const { return real_weights_; }  // the weight slab holds float, not Weight
  std::uint64_t version() const { return version_; }

  const Adjacency& out() const { return out_; }
  const Adjacency& in() const { return in_; }
  std::int64_t out_degree(NodeID u) const { return node_record(out_, u).out_degree; }
  std::int64_t in_degree(NodeID v) const { return node_record(in_, v).out_degree; }
  std::span<const NodeID> out_neigh(NodeID u) const { return neigh(out_, u); }
  std::span<const NodeID> in_neigh(NodeID v) const { return neigh(in_, v); }
  std::span<const Weight> out_weights(NodeID u) const;  // empty where all weigh 1

  bool has_coordinates() const { return !x_.empty(); }
  std::span<const float> x() const { return x_; }  // by internal id
  std::span<const float> y() const { return y_; }
  NodeID user_id(NodeID v) const { return user_ids_ == nullptr ? v : user_ids_[v]; }
  NodeID internal_id(NodeID user) const {
    return internal_ids_ == nullptr ? user : internal_ids_[user];
  }
  bool reordered() const { return user_ids_ != nullptr; }
  const NodeNames& names() const { return names_; }  // by user id
  // What the user calls a node; `v` is an internal id.
  std::string name_of(NodeID v) const { return names_[user_id(v)]; }
  // The user id of what the user calls a node; -1: there is none.
  NodeID find_user(std::string_view name) const;

 private:
  friend class TopologyStore;  // its versions lie in pools of blocks, not in one image
  static std::span<const NodeID> neigh(const Adjacency& a, NodeID u) {
    return {a.targets + first_edge(a, u), node_record(a, u).out_degree};
  }
  Adjacency out_{}, in_{};
  NodeID num_nodes_ = 0;
  EdgeOffset num_edges_ = 0, num_arcs_ = 0;
  bool directed_ = false, real_weights_ = false;
  std::uint64_t version_ = 0;
  std::span<const float> x_, y_;
  const NodeID* user_ids_ = nullptr;
  const NodeID* internal_ids_ = nullptr;
  NodeNames names_;
};

// What a check of the lists counts on the way.
struct GraphTotals {
  std::int64_t self_loops = 0;
  std::int64_t isolated_nodes = 0;  // without an arc in either direction
  std::int64_t max_out_degree = 0;
};

struct OpenOptions {
  MemoryBudget* budget = nullptr;  // of the copy; must outlive the graph
  Parallel* parallel = nullptr;    // null: the calling thread alone
  GraphTotals* totals = nullptr;   // filled in, if asked for
};

// Owns a graph image: in a region of its own, or mapped from a file.
class Graph {
 public:
  Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  ~Graph();

  // Takes a region whose first bytes are a finished image (the builder's way).
  static Graph adopt(Region region);
  // Both check untrusted bytes: every offset, length, degree, target and order, and by 64-bit sums
  // that each arc stands in the lists of both directions. kInvalidInput else.
  // The first one copies them, and is safe whatever happens to them later. The second one keeps the
  // file mapped, copies nothing and charges no budget: pages of a file are not the process's own. A
  // file that is replaced (a new file under its name) stays as it was opened; one that is written
  // to in place changes the graph under its readers, and one that is cut short raises SIGBUS.
  static Result<Graph> open(std::span<const std::byte> image, const OpenOptions& options = {});
  static Result<Graph> open(std::shared_ptr<const MappedFile> file,
                            const OpenOptions& options = {});

  const GraphView& view() const { return view_; }
  std::span<const std::byte> image() const;  // what `convert` writes and `inspect` verifies
  std::size_t image_bytes() const { return image().size(); }
  bool is_mapped() const { return file_ != nullptr; }

 private:
  std::unique_ptr<Region> region_;
  std::shared_ptr<const MappedFile> file_;  // instead of the region
  GraphView view_;
};

// Checks every promise of an image: magic, ranges, block table, degrees, targets in range and
// ascending, each arc in the lists of both directions.
Status verify_graph_image(std::span<const std::byte> image);

}  // namespace quadrille
