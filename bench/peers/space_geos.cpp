// GEOS's packed R-tree of envelopes: the one door to it. Its search for the nearest finds one item,
// so it is asked for boxes alone.
#include <optional>

#define USE_UNSTABLE_GEOS_CPP_API  // said to be known: C's has no items by value
#include <geos/geom/Envelope.h>
#include <geos/index/strtree/TemplateSTRtree.h>
#include <geos/version.h>

#include "bench/peers/space_peer.h"

namespace quadrille::program {
namespace {

constexpr std::size_t kGeosNode = 16;

class GeosSpace final : public SpacePeer {
 public:
  std::string name() const override { return "GEOS " GEOS_VERSION " STRtree, 16"; }
  bool can(SpaceWork work) const override {
    return work == SpaceWork::kBuild || work == SpaceWork::kBoxes;
  }
  void drop() override { tree_.reset(); }

  Status build(const SpacePoints& points) override {
    tree_.emplace(kGeosNode, points.x.size());
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      const double x = points.wide_x[i], y = points.wide_y[i];
      tree_->insert(geos::geom::Envelope(x, x, y, y), static_cast<BodyID>(i));
    }
    // Built by the first query: one that meets nothing.
    tree_->query(geos::geom::Envelope(1e300, 1e300, 1e300, 1e300), [](BodyID) {});
    return Status::ok();
  }

  Status nearest(const SpaceQueries&, SpaceHits&) override { return Status::ok(); }

  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const double x = queries.x[q], y = queries.y[q], half = queries.half;
      tree_->query(geos::geom::Envelope(x - half, x + half, y - half, y + half),
                   [&hits](BodyID id) { hits.ids.push_back(id); });
      hits.end_query();
    }
    return Status::ok();
  }

 private:
  std::optional<geos::index::strtree::TemplateSTRtree<BodyID>> tree_;
};

}  // namespace

void add_geos_space(SpacePeers& peers) { peers.push_back(std::make_unique<GeosSpace>()); }

}  // namespace quadrille::program
