// libspatialindex's R-tree, bulk loaded (sort-tile-recursive) into its memory storage: the one door
// to it.
#include <algorithm>

#include <spatialindex/SpatialIndex.h>

#include "bench/format.h"
#include "bench/peers/space_peer.h"

namespace quadrille::program {
namespace {

constexpr double kLoadFill = 0.99;  // it is not to be changed afterwards
constexpr std::uint32_t kLoadNode = 16;

// The points one by one, as bulk loading asks for them.
class LoadStream final : public SpatialIndex::IDataStream {
 public:
  explicit LoadStream(const SpacePoints& points) : points_(points) {}
  SpatialIndex::IData* getNext() override {
    const double at[2] = {points_.wide_x[next_], points_.wide_y[next_]};
    SpatialIndex::Region region(at, at, 2);
    return new SpatialIndex::RTree::Data(0, nullptr, region, static_cast<BodyID>(next_++));
  }
  bool hasNext() override { return next_ < points_.x.size(); }
  std::uint32_t size() override { return static_cast<std::uint32_t>(points_.x.size()); }
  void rewind() override { next_ = 0; }

 private:
  const SpacePoints& points_;
  std::size_t next_ = 0;
};

class LoadVisitor final : public SpatialIndex::IVisitor {
 public:
  explicit LoadVisitor(std::vector<BodyID>& ids) : ids_(ids) {}
  void visitNode(const SpatialIndex::INode&) override {}
  void visitData(const SpatialIndex::IData& data) override {
    ids_.push_back(static_cast<BodyID>(data.getIdentifier()));
  }
  void visitData(std::vector<const SpatialIndex::IData*>&) override {}

 private:
  std::vector<BodyID>& ids_;
};

class LoadedSpace final : public SpacePeer {
 public:
  std::string name() const override {
    return fmt::format("libspatialindex {}.{}.{} STR", SIDX_VERSION_MAJOR, SIDX_VERSION_MINOR,
                       SIDX_VERSION_REV);
  }
  bool can(SpaceWork work) const override { return any_index_can(work); }
  void drop() override {
    tree_.reset();
    storage_.reset();
  }

  Status build(const SpacePoints& points) override {
    drop();
    storage_.reset(SpatialIndex::StorageManager::createNewMemoryStorageManager());
    LoadStream stream(points);
    SpatialIndex::id_type id = 0;
    tree_.reset(SpatialIndex::RTree::createAndBulkLoadNewRTree(
        SpatialIndex::RTree::BLM_STR, stream, *storage_, kLoadFill, kLoadNode, kLoadNode, 2,
        SpatialIndex::RTree::RV_RSTAR, id));
    return Status::ok();
  }

  Status nearest(const SpaceQueries& queries, SpaceHits& hits) override {
    LoadVisitor visitor(hits.ids);
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const double at[2] = {queries.x[q], queries.y[q]};
      const std::size_t before = hits.ids.size();
      tree_->nearestNeighborQuery(kSpaceNeighbors, SpatialIndex::Point(at, 2), visitor);
      // Nearest first, and all that are as far as the last one.
      hits.ids.resize(std::min(hits.ids.size(), before + kSpaceNeighbors));
      hits.end_query();
    }
    return Status::ok();
  }

  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    LoadVisitor visitor(hits.ids);
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const double low[2] = {queries.x[q] - queries.half, queries.y[q] - queries.half};
      const double high[2] = {queries.x[q] + queries.half, queries.y[q] + queries.half};
      tree_->intersectsWithQuery(SpatialIndex::Region(low, high, 2), visitor);
      hits.end_query();
    }
    return Status::ok();
  }

 private:
  std::unique_ptr<SpatialIndex::IStorageManager> storage_;
  std::unique_ptr<SpatialIndex::ISpatialIndex> tree_;  // refers to its storage
};

}  // namespace

void add_spatialindex_space(SpacePeers& peers) { peers.push_back(std::make_unique<LoadedSpace>()); }

}  // namespace quadrille::program
