// World::State: what the parts of World share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/world.h>

#include "engine/integers.h"
#include "scenes/handle_slots.h"
#include "scenes/world_scene.h"

namespace quadrille {

struct World::State {
  State(const WorldOptions& world_options, WorldScene& world_scene, Simulation world_simulation)
      : options(world_options), scene(world_scene), simulation(std::move(world_simulation)),
        bodies(options.max_bodies), segments(options.max_segments),
        user_data(at(options.max_bodies)) {
    hits.reserve(at(options.max_bodies));
    contacts.reserve(at(options.max_bodies + options.max_segments + kNumWalls));
    events.reserve(at(options.max_bodies));  // more where more begin in one step
  }
  BodyHandle handle(std::uint32_t slot) const { return {slot, bodies.generation(slot)}; }
  BodyHandle handle_of_id(BodyID id) const { return handle(static_cast<std::uint32_t>(id)); }
  SegmentHandle segment_handle(std::int32_t shape) const {
    const auto slot = static_cast<std::uint32_t>(shape - kNumWalls);
    return {slot, segments.generation(slot)};
  }
  // The wall that a static shape is; -1, and its handle: it is a segment.
  int wall_of(std::int32_t shape, SegmentHandle& segment) const {
    if (~shape < kNumWalls) return ~shape;
    segment = segment_handle(~shape);
    return -1;
  }
  Dynamics& dynamics() { return scene.dynamics(); }
  std::int32_t place(BodyHandle body) { return dynamics().bodies().place[body.slot]; }
  Status read_events();
  void locate(const TouchEvent& touch, ContactEvent& event);
  void changed() { cells_are_sorted = false; }
  void sort_cells();
  void set_traits(std::uint32_t slot, const BodyDefinition& definition);
  // An impulse at the middle, and one that turns; to bodies that something moves. All is finite,
  // but `turning` where a product overflowed.
  Status strike(BodyHandle body, float x, float y, float turning);
  QueryMask mask_of(const QueryFilter& filter) const;
  std::span<const BodyHandle> sorted_hits();

  WorldOptions options;
  WorldScene& scene;  // the simulation's
  Simulation simulation;
  HandleSlots bodies, segments;
  std::vector<ContactEvent> events;
  std::vector<BodyHandle> hits;
  std::vector<BodyContact> contacts;
  std::vector<std::uint64_t> user_data;  // by slot
  bool cells_are_sorted = false;
};

}  // namespace quadrille
