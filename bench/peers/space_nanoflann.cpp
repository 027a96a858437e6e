// nanoflann's k-d tree: the one door to it. It reads the caller's coordinates where they are. It
// has no boxes: it is asked for the disc around one, and drops what is not in the box.
#include <array>
#include <optional>

#include <nanoflann.hpp>

#include "bench/format.h"
#include "bench/peers/space_peer.h"

namespace quadrille::program {
namespace {

constexpr std::size_t kFlannLeaf = 10;  // its default, and its fastest here

struct FlannPoints {  // the interface that it wants
  const SpacePoints* points;
  std::size_t kdtree_get_point_count() const { return points->x.size(); }
  float kdtree_get_pt(std::size_t i, std::size_t axis) const {
    return axis == 0 ? points->x[i] : points->y[i];
  }
  template <class Bounds>
  bool kdtree_get_bbox(Bounds&) const {
    return false;
  }
};

using FlannTree =
    nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, FlannPoints>,
                                        FlannPoints, 2, std::uint32_t>;

// What is found in a disc and is in the box, too.
struct FlannBox {
  const SpacePoints& points;
  float min_x, min_y, max_x, max_y, squared_radius;
  std::vector<BodyID>& ids;
  std::size_t size() const { return ids.size(); }
  bool full() const { return true; }
  float worstDist() const { return squared_radius; }
  bool addPoint(float, std::uint32_t id) {
    const float x = points.x[id], y = points.y[id];
    if (x >= min_x && x <= max_x && y >= min_y && y <= max_y)
      ids.push_back(static_cast<BodyID>(id));
    return true;
  }
};

class FlannSpace final : public SpacePeer {
 public:
  std::string name() const override {
    return fmt::format("nanoflann {}.{}.{}", NANOFLANN_VERSION >> 8, NANOFLANN_VERSION >> 4 & 15,
                       NANOFLANN_VERSION & 15);
  }
  bool can(SpaceWork work) const override { return any_index_can(work); }
  double tolerance() const override { return kFloatTolerance; }
  void drop() override { tree_.reset(); }

  Status build(const SpacePoints& points) override {
    points_.points = &points;
    tree_.emplace(2, points_, nanoflann::KDTreeSingleIndexAdaptorParams(kFlannLeaf));
    tree_->buildIndex();
    return Status::ok();
  }

  Status nearest(const SpaceQueries& queries, SpaceHits& hits) override {
    std::array<std::uint32_t, kSpaceNeighbors> ids{};
    std::array<float, kSpaceNeighbors> distances{};
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const float at[2] = {static_cast<float>(queries.x[q]), static_cast<float>(queries.y[q])};
      const std::size_t found = tree_->knnSearch(at, ids.size(), ids.data(), distances.data());
      for (std::size_t i = 0; i < found; ++i) hits.ids.push_back(static_cast<BodyID>(ids[i]));
      hits.end_query();
    }
    return Status::ok();
  }

  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const double x = queries.x[q], y = queries.y[q], half = queries.half;
      const float at[2] = {static_cast<float>(x), static_cast<float>(y)};
      // Twice the square of the half side, and what rounding may add to a corner's distance.
      const auto squared_radius = static_cast<float>(2 * half * half * (1 + kFloatTolerance));
      FlannBox box{*points_.points,
                   static_cast<float>(x - half),
                   static_cast<float>(y - half),
                   static_cast<float>(x + half),
                   static_cast<float>(y + half),
                   squared_radius,
                   hits.ids};
      tree_->findNeighbors(box, at, nanoflann::SearchParams());
      hits.end_query();
    }
    return Status::ok();
  }

 private:
  FlannPoints points_{};
  std::optional<FlannTree> tree_;
};

}  // namespace

void add_nanoflann_space(SpacePeers& peers) { peers.push_back(std::make_unique<FlannSpace>()); }

}  // namespace quadrille::program
