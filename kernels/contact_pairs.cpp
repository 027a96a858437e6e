#include "kernels/contact_pairs.h"

#include <algorithm>
#include <utility>

#include <quadrille/parallel.h>

#include "engine/integers.h"
#include "kernels/grains.h"
#include "kernels/scratch.h"
#include "kernels/segment_scan.h"

namespace quadrille {
namespace {

// A short step's impulse may be a blow, which in a longer one would be a larger blow.
constexpr float kMostGrowth = 4;
constexpr std::int64_t kPairPlaces = 4 * kPairChunk;  // places a task

Status allocate_list(const ContactPairOptions& options, Arena& arena, PairList& list) {
  const std::int64_t pairs = options.max_pairs, points = pairs * options.points_a_pair;
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, options.max_bodies + 1, {"pairs: list starts"}, list.first));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, pairs, {"pairs: others"}, list.other));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, points, {"pairs: normal impulses"}, list.normal_impulse));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, points, {"pairs: tangent impulses"}, list.tangent_impulse));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, options.may_roll ? points : 0,
                                             {"pairs: rolling impulses"}, list.rolling_impulse));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, pairs, {"pairs: states"}, list.state));
  list.first[0] = 0;
  return Status::ok();
}

bool near_wall(const StaticShapes& shapes, std::int32_t wall, float x, float y, float reach) {
  const Wall w = shapes.wall(wall);
  return w.nx * x + w.ny * y - w.offset < reach;
}

struct ListedPair {
  std::int64_t index;  // -1: there is none
  bool swapped;        // its earlier body is the later one now
};

// Of the bodies that the broad-phase lists for place p, those that it may touch.
std::int64_t num_allowed(const RigidBodies& bodies, const BroadPhase& found, std::int64_t p) {
  const std::int64_t begin = found.first()[at(p)], end = found.first()[at(p) + 1];
  if (!bodies.filtered) return end - begin;
  std::int64_t count = 0;
  for (std::int64_t e = begin; e < end; ++e)
    count += bodies.may_touch(p, found.neighbors()[at(e)]) ? 1 : 0;
  return count;
}

// Of places p and q, or p and a static shape, in the list that they come from.
ListedPair find_pair(const PairList& list, std::span<const std::int32_t> origin, std::int64_t p,
                     std::int32_t other) {
  std::int32_t owner = origin[at(p)], wanted = other;
  bool swapped = false;
  if (owner == kNoPlace) return {-1, false};
  if (other >= 0) {
    wanted = origin[at(other)];
    if (wanted == kNoPlace) return {-1, false};
    swapped = wanted < owner;
    if (swapped) std::swap(owner, wanted);
  }
  const std::int64_t begin = list.first[at(owner)], end = list.first[at(owner) + 1];
  for (std::int64_t e = begin; e < end; ++e)
    if (list.other[at(e)] == wanted) return {e, swapped};
  return {-1, false};
}

}  // namespace

Result<ContactPairs> ContactPairs::create(const ContactPairOptions& options,
                                          const KernelTable& kernels, Parallel& parallel,
                                          Arena& arena) {
  ContactPairs pairs;
  pairs.options_ = options;
  pairs.parallel_ = &parallel;
  QUADRILLE_ASSIGN_OR_RETURN(
      pairs.broad_phase_,
      BroadPhase::create({.num_bodies = options.max_bodies, .max_pairs = options.max_pairs},
                         kernels, parallel, arena));
  QUADRILLE_RETURN_IF_ERROR(pairs.allocate(arena));
  return pairs;
}

Status ContactPairs::allocate(Arena& arena) {
  for (PairList& list : lists_) QUADRILLE_RETURN_IF_ERROR(allocate_list(options_, arena, list));
  const std::int64_t n = options_.max_bodies;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, n, {"pairs: reach"}, reach_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, n, {"pairs: static ones"}, next_static_));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(arena, chunks_of(n, kPairChunk), {"pairs: last others"}, last_other_));
  if (!options_.events) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, n, {"pairs: ids"}, listed_id_));
  return allocate_scratch(arena, options_.max_pairs, {"pairs: ended"}, ended_);
}

bool ContactPairs::update(RigidBodies& bodies, const StaticShapes& shapes) {
  bodies.compact();
  parallel_->for_range(bodies.count, kPairPlaces, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p)
      reach_[at(p)] = bodies.radius[at(p)] + bodies.half_length[at(p)] + bodies.margin[at(p)];
  });
  const auto n = static_cast<std::size_t>(bodies.count);
  const BroadPhaseOutcome outcome =
      broad_phase_->update({bodies.x.first(n), bodies.y.first(n), reach_.first(n)});
  num_pairs_ = broad_phase_->num_pairs();
  if (outcome != BroadPhaseOutcome::kComplete) return false;
  bodies.renumber(broad_phase_->order(), *parallel_);
  current_ ^= 1;
  if (!count_pairs(bodies, shapes)) {
    current_ ^= 1;
    return false;
  }
  fill_pairs(bodies, shapes);
  remember(bodies);
  if (options_.events) list_ended();
  num_listed_ = bodies.count;
  parallel_->for_range(bodies.count, kPairPlaces, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p) {
      bodies.origin[at(p)] = static_cast<std::int32_t>(p);
      bodies.start_x[at(p)] = bodies.x[at(p)];
      bodies.start_y[at(p)] = bodies.y[at(p)];
      if (options_.events) listed_id_[at(p)] = bodies.id[at(p)];
    }
  });
  return true;
}

