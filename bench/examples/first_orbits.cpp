// Ten thousand bodies under their own gravity in the plane, each in time steps of its own, and how
// well their energy is kept.
#include <cmath>
#include <cstdio>
#include <vector>

#include <quadrille/block_time_steps.h>
#include <quadrille/field_energy.h>
#include <quadrille/kernels.h>
#include <quadrille/multipole.h>
#include <quadrille/parallel.h>
#include <quadrille/quadtree_builder.h>

using namespace quadrille;

struct Bodies {
  std::vector<float> x, y, vx, vy, mass, ax, ay;
};

// A disc of radius 1 and mass 1 that turns as fast as it holds itself.
Bodies turning_disc(int n) {
  Bodies b;
  b.mass.assign(static_cast<std::size_t>(n), 1.0f / static_cast<float>(n));
  b.ax.resize(b.mass.size());
  b.ay.resize(b.mass.size());
  for (int i = 0; i < n; ++i) {  // the seeds of a sunflower
    const float radius = std::sqrt(static_cast<float>(i) / static_cast<float>(n));
    const float angle = 2.39996323f * static_cast<float>(i);
    b.x.push_back(radius * std::cos(angle));
    b.y.push_back(radius * std::sin(angle));
    b.vx.push_back(-b.y.back());  // pulled by 1/r, v^2 is the mass within
    b.vy.push_back(b.x.back());
  }
  return b;
}

Status run(Bodies& b) {
  const auto n = static_cast<std::int64_t>(b.x.size());
  QUADRILLE_ASSIGN_OR_RETURN(const auto threads, Parallel::create({.num_threads = 2}));
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(""));
  QUADRILLE_ASSIGN_OR_RETURN(Arena memory, Arena::create({.capacity_bytes = 64 << 20}));
  QUADRILLE_ASSIGN_OR_RETURN(auto field, Multipole::create(n, *kernels, *threads, memory));
  QUADRILLE_ASSIGN_OR_RETURN(auto energy, FieldEnergy::create(n, *threads, memory));
  QUADRILLE_ASSIGN_OR_RETURN(auto blocks,
                             BlockTimeSteps::create(n, {}, *kernels, *threads, memory));
  QuadtreeBuilder tree;
  QUADRILLE_RETURN_IF_ERROR(tree.prepare(n, nullptr));

  const MultipoleOptions law = {.softening = 0.01f};
  const auto pull = [&](const ActiveBodies& who) {
    const QuadtreeView& view = tree.build(b.x, b.y, *threads, *kernels);
    return field.accelerate(view, b.mass, law, b.ax, b.ay, who);
  };
  const auto now = [&] { return energy.measure(tree.view(), {b.x, b.y, b.vx, b.vy, b.mass}, law); };

  QUADRILLE_RETURN_IF_ERROR(pull({}));
  QUADRILLE_ASSIGN_OR_RETURN(const ConservedQuantities begin, now());
  for (int step = 0; step < 10; ++step) {
    QUADRILLE_RETURN_IF_ERROR(blocks.begin(0.05f, law.softening, b.ax, b.ay));
    while (!blocks.finished()) {
      QUADRILLE_RETURN_IF_ERROR(blocks.kick_and_drift({b.x, b.y, b.vx, b.vy}, b.ax, b.ay));
      QUADRILLE_RETURN_IF_ERROR(pull(blocks.active()));
      QUADRILLE_RETURN_IF_ERROR(blocks.kick({b.x, b.y, b.vx, b.vy}, b.ax, b.ay));
    }
  }
  QUADRILLE_ASSIGN_OR_RETURN(const ConservedQuantities end, now());
  std::printf("%.1f forces a body and step; energy drifted by %.1e of the kinetic one\n",
              static_cast<double>(blocks.counts().kicked) / static_cast<double>(10 * n),
              std::fabs(end.energy() - begin.energy()) / begin.kinetic);
  return Status::ok();
}

int main() {
  Bodies bodies = turning_disc(10000);
  if (const Status status = run(bodies); !status.is_ok()) {
    std::printf("%s\n", status.message().c_str());
    return 1;
  }
}
