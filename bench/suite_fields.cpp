// Fields of uniform and of clustered bodies, tree included, by each solver; errors against sums in
// double over a sample of bodies.
#include <functional>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/generators.h>

#include "bench/format.h"
#include "bench/suite.h"
#include "engine/integers.h"
#include "kernels/barnes_hut.h"
#include "kernels/field_accuracy.h"
#include "kernels/multipole.h"
#include "kernels/quadtree_build.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kCheckedBodies = 64;

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
                                           kCheckedBodies, context.parallel);
  if (!(error <= part.most_error)) {
    return {StatusCode::kInvalidInput,
            fmt::format("the result is wrong: the field '{}' errs by {:.2g}", field.name, error)};
  }
  field.facts = {{"error", error, ""}};
  field.verified = true;
  context.results.push_back(std::move(field));
  return Status::ok();
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
  const auto by_multipole = [&](const char* name, double most_error,
                                const MultipoleOptions& options) {
    return FieldPart{name, most_error, options,
                     [&multipole, options](const QuadtreeView& view, SuiteBodies& of) {
                       return multipole.accelerate(view, {}, options, of.ax, of.ay);
                     }};
  };
  const float softening = 1e-3f;  // about the distance of neighbours
  const FieldPart parts[] = {
      by_multipole("1/r, multipole of order 4", 5e-3, {.order = 4, .theta = 0.9f}),
      by_multipole("1/r, multipole of order 6", 5e-4, {.order = 6, .theta = 0.8f}),
      by_multipole("softened 1/r, order 4", 5e-3, {.softening = softening, .theta = 0.8f}),
      by_multipole("softened 1/r^2, order 6", 1e-2, {PullLaw::kInverseSquare, softening, 6, 0.8f}),
      {"1/r, Barnes-Hut", 5e-3, {}, [&](const QuadtreeView& view, SuiteBodies& of) {
         barnes_hut.accelerate(view, {}, {}, of.ax, of.ay);
         return Status::ok();
       }}};
  for (const FieldPart& part : parts)
    QUADRILLE_RETURN_IF_ERROR(measure_field(context, part, tree, bodies));
  return Status::ok();
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
