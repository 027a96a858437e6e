// Box2D 2.4: the one door to it. It has no sub-steps; its solver runs 8 iterations over velocities
// and 3 over positions, as its manual suggests.
#include <box2d/box2d.h>

#include "bench/format.h"
#include "bench/machine.h"
#include "bench/peers/physics_peer.h"
#include "engine/integers.h"

namespace quadrille::program {
namespace {

constexpr std::int32_t kVelocityIterations = 8, kPositionIterations = 3;
// Its boxes are wider by b2_aabbExtension, a tenth of a metre: little beside discs of this size.
constexpr float kBroadPhaseScale = 1000;

// Counts pairs of boxes whose discs overlap.
struct Box2dPairs {
  const PhysicsScene* scene;
  std::int64_t count = 0;
  void AddPair(void* a, void* b) {
    const auto i = reinterpret_cast<std::uintptr_t>(a), j = reinterpret_cast<std::uintptr_t>(b);
    const float dx = scene->x[i] - scene->x[j], dy = scene->y[i] - scene->y[j];
    const float reach = scene->radius[i] + scene->radius[j];
    count += dx * dx + dy * dy < reach * reach ? 1 : 0;
  }
};

class Box2dPhysics final : public PhysicsPeer {
 public:
  std::string name() const override {
    return fmt::format("Box2D {}.{}.{}, {} + {} iterations", b2_version.major, b2_version.minor,
                       b2_version.revision, kVelocityIterations, kPositionIterations);
  }

  Status create(const PhysicsScene& scene) override {
    bodies_.clear();
    world_ = std::make_unique<b2World>(b2Vec2(0, -scene.gravity));
    world_->SetAllowSleeping(false);
    world_->SetContinuousPhysics(false);  // discs are slow here, and it costs
    add_walls(scene);
    for (std::size_t i = 0; i < scene.x.size(); ++i) {
      b2BodyDef definition;
      definition.type = b2_dynamicBody;
      definition.position.Set(scene.x[i], scene.y[i]);
      b2CircleShape circle;
      circle.m_radius = scene.radius[i];
      b2FixtureDef fixture;
      fixture.shape = &circle;
      fixture.density = 1;
      fixture.friction = scene.friction;
      fixture.restitution = scene.restitution;
      bodies_.push_back(world_->CreateBody(&definition));
      bodies_.back()->CreateFixture(&fixture);
    }
    return Status::ok();
  }

  Status step(float dt) override {
    world_->Step(dt, kVelocityIterations, kPositionIterations);
    return Status::ok();
  }

  Status read(PhysicsState& state) const override {
    state = {};
    for (const b2Body* body : bodies_) {
      state.x.push_back(body->GetPosition().x);
      state.y.push_back(body->GetPosition().y);
      state.vx.push_back(body->GetLinearVelocity().x);
      state.vy.push_back(body->GetLinearVelocity().y);
    }
    return Status::ok();
  }

  Result<double> find_pairs(const PhysicsScene& scene, std::int64_t& pairs) override {
    b2BroadPhase broad_phase;
    for (std::size_t i = 0; i < scene.x.size(); ++i) {
      const b2Vec2 at(kBroadPhaseScale * scene.x[i], kBroadPhaseScale * scene.y[i]);
      const float radius = kBroadPhaseScale * scene.radius[i];
      b2AABB box;
      box.lowerBound = at - b2Vec2(radius, radius);
      box.upperBound = at + b2Vec2(radius, radius);
      broad_phase.CreateProxy(box, reinterpret_cast<void*>(i));
    }
    Box2dPairs found{&scene};
    const std::int64_t begin = now_ns();
    broad_phase.UpdatePairs(&found);
    const auto elapsed_ns = static_cast<double>(now_ns() - begin);
    pairs = found.count;
    return elapsed_ns;
  }

 private:
  void add_walls(const PhysicsScene& scene) {
    b2BodyDef definition;
    b2Body* const walls = world_->CreateBody(&definition);
    const b2Vec2 corners[] = {
        {0, 0}, {scene.width, 0}, {scene.width, scene.height}, {0, scene.height}};
    for (int i = 0; i < 4; ++i) {
      b2EdgeShape edge;
      edge.SetTwoSided(corners[i], corners[(i + 1) % 4]);
      b2FixtureDef fixture;
      fixture.shape = &edge;
      fixture.friction = scene.friction;
      fixture.restitution = scene.restitution;
      walls->CreateFixture(&fixture);
    }
  }

  std::unique_ptr<b2World> world_;
  std::vector<b2Body*> bodies_;  // the world's
};

}  // namespace

std::unique_ptr<PhysicsPeer> box2d_physics() { return std::make_unique<Box2dPhysics>(); }

}  // namespace quadrille::program
