// Fields of uniform and of clustered bodies, tree included, by each solver and as exact as is asked
// for; errors against sums in double over a sample of bodies.
#include <functional>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/field_accuracy.h>
#include <quadrille/generators.h>
#include <quadrille/multipole.h>
#include <quadrille/quadtree_builder.h>

#include "bench/format.h"
#include "bench/suite.h"
#include "engine/integers.h"
#include "kernels/barnes_hut.h"

namespace quadrille::program {
namespace {

constexpr int kSettlingSolves = 3;  // after which order and theta stay

struct SuiteBodies {
  std::string shape;
  std::vector<float> x, y, ax, ay;
};

struct FieldPart {
  std::string name;
  double most_error;
  MultipoleOptions options;  // law and softening count
  std::function<Status(const QuadtreeView& tree, SuiteBodies& bodies)> solve;
};

Status measure_field(const SuiteContext& context, const FieldPart& part, QuadtreeBuilder& tree,
                     SuiteBodies& bodies) {
  Status status;
  Measurement field = measure_part(
      context, fmt::format("{}, {}", part.name, bodies.shape), std::ssize(bodies.x), "bodies", [&] {
        Status one =
            part.solve(tree.build(bodies.x, bodies.y, context.parallel, context.kernels), bodies);
        if (!one.is_ok()) status = std::move(one);
      });
  QUADRILLE_RETURN_IF_ERROR(status);
  const double error = measure_field_error(tree.view(), {}, part.options, bodies.ax, bodies.ay,
                                           FieldAccuracy::kSample, context.parallel);
  if (!(error <= part.most_error)) {
    return {StatusCode::kInvalidInput,
            fmt::format("the result is wrong: the field '{}' errs by {:.2g}", field.name, error)};
  }
  field.facts = {{"error", error, ""}};
  if (part.options.order > 0) {
    field.facts.push_back({"order", static_cast<double>(part.options.order), ""});
    field.facts.push_back({"theta", part.options.theta, ""});
  }
  field.verified = true;
  context.results.push_back(std::move(field));
  return Status::ok();
}

// The order and theta that FieldAccuracy settles on for these bodies.
Result<MultipoleOptions> settle(const SuiteContext& context, double wanted,
                                const MultipoleOptions& law, Multipole& solver,
                                QuadtreeBuilder& tree, SuiteBodies& bodies) {
  QUADRILLE_ASSIGN_OR_RETURN(FieldAccuracy accuracy, FieldAccuracy::create(law, wanted));
  const QuadtreeView view = tree.build(bodies.x, bodies.y, context.parallel, context.kernels);
  for (int solve = 0; solve < kSettlingSolves; ++solve) {
    QUADRILLE_RETURN_IF_ERROR(
        accuracy.accelerate(solver, view, {}, bodies.ax, bodies.ay, context.parallel));
  }
  return accuracy.options();
}

Status measure_fields(const SuiteContext& context, const std::string& shape,
                      const PointSet& points) {
  SuiteBodies bodies{shape,
                     {points.x.begin(), points.x.end()},
                     {points.y.begin(), points.y.end()},
                     std::vector<float>(points.x.size()),
                     std::vector<float>(points.x.size())};
  QuadtreeBuilder tree;
  QUADRILLE_RETURN_IF_ERROR(tree.prepare(points.size(), nullptr));
  QUADRILLE_ASSIGN_OR_RETURN(Arena arena, Arena::create({.capacity_bytes = std::size_t{1} << 32}));
  QUADRILLE_ASSIGN_OR_RETURN(Multipole multipole, Multipole::create(points.size(), context.kernels,
                                                                    context.parallel, arena));
  QUADRILLE_ASSIGN_OR_RETURN(BarnesHut barnes_hut, BarnesHut::create(points.size(), context.kernels,
                                                                     context.parallel, arena));
  const float softening = 1e-3f;  // about the distance of neighbours
  const struct {
    const char* name;
    double error;
    MultipoleOptions law;
  } wanted[] = {{"1/r to 0.5 %", 5e-3, {}},
                {"1/r to 0.05 %", 5e-4, {}},
                {"softened 1/r to 0.5 %", 5e-3, {.softening = softening}},
                {"softened 1/r^2 to 0.5 %", 5e-3, {PullLaw::kInverseSquare, softening}}};
  for (const auto& [name, error, law] : wanted) {
    QUADRILLE_ASSIGN_OR_RETURN(const MultipoleOptions options,
                               settle(context, error, law, multipole, tree, bodies));
    const FieldPart part{name, error, options, [&](const QuadtreeView& view, SuiteBodies& of) {
                           return multipole.accelerate(view, {}, options, of.ax, of.ay);
                         }};
    QUADRILLE_RETURN_IF_ERROR(measure_field(context, part, tree, bodies));
  }
  const FieldPart part{
      "1/r, Barnes-Hut", 5e-3, {.order = 0}, [&](const QuadtreeView& view, SuiteBodies& of) {
        barnes_hut.accelerate(view, {}, {}, of.ax, of.ay);
        return Status::ok();
      }};
  return measure_field(context, part, tree, bodies);
}

}  // namespace

Status run_suite_fields(const SuiteContext& context) {
  const std::pair<const char*, const std::string&> shapes[] = {
      {"uniform", context.size.points}, {"clustered", context.size.clusters}};
  for (const auto& [shape, text] : shapes) {
    QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(text));
    QUADRILLE_ASSIGN_OR_RETURN(const PointSet points,
                               generate_points(generator, context.options.seed, context.parallel));
    QUADRILLE_RETURN_IF_ERROR(measure_fields(context, shape, points));
  }
  return Status::ok();
}

}  // namespace quadrille::program
