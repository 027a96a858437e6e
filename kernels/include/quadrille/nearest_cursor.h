// NearestCursor: the points of an index by distance from a place, one after the other, for as long
// as the caller likes: nobody needs to know beforehand how many are wanted.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/point_index.h>

namespace quadrille {

class NearestCursor {
 public:
  // From (x, y); where one is not finite there is no nearest point. The index and `scratch` outlive
  // this. `scratch`, of at least one, holds what was found ahead: a longer one costs less, by fewer
  // walks of the tree. Allocates nothing. One thread; any number of cursors at a time.
  NearestCursor(const PointIndex& index, double x, double y, std::span<Neighbor> scratch);

  // The next one by (distance, id). False: there are no more.
  bool next(Neighbor& neighbor);

 private:
  void find_ahead();
  void look_at(std::int32_t first, std::int32_t last, std::int64_t wanted);

  PointColumnsView points_;
  double x_, y_;
  std::span<Neighbor> scratch_;
  std::int64_t given_ = 0, found_ = 0;  // of scratch_
  std::int64_t wanted_;                 // at the next walk
  Neighbor after_;                      // the last one found
};

}  // namespace quadrille
