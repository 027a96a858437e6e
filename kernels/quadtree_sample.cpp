/* Whether an update is likely to cost less than a build, from a few leaves that stand evenly apart.
   What is taken depends on the points alone, as which tree is made does. */
#include <algorithm>
#include <cstdint>

#include "engine/float_quad.h"
#include "kernels/quadtree_update.h"
#include "kernels/stay_square.h"

namespace quadrille {
namespace {

constexpr std::size_t kSampledCells = 384;
constexpr std::size_t kCellsASample = 16;     // of fewer cells the sample would cost too much
constexpr std::int32_t kSampledOfAUnit = 64;  // bodies: one spot may hold a million
constexpr BodyID kNearIds = 16;
// Of the bodies, one in so many may move before a build is faster; where ids are near those of
// neighbours, so that bodies are read in cache, more.
constexpr std::int64_t kMostMovers = 50, kMostMoversInOrder = 20;
constexpr std::int64_t kMostUnsettled = 4;  // what is sorted again in any case

struct LeafSample {
  std::int64_t num_bodies = 0, num_movers = 0, num_near = 0;
};

void take_unit(const UpdateBodies& bodies, const TreeCell& cell, const BodyID* ids,
               LeafSample& sample) {
  const StaySquare stay(cell, bodies.square);
  BodyID before = ids[0];
  for (std::int32_t i = 0; i < std::min(cell.count, kSampledOfAUnit); ++i) {
    if (bodies.removed.is_gone(ids[i])) continue;
    const auto id = static_cast<std::size_t>(bodies.removed.id_of(ids[i]));
    ++sample.num_bodies;
    sample.num_movers +=
        stay.leaving(FloatQuad{} + bodies.x[id], FloatQuad{} + bodies.y[id])[0] != 0;
    sample.num_near += ids[i] - before >= 0 && ids[i] - before < kNearIds;
    before = ids[i];
  }
}

}  // namespace

bool is_worth_updating(const UpdateBodies& bodies, UpdateRoom& room) {
  const std::int64_t num_kept = bodies.num_old - bodies.num_removed;
  if (room.num_unsettled > std::max<std::int64_t>(bodies.num_old / kMostUnsettled, kLeafCapacity))
    return false;
  if (room.old.size() < kCellsASample * kSampledCells) return true;
  LeafSample sample;
  for (std::size_t i = 0; i < room.old.size(); i += room.old.size() / kSampledCells) {
    const TreeCell& cell = room.old[i];
    if (is_unit(cell)) take_unit(bodies, cell, room.old_columns.ids.data() + cell.first, sample);
  }
  room.are_in_order = 2 * sample.num_near > sample.num_bodies;
  const std::int64_t others = bodies.num_added() + bodies.num_removed;
  const std::int64_t movers =
      others + sample.num_movers * num_kept / std::max<std::int64_t>(sample.num_bodies, 1);
  return movers * (room.are_in_order ? kMostMoversInOrder : kMostMovers) <= num_kept;
}

}  // namespace quadrille
