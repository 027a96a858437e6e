// What a user writes first: every scene is there, by the public headers alone, and all that who
// steps bodies of his own needs.
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include <quadrille/block_time_steps.h>
#include <quadrille/field_energy.h>
#include <quadrille/kernels.h>
#include <quadrille/memory_budget.h>
#include <quadrille/multipole.h>
#include <quadrille/parallel.h>
#include <quadrille/quadtree_builder.h>
#include <quadrille/radial_field.h>
#include <quadrille/simulation.h>

namespace {

using namespace quadrille;

// Two bodies of mass 1 on a circle of diameter 1, for a step of their own; how much of their energy
// is lost.
Result<double> energy_lost_in_a_step() {
  std::vector<float> x = {-0.5f, 0.5f}, y = {0, 0}, vx = {0, 0}, vy = {-0.7f, 0.7f}, ax(2), ay(2);
  const MultipoleOptions law = {.softening = 0.1f};
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(""));
  QUADRILLE_ASSIGN_OR_RETURN(const auto threads, Parallel::create({.num_threads = 1}));
  QUADRILLE_ASSIGN_OR_RETURN(Arena memory, Arena::create({.capacity_bytes = 64 << 20}));
  QuadtreeBuilder tree;
  QUADRILLE_RETURN_IF_ERROR(tree.prepare(2, nullptr));
  QUADRILLE_ASSIGN_OR_RETURN(Multipole field, Multipole::create(2, *kernels, *threads, memory));
  QUADRILLE_ASSIGN_OR_RETURN(FieldEnergy energy, FieldEnergy::create(2, *threads, memory));
  QUADRILLE_ASSIGN_OR_RETURN(BlockTimeSteps blocks,
                             BlockTimeSteps::create(2, {}, *kernels, *threads, memory));
  const auto now = [&] { return energy.measure(tree.view(), {x, y, vx, vy, {}}, law); };
  const auto pull = [&](const ActiveBodies& active) {
    return field.accelerate(tree.build(x, y, *threads, *kernels), {}, law, ax, ay, active);
  };
  QUADRILLE_RETURN_IF_ERROR(pull({}));
  QUADRILLE_ASSIGN_OR_RETURN(const ConservedQuantities start, now());
  QUADRILLE_RETURN_IF_ERROR(blocks.begin(0.1f, law.softening, ax, ay));
  while (!blocks.finished()) {
    QUADRILLE_RETURN_IF_ERROR(blocks.kick_and_drift({x, y, vx, vy}, ax, ay));
    QUADRILLE_RETURN_IF_ERROR(pull(blocks.active()));
    QUADRILLE_RETURN_IF_ERROR(blocks.kick({x, y, vx, vy}, ax, ay));
  }
  QUADRILLE_ASSIGN_OR_RETURN(const ConservedQuantities end, now());
  return std::fabs(end.energy() / start.energy() - 1);
}

// A scene of one's own: each step adds its length to every element.
class Clocks : public Scene {
 public:
  Status prepare(const SceneContext&) override { return Status::ok(); }
  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add({.name = "time", .type = ColumnType::kFloat32, .size = 5});
    return schema;
  }
  Status initialize(FrameWriter&) override { return Status::ok(); }
  std::vector<Pass> passes() override {
    return {{"tick", [](FrameWriter& frame) {
               for (float& time : frame.column<float>(0)) time += frame.dt();
               frame.mark_all(0);
               return Status::ok();
             }}};
  }
  std::int64_t work() const override { return 5; }
  std::string_view work_unit() const override { return "elements"; }
  std::int64_t step_bytes() const override { return 40; }
  std::vector<SceneFact> facts(const Frame&) const override { return {}; }
  Status verify(const Frame&) const override { return Status::ok(); }
};

bool own_scene_steps() {
  auto clocks = Simulation::create(std::make_unique<Clocks>(), "clocks", {}, {.num_threads = 1});
  if (!clocks.is_ok() || !clocks->step(0.5f).is_ok() || !clocks->step(1.5f).is_ok()) return false;
  return clocks->reader().latest()->column<float>(0)[4] == 2;
}

bool budget_is_kept() {
  MemoryBudget budget({.hard_bytes = 1 << 16});
  QuadtreeBuilder tree;
  return tree.prepare(1000000, &budget).code() == StatusCode::kBudgetExceeded && budget.used() == 0;
}

}  // namespace

int main() {
  const auto unknown = Simulation::create("no such scene", {});
  if (unknown.is_ok() || unknown.status().message().empty()) return 1;
  for (const auto& scene : scene_registry()) {
    std::printf("%.*s\n", static_cast<int>(scene.name.size()), scene.name.data());
  }
  const auto lost = energy_lost_in_a_step();
  if (!lost.is_ok() || !(lost.value() < 1e-4)) return 1;
  if (!own_scene_steps() || !budget_is_kept()) return 1;
  // Operators of a law of one's own are compiled here, from installed headers.
  const FieldOperators own = radial_operators<InverseLaw>(4);
  return Multipole::check({.order = 4}).is_ok() && own.num_moments > 0 ? 0 : 1;
}
