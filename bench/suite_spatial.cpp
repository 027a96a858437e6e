// Quadtree build on uniform points, verified, and queries on the tree.
#include <vector>

#include <quadrille/generators.h>

#include "bench/suite.h"
#include "kernels/quadtree_build.h"
#include "kernels/verify_quadtree.h"

namespace quadrille::program {
namespace {

struct Points {
  std::vector<float> x, y;
};

Result<Points> generated_points(const SuiteContext& context) {
  QUADRILLE_ASSIGN_OR_RETURN(const Generator generator, parse_generator(context.size.points));
  QUADRILLE_ASSIGN_OR_RETURN(const PointSet set,
                             generate_points(generator, context.options.seed, context.parallel));
  return Points{{set.x.begin(), set.x.end()}, {set.y.begin(), set.y.end()}};
}

}  // namespace

Status run_suite_spatial(const SuiteContext& context) {
  QUADRILLE_ASSIGN_OR_RETURN(const Points points, generated_points(context));
  const auto count = static_cast<std::int64_t>(points.x.size());
  QuadtreeBuilder builder;
  QUADRILLE_RETURN_IF_ERROR(builder.prepare(count, nullptr));
  Measurement result = measure_part(context, "quadtree build", count, "points", [&] {
    builder.build(points.x, points.y, context.parallel, context.kernels);
  });
  QUADRILLE_RETURN_IF_ERROR(verify_quadtree(builder.view(), points.x, points.y));
  result.verified = true;
  context.results.push_back(std::move(result));
  context.results.push_back(measure_part(context, "quadtree refit", count, "points", [&] {
    builder.refit(points.x, points.y, context.parallel);
  }));
  return Status::ok();
}

}  // namespace quadrille::program
