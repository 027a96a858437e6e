// Ours: the tree alone, as a simulation builds it; and the index, asked one by one and in batches.
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

#include "bench/peers/space_peer.h"
#include "engine/memory_budget.h"
#include "kernels/dispatch.h"
#include "kernels/verify_quadtree.h"

namespace quadrille::program {
namespace {

// Whether ids are those of the places in a tree of the points, as an integrator has them who keeps
// its bodies in that order, or say nothing of where points are.
enum class TreeIds : std::uint8_t { kAny, kInOrder };

// Memory is kept from build to build, as a simulation keeps it, and counts as the tree's.
class TreeSpace final : public SpacePeer {
 public:
  TreeSpace(Parallel& parallel, QuadtreeUse use, TreeIds ids)
      : parallel_(parallel), use_(use), ids_(ids) {}
  std::string name() const override {
    const std::string tree = is_in_order() ? "quadrille, tree, in order" : "quadrille, tree";
    return is_updated() ? tree + ", updated" : tree;
  }
  bool can(SpaceWork work) const override {
    return work == SpaceWork::kBuild ||
           work == (is_updated() ? SpaceWork::kUpdate : SpaceWork::kMove);
  }
  bool is_ours() const override { return true; }
  bool is_in_order() const override { return ids_ == TreeIds::kInOrder; }
  void drop() override {}
  std::size_t own_bytes() const override { return budget_.used(); }

  Status build(const SpacePoints& points) override {
    QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
    if (prepared_ != points.size()) {
      QUADRILLE_RETURN_IF_ERROR(builder_.prepare(points.size(), &budget_, use_));
      prepared_ = points.size();
    }
    builder_.build(points.x, points.y, parallel_, *kernels);
    is_fresh_ = true;
    return Status::ok();
  }
  Status move(const SpacePoints& points) override {
    builder_.refit(points.x, points.y, parallel_);
    is_fresh_ = false;
    return Status::ok();
  }
  Status update(const SpacePoints& points) override {
    QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
    builder_.update(points.x, points.y, {}, parallel_, *kernels);
    return Status::ok();
  }
  Status verify(const SpacePoints& points) override {
    return verify_quadtree(builder_.view(), points.x, points.y, is_fresh_);
  }
  Status nearest(const SpaceQueries&, SpaceHits&) override { return Status::ok(); }
  Status boxes(const SpaceQueries&, SpaceHits&) override { return Status::ok(); }

 private:
  bool is_updated() const { return use_ == QuadtreeUse::kUpdate; }

  Parallel& parallel_;
  QuadtreeUse use_;
  TreeIds ids_;
  MemoryBudget budget_;
  QuadtreeBuilder builder_;
  std::int64_t prepared_ = -1;
  bool is_fresh_ = true;
};

enum class IndexUse : std::uint8_t { kOneByOne, kBatched, kSorted };

class IndexSpace final : public SpacePeer {
 public:
  IndexSpace(Parallel& parallel, IndexUse use) : parallel_(parallel), use_(use) {}
  std::string name() const override {
    if (use_ == IndexUse::kOneByOne) return "quadrille, index";
    return use_ == IndexUse::kBatched ? "quadrille, index, batched" : "quadrille, index, sorted";
  }
  // Lists by (distance, id) are all that differs in a row of their own.
  bool can(SpaceWork work) const override {
    if (use_ == IndexUse::kSorted) return work == SpaceWork::kBuild || work == SpaceWork::kBoxes;
    if (work == SpaceWork::kMove || work == SpaceWork::kUpdate) return false;
    return is_batched() || work != SpaceWork::kCount;
  }
  bool is_ours() const override { return true; }
  bool is_batched() const override { return use_ != IndexUse::kOneByOne; }
  void drop() override {
    listed_.clear();
    index_.reset();
  }
  std::size_t own_bytes() const override { return budget_.used(); }

  Status build(const SpacePoints& points) override {
    drop();
    QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
    QUADRILLE_ASSIGN_OR_RETURN(
        index_, PointIndex::create(points.wide_x, points.wide_y, parallel_, &budget_, *kernels));
    return Status::ok();
  }

