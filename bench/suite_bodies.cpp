// The broad-phase of scattered discs, equal and of radii 1:100, with about as many pairs as discs;
// the pairs of a sample of discs against all of them.
#include <algorithm>
#include <vector>

#include <quadrille/arena.h>

#include "bench/format.h"
#include "bench/peers/physics_scene.h"
#include "bench/suite.h"
#include "engine/integers.h"
#include "kernels/broad_phase.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kCheckedDiscs = 64;
constexpr std::int64_t kPairRoom = 2;  // a disc
constexpr double kMixedRadii = 100;

// How many pairs each k-th disc is in, by looking at all discs.
std::vector<std::int64_t> partners_of_sample(const PhysicsScene& discs, std::size_t stride) {
  std::vector<std::int64_t> partners;
  for (std::size_t i = 0; i < discs.x.size(); i += stride) {
    std::int64_t count = -1;  // not itself
    for (std::size_t j = 0; j < discs.x.size(); ++j) {
      const float dx = discs.x[i] - discs.x[j], dy = discs.y[i] - discs.y[j];
      const float reach = discs.radius[i] + discs.radius[j];
      count += dx * dx + dy * dy < reach * reach ? 1 : 0;
    }
    partners.push_back(count);
  }
  return partners;
}

Status check_pairs(const PhysicsScene& discs, const BroadPhase& broad_phase) {
  std::vector<BodyPair> pairs(at(broad_phase.num_pairs()));
  broad_phase.write_pairs(pairs);
  const std::size_t stride = std::max<std::size_t>(1, discs.x.size() / at(kCheckedDiscs));
  std::vector<std::int64_t> found(discs.x.size());
  for (const BodyPair& pair : pairs) {
    ++found[at(pair.i)];
    ++found[at(pair.j)];
  }
  const std::vector<std::int64_t> wanted = partners_of_sample(discs, stride);
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    if (found[k * stride] == wanted[k]) continue;
    return {StatusCode::kInvalidInput,
            fmt::format("the result is wrong: disc {} is in {} pairs, brute force finds {}",
                        k * stride, found[k * stride], wanted[k])};
  }
  return Status::ok();
}

Status measure_pairs(const SuiteContext& context, const char* name, double ratio) {
  const std::int64_t count = context.size.part_items;
  const PhysicsScene discs = scattered_discs(count, context.options.seed, ratio);
  QUADRILLE_ASSIGN_OR_RETURN(Arena arena, Arena::create({.capacity_bytes = std::size_t{1} << 32}));
  QUADRILLE_ASSIGN_OR_RETURN(
      BroadPhase broad_phase,
      BroadPhase::create({.num_bodies = count, .max_pairs = kPairRoom * count + 1024},
                         context.kernels, context.parallel, arena));
  BroadPhaseOutcome outcome = BroadPhaseOutcome::kComplete;
  Measurement result = measure_part(context, name, count, "discs", [&] {
    outcome = broad_phase.update({discs.x, discs.y, discs.radius});
  });
  if (outcome != BroadPhaseOutcome::kComplete)
    return {StatusCode::kBudgetExceeded, fmt::format("{}: {} pairs are more than there is room for",
                                                     name, broad_phase.num_pairs())};
  QUADRILLE_RETURN_IF_ERROR(check_pairs(discs, broad_phase));
  result.facts = {{"pairs", static_cast<double>(broad_phase.num_pairs()), ""}};
  result.verified = true;
  context.results.push_back(std::move(result));
  return Status::ok();
}

}  // namespace

Status run_suite_bodies(const SuiteContext& context) {
  QUADRILLE_RETURN_IF_ERROR(measure_pairs(context, "broad-phase, equal discs", 1));
  return measure_pairs(context, "broad-phase, radii 1:100", kMixedRadii);
}

}  // namespace quadrille::program
