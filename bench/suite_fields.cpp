// The 1/r field of uniform and of clustered bodies, tree included, by each solver; errors against
// sums in double over a sample of bodies.
#include <cmath>
#include <functional>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/generators.h>

#include "bench/format.h"
#include "bench/suite.h"
#include "engine/integers.h"
#include "kernels/barnes_hut.h"
#include "kernels/multipole.h"
#include "kernels/quadtree_build.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kCheckedBodies = 64;

struct FieldBodies {
  std::string shape;
  std::vector<float> x, y, ax, ay;
};

// Over that of pulls, root mean squares.
double field_error(const FieldBodies& bodies) {
  const std::int64_t count = std::ssize(bodies.x);
  double errors = 0, pulls = 0;
  for (std::int64_t i = 0; i < count; i += std::max<std::int64_t>(1, count / kCheckedBodies)) {
    double ax = 0, ay = 0;
    for (std::size_t j = 0; j < bodies.x.size(); ++j) {
      const double dx = double{bodies.x[j]} - bodies.x[at(i)];
      const double dy = double{bodies.y[j]} - bodies.y[at(i)];
      const double squared = dx * dx + dy * dy;
      ax += squared == 0 ? 0 : dx / squared;
      ay += squared == 0 ? 0 : dy / squared;
    }
    errors += std::pow(bodies.ax[at(i)] - ax, 2) + std::pow(bodies.ay[at(i)] - ay, 2);
    pulls += ax * ax + ay * ay;
  }
  return pulls > 0 ? std::sqrt(errors / pulls) : 0;
}

struct FieldPart {
  std::string name;
  double most_error;
  std::function<Status(const QuadtreeView& tree, FieldBodies& bodies)> solve;
};

Status measure_field(const SuiteContext& context, const FieldPart& part, QuadtreeBuilder& tree,
                     FieldBodies& bodies) {
  Status status;
  Measurement field = measure_part(
      context, fmt::format("{}, {}", part.name, bodies.shape), std::ssize(bodies.x), "bodies", [&] {
        Status one =
            part.solve(tree.build(bodies.x, bodies.y, context.parallel, context.kernels), bodies);
        if (!one.is_ok()) status = std::move(one);
      });
  QUADRILLE_RETURN_IF_ERROR(status);
  const double error = field_error(bodies);
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
  FieldBodies bodies{shape,
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
  const auto by_multipole = [&](const MultipoleOptions& options) {
    return [&multipole, options](const QuadtreeView& view, FieldBodies& of) {
      return multipole.accelerate(view, {}, options, of.ax, of.ay);
    };
  };
  const FieldPart parts[] = {
      {"1/r, multipole of order 4", 5e-3, by_multipole({.order = 4, .theta = 0.9f})},
      {"1/r, multipole of order 6", 1e-3, by_multipole({.order = 6, .theta = 0.8f})},
      {"1/r, Barnes-Hut", 5e-3, [&](const QuadtreeView& view, FieldBodies& of) {
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
