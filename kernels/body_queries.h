// BodyQueries: which bodies a box, a point or a ray meets, by a broad-phase's cells.
//
// Answers are exact for the bodies as they stand; cells are only sorted again after a change.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/arena.h>
#include <quadrille/quadtree.h>
#include <quadrille/status.h>

#include "kernels/broad_phase.h"
#include "kernels/manifold.h"
#include "kernels/rigid_bodies.h"
#include "kernels/segment_scan.h"
#include "kernels/static_shapes.h"

namespace quadrille {

// What a ray meets first: a place, or ~ a static shape; kNothing.
struct RayMeeting {
  static constexpr std::int32_t kNothing = INT32_MAX;
  std::int32_t what = kNothing;
  float share = 1;       // of the ray, up to there
  float nx = 0, ny = 0;  // of the surface, against the ray; 0 where the ray begins inside
};

// What a query looks at: bodies and segments of these categories, but for one body. Walls always.
struct QueryMask {
  std::uint32_t categories = ~std::uint32_t{0};
  BodyID ignored = -1;

  bool sees(const RigidBodies& bodies, std::int32_t place) const {
    const CollisionBits bits = bodies.filtered ? bodies.traits_of(place).bits : CollisionBits{};
    return (bits.category & categories) != 0 && bodies.id[at(place)] != ignored &&
           !bodies.is(place, kRemoved);
  }
  bool sees_segment(const StaticShapes& shapes, std::int32_t i) const {
    return shapes.has_segment(i) && (shapes.bits_of(i).category & categories) != 0;
  }
};

class BodyQueries {
 public:
  // `cells` may be used by others between two calls of update() and the last query after it.
  static Result<BodyQueries> create(std::int64_t max_bodies, BroadPhase& cells, Arena& arena);

  // Sorts the bodies into cells: before the first query, and after every change.
  void update(const RigidBodies& bodies);

  // hit(place) for each body that has a point in the box, edges included; in no order that means
  // something.
  template <class Hit>
  void box(const RigidBodies& bodies, const QueryMask& mask, const Box& box, Hit&& hit) const;

  // From (x, y) to (x + dx, y + dy). Of what is met at the same place, static shapes first, then
  // the lowest id. Sensors are passed over.
  RayMeeting ray(const RigidBodies& bodies, const StaticShapes& shapes, const QueryMask& mask,
                 float x, float y, float dx, float dy) const;

 private:
  BodyQueries() = default;
  RayMeeting near_ray(const RigidBodies& bodies, const StaticShapes& shapes, const QueryMask& mask,
                      float x, float y, float dx, float dy) const;
  BroadPhase* cells_ = nullptr;
  std::span<float> reach_;
};

// Whether the shape has a point in the box.
bool meets_box(const ContactShape& shape, const Box& box);
// Share of the ray up to the shape; false: it does not meet it.
bool meets_ray(const ContactShape& shape, float x, float y, float dx, float dy, RayMeeting& first);

template <class Hit>
void BodyQueries::box(const RigidBodies& bodies, const QueryMask& mask, const Box& box,
                      Hit&& hit) const {
  for (const GridLevel& level : cells_->levels()) {
    if (level.num_discs == 0) continue;
    const float reach = level.largest_radius + level.cell;  // a cell more: rounding hides nothing
    const std::int32_t left = grid_column(level, box.min_x - reach);
    const std::int32_t right = grid_column(level, box.max_x + reach);
    const std::int32_t top = grid_row(level, box.max_y + reach);
    for (std::int32_t row = grid_row(level, box.min_y - reach); row <= top; ++row) {
      const std::int32_t* start = cells_->cell_start() + level.first_cell + row * level.columns;
      for (std::int32_t i = start[left]; i < start[right + 1]; ++i) {
        const std::int32_t place = cells_->order()[at(i)];
        if (mask.sees(bodies, place) && meets_box(bodies.shape(place), box)) hit(place);
      }
    }
  }
}

}  // namespace quadrille
