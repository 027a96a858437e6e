#include "bench/body_calls.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/multipole.h>
#include <quadrille/parallel.h>
#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>
#include <quadrille/simulation.h>

#include "bench/format.h"
#include "bench/machine.h"
#include "bench/scene_runner.h"
#include "engine/integers.h"
#include "engine/memory_budget.h"
#include "kernels/dispatch.h"
#include "kernels/verify_quadtree.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kBodyNeighbors = 8;
constexpr std::int64_t kSampledBodies = 8;  // compared with all others
constexpr double kMostFieldError = 5e-3;    // of order 4 at the default theta

struct BodySetting {
  const PointSet& points;
  Parallel& parallel;
  const KernelTable& kernels;
};

// visit(i) for a few bodies, evenly spread.
template <class Visit>
void for_sampled_bodies(std::size_t count, const Visit& visit) {
  const std::size_t stride = std::max<std::size_t>(1, count / at(kSampledBodies));
  for (std::size_t i = stride / 2; i < count; i += stride) visit(i);
}

// ---- the tree ----

struct BuildCall {
  std::vector<float> x, y;
  MemoryBudget budget;
  QuadtreeBuilder builder;
};

Status prepare_build(const BodySetting& set, BodyCalls::Calls& calls) {
  const auto call = std::make_shared<BuildCall>();
  call->x.assign(set.points.x.begin(), set.points.x.end());
  call->y.assign(set.points.y.begin(), set.points.y.end());
  QUADRILLE_RETURN_IF_ERROR(call->builder.prepare(set.points.size(), &call->budget));
  calls.run = [call, &parallel = set.parallel, &kernels = set.kernels] {
    call->builder.build(call->x, call->y, parallel, kernels);
    return Status::ok();
  };
  calls.verify = [call] { return verify_quadtree(call->builder.view(), call->x, call->y); };
  calls.memory_bytes = [call] { return static_cast<std::int64_t>(call->budget.used()); };
  return Status::ok();
}

// ---- the nearest ----

struct NearestCall {
  const PointSet* points;
  MemoryBudget budget;
  std::optional<PointIndex> index;
  std::vector<BodyID> ids;
};

Status verify_nearest(const NearestCall& call) {
  const std::vector<double>&x = call.points->x, &y = call.points->y;
  const std::size_t found = at(call.index->neighbors_of(kBodyNeighbors));
  Status status;
  for_sampled_bodies(x.size(), [&](std::size_t q) {
    std::vector<std::pair<double, BodyID>> all;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double dx = x[i] - x[q], dy = y[i] - y[q];
      all.emplace_back(dx * dx + dy * dy, static_cast<BodyID>(i));
    }
    std::partial_sort(all.begin(), all.begin() + std::ssize(call.ids) / std::ssize(x), all.end());
    for (std::size_t i = 0; i < found; ++i) {
      if (call.ids[q * found + i] != all[i].second) {
        status = {StatusCode::kInvalidInput,
                  fmt::format("the result is wrong: neighbour {} of body {}", i, q)};
      }
    }
  });
  return status;
}

Status prepare_nearest(const BodySetting& set, BodyCalls::Calls& calls) {
  const auto call = std::make_shared<NearestCall>();
  call->points = &set.points;
  QUADRILLE_ASSIGN_OR_RETURN(
      call->index,
      PointIndex::create(set.points.x, set.points.y, set.parallel, &call->budget, set.kernels));
  call->ids.resize(set.points.x.size() * at(call->index->neighbors_of(kBodyNeighbors)));
  calls.run = [call, &parallel = set.parallel] {
    return call->index->nearest({call->points->x, call->points->y}, kBodyNeighbors, call->ids,
                                parallel);
  };
  calls.verify = [call] { return verify_nearest(*call); };
  calls.memory_bytes = [call] { return static_cast<std::int64_t>(call->budget.used()); };
  return Status::ok();
}

// ---- the field ----

struct ForceCall {
  std::vector<float> x, y, ax, ay;
  MemoryBudget budget;
  QuadtreeBuilder builder;
  std::optional<Arena> arena;
  std::optional<Multipole> field;
};

