// Boost.Geometry's R-tree: the one door to it. Packed (sort-tile-recursive), which is its fastest
// way to build and to query; floats, with which it is a fifth faster than with doubles.
#include <iterator>
#include <optional>

#define BOOST_ALLOW_DEPRECATED_HEADERS  // it includes some itself
#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <boost/geometry/strategies/strategies.hpp>
#include <boost/version.hpp>

#include "bench/format.h"
#include "bench/peers/space_peer.h"

namespace quadrille::program {
namespace {

using BoostPoint = boost::geometry::model::point<float, 2, boost::geometry::cs::cartesian>;
using BoostBox = boost::geometry::model::box<BoostPoint>;
using BoostValue = std::pair<BoostPoint, BodyID>;

// Writes ids straight into a list of hits, without a list of values between.
struct IdInserter {
  using iterator_category = std::output_iterator_tag;
  using value_type = void;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = void;
  std::vector<BodyID>* ids;
  IdInserter& operator*() { return *this; }
  IdInserter& operator++() { return *this; }
  IdInserter operator++(int) { return *this; }
  IdInserter& operator=(const BoostValue& value) {
    ids->push_back(value.second);
    return *this;
  }
};

BoostPoint boost_point(double x, double y) {
  return {static_cast<float>(x), static_cast<float>(y)};
}

template <std::size_t kMost>
class BoostSpace final : public SpacePeer {
 public:
  std::string name() const override {
    return fmt::format("Boost.Geometry {}.{} R-tree, {}", BOOST_VERSION / 100000,
                       BOOST_VERSION / 100 % 1000, kMost);
  }
  bool can(SpaceWork work) const override { return any_index_can(work); }
  double tolerance() const override { return kFloatTolerance; }
  void drop() override { tree_.reset(); }

  Status build(const SpacePoints& points) override {
    std::vector<BoostValue> values;
    values.reserve(points.x.size());
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      values.emplace_back(BoostPoint(points.x[i], points.y[i]), static_cast<BodyID>(i));
    }
    tree_.emplace(values.begin(), values.end());
    return Status::ok();
  }

  Status nearest(const SpaceQueries& queries, SpaceHits& hits) override {
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const BoostPoint at = boost_point(queries.x[q], queries.y[q]);
      tree_->query(boost::geometry::index::nearest(at, kSpaceNeighbors), IdInserter{&hits.ids});
      hits.end_query();
    }
    return Status::ok();
  }

  Status boxes(const SpaceQueries& queries, SpaceHits& hits) override {
    for (std::size_t q = 0; q < queries.x.size(); ++q) {
      const double x = queries.x[q], y = queries.y[q], half = queries.half;
      const BoostBox box(boost_point(x - half, y - half), boost_point(x + half, y + half));
      tree_->query(boost::geometry::index::intersects(box), IdInserter{&hits.ids});
      hits.end_query();
    }
    return Status::ok();
  }

 private:
  std::optional<boost::geometry::index::rtree<BoostValue, boost::geometry::index::rstar<kMost>>>
      tree_;
};

}  // namespace

void add_boost_space(SpacePeers& peers) {
  peers.push_back(std::make_unique<BoostSpace<8>>());
  peers.push_back(std::make_unique<BoostSpace<16>>());
}

}  // namespace quadrille::program
