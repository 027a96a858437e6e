#include <algorithm>
#include <optional>

#include <quadrille/arena.h>
#include <quadrille/parallel.h>
#include <quadrille/world.h>

#include "bench/machine.h"
#include "bench/peers/physics_peer.h"
#include "engine/integers.h"
#include "kernels/broad_phase.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kPairsADisc = 8;

Result<Arena> physics_arena() {
  ArenaOptions options;
  options.capacity_bytes = std::size_t{1} << 34;  // reserved; what is used is committed
  options.name = {"physics"};
  return Arena::create(options);
}

class QuadrillePhysics final : public PhysicsPeer {
 public:
  explicit QuadrillePhysics(Parallel& parallel) : parallel_(parallel) {}
  std::string name() const override {
    return "quadrille, " + std::to_string(sub_steps_) + " sub-steps";
  }

  Status create(const PhysicsScene& scene) override {
    world_.reset();
    bodies_.clear();
    sub_steps_ = scene.sub_steps;
    WorldOptions options;
    options.box = {0, 0, scene.width, scene.height};
    options.max_bodies = scene.size();
    options.gravity_y = -scene.gravity;
    options.friction = scene.friction;
    options.restitution = scene.restitution;
    options.sub_steps = scene.sub_steps;
    options.sleeping = false;
    options.simulation.num_threads = parallel_.num_workers();
    QUADRILLE_ASSIGN_OR_RETURN(world_, World::create(options));
    for (std::int64_t i = 0; i < scene.size(); ++i) {
      BodyDefinition disc;
      disc.x = scene.x[at(i)];
      disc.y = scene.y[at(i)];
      disc.radius = scene.radius[at(i)];
      disc.friction = scene.friction;
      disc.restitution = scene.restitution;
      QUADRILLE_ASSIGN_OR_RETURN(const BodyHandle body, world_->add_body(disc));
      bodies_.push_back(body);
    }
    return Status::ok();
  }

  Status step(float dt) override { return world_->step(dt); }

  Status read(PhysicsState& state) const override {
    state = {};
    for (const BodyHandle body : bodies_) {
      QUADRILLE_ASSIGN_OR_RETURN(const BodyState now, world_->state(body));
      state.x.push_back(now.x);
      state.y.push_back(now.y);
      state.vx.push_back(now.vx);
      state.vy.push_back(now.vy);
    }
    return Status::ok();
  }

  Result<double> find_pairs(const PhysicsScene& scene, std::int64_t& pairs) override {
    QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
    QUADRILLE_ASSIGN_OR_RETURN(Arena arena, physics_arena());
    QUADRILLE_ASSIGN_OR_RETURN(BroadPhase broad_phase,
                               BroadPhase::create({.num_bodies = scene.size(),
                                                   .max_pairs = kPairsADisc * scene.size() + 4096},
                                                  *kernels, parallel_, arena));
    broad_phase.update({scene.x, scene.y, scene.radius});  // takes memory from the system
    const std::int64_t begin = now_ns();
    const BroadPhaseOutcome outcome = broad_phase.update({scene.x, scene.y, scene.radius});
    const auto elapsed_ns = static_cast<double>(now_ns() - begin);
    if (outcome != BroadPhaseOutcome::kComplete)
      return Status(StatusCode::kBudgetExceeded, "there is no room for the pairs of the discs");
    pairs = broad_phase.num_pairs();
    return elapsed_ns;
  }

 private:
  Parallel& parallel_;
  int sub_steps_ = 4;
  std::optional<World> world_;
  std::vector<BodyHandle> bodies_;
};

}  // namespace

std::unique_ptr<PhysicsPeer> quadrille_physics(Parallel& parallel) {
  return std::make_unique<QuadrillePhysics>(parallel);
}

}  // namespace quadrille::program