// Root mean squares, over that of pulls.
Status verify_force(const ForceCall& call) {
  double errors = 0, pulls = 0;
  for_sampled_bodies(call.x.size(), [&](std::size_t i) {
    double ax = 0, ay = 0;
    for (std::size_t j = 0; j < call.x.size(); ++j) {
      const double dx = double{call.x[j]} - call.x[i], dy = double{call.y[j]} - call.y[i];
      const double squared = dx * dx + dy * dy;
      ax += squared == 0 ? 0 : dx / squared;
      ay += squared == 0 ? 0 : dy / squared;
    }
    errors += (call.ax[i] - ax) * (call.ax[i] - ax) + (call.ay[i] - ay) * (call.ay[i] - ay);
    pulls += ax * ax + ay * ay;
  });
  const double error = pulls > 0 ? std::sqrt(errors / pulls) : 0;
  if (error <= kMostFieldError) return Status::ok();
  return {StatusCode::kInvalidInput,
          fmt::format("the result is wrong: the field errs by {:.2g}", error)};
}

Status prepare_force(const BodySetting& set, BodyCalls::Calls& calls) {
  const auto call = std::make_shared<ForceCall>();
  const std::int64_t count = set.points.size();
  call->x.assign(set.points.x.begin(), set.points.x.end());
  call->y.assign(set.points.y.begin(), set.points.y.end());
  call->ax.resize(call->x.size());
  call->ay.resize(call->x.size());
  QUADRILLE_RETURN_IF_ERROR(call->builder.prepare(count, &call->budget));
  ArenaOptions options;
  options.capacity_bytes = std::size_t{1} << 34;  // reserved; what is used is committed
  options.name = {"force"};
  options.budget = &call->budget;
  QUADRILLE_ASSIGN_OR_RETURN(call->arena, Arena::create(options));
  QUADRILLE_ASSIGN_OR_RETURN(call->field,
                             Multipole::create(count, set.kernels, set.parallel, *call->arena));
  calls.run = [call, &parallel = set.parallel, &kernels = set.kernels] {
    const QuadtreeView& tree = call->builder.build(call->x, call->y, parallel, kernels);
    return call->field->accelerate(tree, {}, {}, call->ax, call->ay);
  };
  calls.verify = [call] { return verify_force(*call); };
  calls.memory_bytes = [call] { return static_cast<std::int64_t>(call->budget.used()); };
  return Status::ok();
}

// ---- whole steps ----

Status prepare_scene(std::string_view scene, const PointSet& points, const MachineOptions& machine,
                     std::uint64_t seed, BodyCalls::Calls& calls) {
  SceneInput input;
  input.points = points;
  input.has_points = true;
  QUADRILLE_ASSIGN_OR_RETURN(
      Simulation created,
      Simulation::create(scene, std::move(input), simulation_options(machine, seed)));
  const auto simulation = std::make_shared<Simulation>(std::move(created));
  calls.run = [simulation] { return simulation->step(); };
  calls.verify = [simulation] { return simulation->scene().verify(simulation->last_completed()); };
  calls.memory_bytes = [simulation] {
    return static_cast<std::int64_t>(simulation->memory_used());
  };
  return Status::ok();
}

}  // namespace

Result<BodyCalls> BodyCalls::create(std::string_view kernel, const PointSet& points,
                                    Parallel& parallel, const MachineOptions& machine,
                                    std::uint64_t seed) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(machine.isa));
  const BodySetting set{points, parallel, *kernels};
  BodyCalls calls;
  Status status;
  if (kernel == "build") {
    status = prepare_build(set, calls.calls_);
  } else if (kernel == "nearest") {
    status = prepare_nearest(set, calls.calls_);
  } else if (kernel == "force") {
    status = prepare_force(set, calls.calls_);
  } else {
    status = prepare_scene(kernel, points, machine, seed, calls.calls_);
  }
  QUADRILLE_RETURN_IF_ERROR(status);
  return calls;
}

Result<double> BodyCalls::run() {
  const std::int64_t begin = now_ns();
  QUADRILLE_RETURN_IF_ERROR(calls_.run());
  return static_cast<double>(now_ns() - begin);
}

}  // namespace quadrille::program
