// SpacePeer: one library's index of points in the plane, as `quadrille_space_peers` runs them side
// by side. One file a peer, its library's only door; space_peers.cpp lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

// Coordinates are floats, as those of bodies are; a peer may widen them.
struct SpacePoints {
  std::vector<float> x, y;
  std::vector<double> wide_x, wide_y;  // the same numbers
  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
};

// Places at which is asked, and the half side of boxes. Floats hold each of these numbers, and the
// edges of each box: rounding decides nothing.
struct SpaceQueries {
  std::span<const double> x, y;
  double half = 0;
  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
  SpaceQueries part(std::int64_t first, std::int64_t count) const {
    const auto at = static_cast<std::size_t>(first), length = static_cast<std::size_t>(count);
    return {x.subspan(at, length), y.subspan(at, length), half};
  }
};

// Points found, in any order: those of query q end at ends[q], where those of the next one begin.
// Kept from call to call: what it holds grows once.
struct SpaceHits {
  std::vector<BodyID> ids;
  std::vector<std::size_t> ends;
  void clear() {
    ids.clear();
    ends.clear();
  }
  void end_query() { ends.push_back(ids.size()); }
};

// kMove: all points go a small way; kUpdate: one in a hundred goes elsewhere. kCount: how many
// points a box holds; who cannot tell without looking at each lists them.
enum class SpaceWork : std::uint8_t { kBuild, kMove, kUpdate, kNearest, kBoxes, kCount };
constexpr bool any_index_can(SpaceWork work) {
  return work == SpaceWork::kBuild || work == SpaceWork::kNearest || work == SpaceWork::kBoxes;
}
inline constexpr std::int64_t kSpaceNeighbors = 8;

class SpacePeer {
 public:
  virtual ~SpacePeer() = default;
  virtual std::string name() const = 0;  // with its version
  virtual bool can(SpaceWork work) const = 0;
  // An index of `points`, which outlive it, in place of the one before.
  virtual Status build(const SpacePoints& points) = 0;
  virtual void drop() = 0;  // gives the index's memory back
  // The same points at other places, a small way off: only who can kMove.
  virtual Status move(const SpacePoints&) { return Status::ok(); }
  // The same after a build, most of them where they were: only who can kUpdate.
  virtual Status update(const SpacePoints&) { return Status::ok(); }
  // Appends the answers. The loop over the queries stands here, so that a library's calls are
  // inlined as in a user's program.
  virtual Status nearest(const SpaceQueries& queries, SpaceHits& hits) = 0;
  virtual Status boxes(const SpaceQueries& queries, SpaceHits& hits) = 0;
  // Brings answers that stand elsewhere into `hits`; not timed.
  virtual void hand_over(SpaceHits&) {}
  // Appends to `counts`: only who can kCount.
  virtual Status count(const SpaceQueries&, std::vector<std::int64_t>&) { return Status::ok(); }
  // Whether what was built holds together; not timed.
  virtual Status verify(const SpacePoints&) { return Status::ok(); }
  // Memory that the index holds and malloc does not know of.
  virtual std::size_t own_bytes() const { return 0; }
  // Answers many queries at once better than one after the other, and is asked so.
  virtual bool is_batched() const { return false; }
  virtual bool is_ours() const { return false; }
  // Builds, moves and updates points that are numbered in the order of a tree of them.
  virtual bool is_in_order() const { return false; }
  // The most by which a squared distance may be off, as a share of it, for rounding.
  virtual double tolerance() const { return 0; }
};

// What three roundings of a float are off by, with room.
inline constexpr double kFloatTolerance = 1e-6;

using SpacePeers = std::vector<std::unique_ptr<SpacePeer>>;

// Each appends its own.
void add_quadrille_space(Parallel& parallel, SpacePeers& peers);  // space_quadrille.cpp
void add_boost_space(SpacePeers& peers);                          // space_boost.cpp
void add_nanoflann_space(SpacePeers& peers);                      // space_nanoflann.cpp
void add_cgal_space(SpacePeers& peers);                           // space_cgal.cpp
void add_geos_space(SpacePeers& peers);                           // space_geos.cpp
void add_spatialindex_space(SpacePeers& peers);                   // space_spatialindex.cpp

}  // namespace quadrille::program