  Status nearest(const SpaceQueries& queries, SpaceHits& hits) override {
    return is_batched() ? nearest_of(queries, hits) : nearest_one_by_one(queries, hits);
  }
  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    return is_batched() ? boxes_of(queries) : boxes_one_by_one(queries, hits);
  }
  void hand_over(SpaceHits& hits) override {
    for (const WindowHits& found : listed_) {
      for (std::size_t q = 0; q < found.counts.size(); ++q) {
        hits.ids.insert(hits.ids.end(), found.of(q).begin(), found.of(q).end());
        hits.end_query();
      }
    }
  }
  Status count(const SpaceQueries& queries, std::vector<std::int64_t>& counts) override {
    counts.resize(queries.x.size());
    return index_->count({queries.x, queries.y}, {WindowShape::kBox, queries.half}, counts,
                         parallel_);
  }

 private:
  Status nearest_one_by_one(const SpaceQueries& queries, SpaceHits& hits) const {
    std::array<Neighbor, kSpaceNeighbors> neighbors;
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      QUADRILLE_ASSIGN_OR_RETURN(const std::int64_t found,
                                 index_->nearest_to(queries.x[q], queries.y[q], neighbors));
      for (const Neighbor& neighbor : std::span(neighbors).first(static_cast<std::size_t>(found)))
        hits.ids.push_back(neighbor.id);
      hits.end_query();
    }
    return Status::ok();
  }
  Status boxes_one_by_one(const SpaceQueries& queries, SpaceHits& hits) {
    const Window window{WindowShape::kBox, queries.half};
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const auto list = [&] { return index_->list_in(queries.x[q], queries.y[q], window, room_); };
      QUADRILLE_ASSIGN_OR_RETURN(std::int64_t found, list());
      if (found > std::ssize(room_)) {
        room_.resize(2 * static_cast<std::size_t>(found));
        QUADRILLE_ASSIGN_OR_RETURN(found, list());
      }
      hits.ids.insert(hits.ids.end(), room_.begin(), room_.begin() + found);
      hits.end_query();
    }
    return Status::ok();
  }
  Status nearest_of(const SpaceQueries& queries, SpaceHits& hits) {
    const auto found = static_cast<std::size_t>(index_->neighbors_of(kSpaceNeighbors));
    const std::size_t before = hits.ids.size(), count = queries.x.size();
    hits.ids.resize(before + count * found);
    for (std::size_t q = 1; q <= count; ++q) hits.ends.push_back(before + q * found);
    return index_->nearest({queries.x, queries.y}, kSpaceNeighbors,
                           std::span(hits.ids).subspan(before), parallel_);
  }
  // Giving back the memory of the answers before is part of it, as it is of a user's loop.
  Status boxes_of(const SpaceQueries& queries) {
    listed_.clear();
    for (std::int64_t next = 0; next < queries.size();) {
      const SpaceQueries rest = queries.part(next, queries.size() - next);
      QUADRILLE_ASSIGN_OR_RETURN(
          WindowHits found,
          index_->list({rest.x, rest.y}, {WindowShape::kBox, queries.half}, kMostHits, parallel_,
                       use_ == IndexUse::kSorted ? ListOrder::kDistance : ListOrder::kTree));
      next += found.num_queries();
      listed_.push_back(std::move(found));
    }
    return Status::ok();
  }

  static constexpr std::int64_t kMostHits = std::int64_t{1} << 24;  // at a time
  Parallel& parallel_;
  IndexUse use_;
  MemoryBudget budget_;
  std::optional<PointIndex> index_;
  std::vector<WindowHits> listed_;  // written down, until others are asked for
  std::vector<BodyID> room_ = std::vector<BodyID>(1024);  // of a box's hits
};

}  // namespace

void add_quadrille_space(Parallel& parallel, SpacePeers& peers) {
  for (const TreeIds ids : {TreeIds::kAny, TreeIds::kInOrder}) {
    for (const QuadtreeUse use : {QuadtreeUse::kBuild, QuadtreeUse::kUpdate})
      peers.push_back(std::make_unique<TreeSpace>(parallel, use, ids));
  }
  peers.push_back(std::make_unique<IndexSpace>(parallel, IndexUse::kOneByOne));
  peers.push_back(std::make_unique<IndexSpace>(parallel, IndexUse::kSorted));
  peers.push_back(std::make_unique<IndexSpace>(parallel, IndexUse::kBatched));
}

}  // namespace quadrille::program
