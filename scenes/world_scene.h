// WorldScene: what a World simulates. Bodies are changed between steps; passes step them and write
// the columns, an element a slot.
#pragma once

#include <optional>
#include <span>

#include <quadrille/world.h>

#include "kernels/body_queries.h"
#include "kernels/dynamics.h"

namespace quadrille {

class Parallel;

// What the body at a place is like now.
BodyState state_at(const RigidBodies& bodies, std::int64_t place);

class WorldScene final : public Scene {
 public:
  explicit WorldScene(const WorldOptions& options) : options_(options) {}

  Status prepare(const SceneContext& context) override;
  FrameSchema schema() const override;
  Status initialize(FrameWriter& frame) override;
  std::vector<Pass> passes() override;
  float default_dt() const override { return 1.0f / 60; }
  std::int64_t work() const override { return work_; }
  std::string_view work_unit() const override { return "bodies"; }
  std::int64_t step_bytes() const override;
  std::vector<SceneFact> facts(const Frame& last) const override;
  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override;
  bool shapes(const Frame& frame, BodyShapes& shapes) const override;
  Status verify(const Frame& last) const override;

  Dynamics& dynamics() { return *dynamics_; }
  BodyQueries& queries() { return *queries_; }
  // Ends of segments by slot, and which are there.
  std::span<float> ax, ay, bx, by;
  std::span<std::uint8_t> segment_present;
  std::span<CollisionBits> segment_bits;

 private:
  void write_columns(FrameWriter& frame);

  WorldOptions options_;
  Parallel* parallel_ = nullptr;
  std::optional<Dynamics> dynamics_;
  std::optional<BodyQueries> queries_;
  std::int64_t work_ = 0;
};

}  // namespace quadrille
