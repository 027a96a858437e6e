// The writer of quadtree images. The builder's image is the file, unless floats do not hold the
// points: then their doubles follow it, so that nothing is rounded on the way through a file.
#include <cmath>
#include <limits>
#include <new>
#include <span>
#include <vector>

#include <quadrille/float_mode.h>
#include <quadrille/output.h>
#include <quadrille/parallel.h>
#include <quadrille/quadtree_builder.h>

#include "engine/quadtree_image.h"
#include "engine/text_writer.h"
#include "kernels/dispatch.h"

namespace quadrille {
namespace {

struct FloatColumns {
  std::vector<float> x, y;
  bool exact = true;
};

Status round_points(const PointSet& points, const std::string& path, FloatColumns& floats) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double x = points.x[i], y = points.y[i];
    if (!(std::fabs(x) <= kLargest && std::fabs(y) <= kLargest)) {
      return {StatusCode::kInvalidInput, path + ": cannot hold point " + std::to_string(i) +
                                             ": a coordinate is beyond 3.4e38"};
    }
    floats.x.push_back(static_cast<float>(x));
    floats.y.push_back(static_cast<float>(y));
    floats.exact = floats.exact && double{floats.x.back()} == x && double{floats.y.back()} == y;
  }
  return Status::ok();
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void put_exact(TextWriter& out, std::span<const BodyID> order, std::span<const double> values) {
  for (const BodyID body : order) out.put_raw(values[static_cast<std::size_t>(body)]);
  for (std::size_t i = order.size() * sizeof(double); i % kCacheLineBytes != 0; ++i) out << '\0';
}

void put_image(TextWriter& out, const QuadtreeBuilder& builder, const PointSet& points,
               bool exact) {
  const std::span<const std::byte> image = builder.image();
  if (exact) {
    out << text_of(image);
    return;
  }
  const QuadtreeView& tree = builder.view();
  HeaderSlab header =
      plan_quadtree_image({std::ssize(tree.order), std::ssize(tree.quadrants), true});
  describe_tree(tree, header);
  out << text_of(std::as_bytes(std::span(&header, 1))) << text_of(image.subspan(sizeof header));
  put_exact(out, tree.order, points.x);
  put_exact(out, tree.order, points.y);
}

Status write_tree_image(const PointSet& points, const std::string& path, Parallel& parallel,
                        MemoryBudget* budget) {
  FloatColumns floats;
  QUADRILLE_RETURN_IF_ERROR(round_points(points, path, floats));
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  QuadtreeBuilder builder;
  const Status prepared = builder.prepare(points.size(), budget);
  if (!prepared.is_ok()) return {prepared.code(), path + ": " + prepared.message()};
  builder.build(floats.x, floats.y, parallel, *kernels);
  return write_file(path, [&](TextWriter& out) { put_image(out, builder, points, floats.exact); });
}

}  // namespace

Status write_quadtree(const PointSet& points, const std::string& path, Parallel& parallel,
                      MemoryBudget* budget) {
  const FloatMode mode;
  try {
    return write_tree_image(points, path, parallel, budget);
  } catch (const std::bad_alloc&) {
    return {StatusCode::kOutOfMemory, path + ": no memory to write it"};
  }
}

}  // namespace quadrille
