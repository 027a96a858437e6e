// CGAL: the one door to it. Its k-d tree, and its quadtree, whose nearest neighbours are not those
// of brute force in 5.5.1: it is asked for boxes alone.
#include <cmath>
#include <iterator>
#include <optional>

// Boxes that meet boxes: before the quadtree, which asks for it, and after what it needs itself.
#include <boost/optional.hpp>
#include <boost/variant.hpp>

#include <CGAL/Intersections_2/Bbox_2_Bbox_2.h>

#include <CGAL/Fuzzy_iso_box.h>
#include <CGAL/Orthogonal_k_neighbor_search.h>
#include <CGAL/Quadtree.h>
#include <CGAL/Search_traits_2.h>
#include <CGAL/Search_traits_adapter.h>
#include <CGAL/Simple_cartesian.h>
#include <CGAL/property_map.h>
#include <CGAL/version.h>

#include "bench/format.h"
#include "bench/peers/space_peer.h"

namespace quadrille::program {
namespace {

using CgalKernel = CGAL::Simple_cartesian<double>;
using CgalPoint = CgalKernel::Point_2;
using CgalValue = std::pair<CgalPoint, BodyID>;
using CgalPointMap = CGAL::First_of_pair_property_map<CgalValue>;

std::vector<CgalValue> cgal_values(const SpacePoints& points) {
  std::vector<CgalValue> values;
  values.reserve(points.x.size());
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    values.emplace_back(CgalPoint(points.wide_x[i], points.wide_y[i]), static_cast<BodyID>(i));
  }
  return values;
}

// ---- the k-d tree ----

class CgalKdSpace final : public SpacePeer {
  using Traits =
      CGAL::Search_traits_adapter<CgalValue, CgalPointMap, CGAL::Search_traits_2<CgalKernel>>;
  using Search = CGAL::Orthogonal_k_neighbor_search<Traits>;
  using Tree = Search::Tree;

 public:
  std::string name() const override { return "CGAL " CGAL_VERSION_STR " Kd_tree"; }
  bool can(SpaceWork work) const override { return any_index_can(work); }
  void drop() override { tree_.reset(); }

  Status build(const SpacePoints& points) override {
    const std::vector<CgalValue> values = cgal_values(points);
    tree_.emplace(values.begin(), values.end());
    tree_->build();  // it would be built by the first query otherwise
    return Status::ok();
  }

  Status nearest(const SpaceQueries& queries, SpaceHits& hits) override {
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const Search search(
          *tree_, CgalPoint(queries.x[q], queries.y[q]), kSpaceNeighbors, 0, true,
          CGAL::Distance_adapter<CgalValue, CgalPointMap,
                                 CGAL::Euclidean_distance<CGAL::Search_traits_2<CgalKernel>>>(),
          false);
      for (const auto& [value, distance] : search) hits.ids.push_back(value.second);
      hits.end_query();
    }
    return Status::ok();
  }

  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const double x = queries.x[q], y = queries.y[q], half = queries.half;
      const CGAL::Fuzzy_iso_box<Traits> box(CgalPoint(x - half, y - half),
                                            CgalPoint(x + half, y + half));
      found_.clear();
      tree_->search(std::back_inserter(found_), box);
      for (const CgalValue& value : found_) hits.ids.push_back(value.second);
      hits.end_query();
    }
    return Status::ok();
  }

 private:
  std::optional<Tree> tree_;
  std::vector<CgalValue> found_;
};

// ---- the quadtree ----

constexpr std::size_t kCgalBucket = 16;
constexpr std::size_t kCgalDepth =
    20;  // of points that are all the same, no bucket is small enough

class CgalQuadtreeSpace final : public SpacePeer {
  using Tree = CGAL::Quadtree<CgalKernel, std::vector<CgalValue>, CgalPointMap>;

 public:
  std::string name() const override { return "CGAL " CGAL_VERSION_STR " Quadtree"; }
  bool can(SpaceWork work) const override {
    return work == SpaceWork::kBuild || work == SpaceWork::kBoxes;
  }
  void drop() override {
    tree_.reset();
    values_ = std::vector<CgalValue>();  // gives its memory back
  }

  Status build(const SpacePoints& points) override {
    drop();
    values_ = cgal_values(points);
    tree_.emplace(values_);
    tree_->refine(kCgalDepth, kCgalBucket);
    return Status::ok();
  }

  Status nearest(const SpaceQueries&, SpaceHits&) override { return Status::ok(); }

  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const double x = queries.x[q], y = queries.y[q], half = queries.half;
      const CGAL::Bbox_2 box(x - half, y - half, x + half, y + half);
      nodes_.clear();
      tree_->intersected_nodes(box, std::back_inserter(nodes_));
      for (const Tree::Node& node : nodes_) {
        for (const CgalValue& value : node) {
          const double at_x = value.first.x(), at_y = value.first.y();
          if (at_x >= box.xmin() && at_x <= box.xmax() && at_y >= box.ymin() && at_y <= box.ymax())
            hits.ids.push_back(value.second);
        }
      }
      hits.end_query();
    }
    return Status::ok();
  }

 private:
  std::vector<CgalValue> values_;  // it sorts these and refers to them
  std::optional<Tree> tree_;
  std::vector<Tree::Node> nodes_;
};

}  // namespace

void add_cgal_space(SpacePeers& peers) {
  peers.push_back(std::make_unique<CgalKdSpace>());
  peers.push_back(std::make_unique<CgalQuadtreeSpace>());
}

}  // namespace quadrille::program