// Where each place's pairs begin. False: there is no room for all of them.
bool ContactPairs::count_pairs(const RigidBodies& bodies, const StaticShapes& shapes) {
  PairList& now = list();
  const auto x = broad_phase_->x(), y = broad_phase_->y(), reach = broad_phase_->radius();
  parallel_->for_range(bodies.count, kPairPlaces, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p) {
      next_static_[at(p)] = 0;
      for (std::int32_t wall = 0; wall < kNumWalls; ++wall)
        next_static_[at(p)] += near_wall(shapes, wall, x[at(p)], y[at(p)], reach[at(p)]);
    }
  });
  for (std::int32_t s = 0; s < shapes.num_segments(); ++s) {
    if (!shapes.has_segment(s)) continue;
    scan_segment(*broad_phase_, shapes.segment(s), [&](std::int32_t place) {
      next_static_[at(place)] += bodies.may_touch(place, shapes.bits_of(s)) ? 1 : 0;
    });
  }
  std::int64_t total = 0;
  for (std::int64_t p = 0; p < bodies.count; ++p) {
    now.first[at(p)] = total;
    total += next_static_[at(p)] + num_allowed(bodies, *broad_phase_, p);
  }
  now.first[at(bodies.count)] = total;
  num_pairs_ = total;
  return total <= options_.max_pairs;
}

void ContactPairs::fill_pairs(const RigidBodies& bodies, const StaticShapes& shapes) {
  PairList& now = list();
  const auto found = broad_phase_->first();
  const auto neighbors = broad_phase_->neighbors();
  const auto x = broad_phase_->x(), y = broad_phase_->y(), reach = broad_phase_->radius();
  parallel_->for_range(bodies.count, kPairPlaces, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p) {
      std::int64_t e = now.first[at(p)];
      for (std::int32_t wall = 0; wall < kNumWalls; ++wall)
        if (near_wall(shapes, wall, x[at(p)], y[at(p)], reach[at(p)])) now.other[at(e++)] = ~wall;
      next_static_[at(p)] = static_cast<std::int32_t>(e - now.first[at(p)]);
      const std::int64_t with_bodies = found[at(p) + 1] - found[at(p)];
      const auto near = neighbors.subspan(at(found[at(p)]), at(with_bodies));
      std::int32_t* const behind = now.other.data() + now.first[at(p) + 1];
      std::copy_if(near.begin(), near.end(), behind - num_allowed(bodies, *broad_phase_, p),
                   [&](std::int32_t q) { return bodies.may_touch(p, q); });
      std::int32_t& last = last_other_[at(p / kPairChunk)];
      if (p % kPairChunk == 0) last = -1;
      if (with_bodies > 0) last = std::max(last, neighbors[at(found[at(p) + 1] - 1)]);
    }
  });
  for (std::int32_t s = 0; s < shapes.num_segments(); ++s) {
    if (!shapes.has_segment(s)) continue;
    scan_segment(*broad_phase_, shapes.segment(s), [&](std::int32_t place) {
      if (!bodies.may_touch(place, shapes.bits_of(s))) return;
      now.other[at(now.first[at(place)] + next_static_[at(place)]++)] = ~(kNumWalls + s);
    });
  }
}

void ContactPairs::remember(const RigidBodies& bodies) {
  PairList& now = list();
  PairList& last = lists_[current_ ^ 1];
  const std::int64_t stride = options_.max_pairs;
  parallel_->for_range(bodies.count, kPairPlaces, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p) {
      for (std::int64_t e = now.first[at(p)]; e < now.first[at(p) + 1]; ++e) {
        const auto [from, swapped] = find_pair(last, bodies.origin, p, now.other[at(e)]);
        now.state[at(e)] = from < 0 ? 0 : std::exchange(last.state[at(from)], 0);
        for (int point = 0; point < options_.points_a_pair; ++point) {
          const std::int64_t to_point = e + point * stride, from_point = from + point * stride;
          now.normal_impulse[at(to_point)] = from < 0 ? 0 : last.normal_impulse[at(from_point)];
          now.tangent_impulse[at(to_point)] = from < 0 ? 0 : last.tangent_impulse[at(from_point)];
          if (!options_.may_roll) continue;
          // The two above are along directions that turn with the pair; a moment has a sense.
          const float rolling = from < 0 ? 0 : last.rolling_impulse[at(from_point)];
          now.rolling_impulse[at(to_point)] = swapped ? -rolling : rolling;
        }
      }
    }
  });
}

void ContactPairs::rescale(const RigidBodies& bodies, float scale) {
  const float of_awake = std::min(scale, kMostGrowth);
  parallel_->for_range(num_listed_, kPairPlaces, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t p = begin; p < end; ++p) {
      for (std::int64_t e = list().first[at(p)]; e < list().first[at(p) + 1]; ++e) {
        const std::int32_t other = list().other[at(e)];
        const bool awake = bodies.is(p, kAwake) || (other >= 0 && bodies.is(other, kAwake));
        const float factor = awake ? of_awake : scale;
        for (int point = 0; point < options_.points_a_pair; ++point) {
          const std::size_t i = at(e + point * options_.max_pairs);
          list().normal_impulse[i] *= factor;
          list().tangent_impulse[i] *= factor;
          if (options_.may_roll) list().rolling_impulse[i] *= factor;
        }
      }
    }
  });
}

// What touches in the last list still was not found again.
void ContactPairs::list_ended() {
  const PairList& last = lists_[current_ ^ 1];
  num_ended_ = 0;
  for (std::int64_t p = 0; p < num_listed_; ++p) {
    for (std::int64_t e = last.first[at(p)]; e < last.first[at(p) + 1]; ++e) {
      if ((last.state[at(e)] & kTouched) == 0) continue;
      const std::int32_t other = last.other[at(e)];
      ended_[num_ended_++] = {listed_id_[at(p)], other < 0 ? other : listed_id_[at(other)]};
    }
  }
}

}  // namespace quadrille
