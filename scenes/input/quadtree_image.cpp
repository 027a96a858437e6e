// Quadtree images: points that stand in the Morton order of a tree, verified as it is opened.
#include <span>
#include <utility>

#include "scenes/input/formats.h"

namespace quadrille {

Result<ReadQuadtree> read_quadtree(const TextFile& file, MemoryBudget* budget) {
  const std::string_view bytes = file.text();
  Result<Quadtree> tree = Quadtree::open(std::as_bytes(std::span(bytes)), budget);
  if (!tree.is_ok())
    return Status(tree.status().code(), file.path() + ": " + tree.status().message());
  ReadQuadtree read{.tree = std::move(tree).value()};
  read.report.format = "quadtree image";
  read.report.file_bytes = static_cast<std::int64_t>(file.file_bytes());
  read.report.text_bytes = static_cast<std::int64_t>(bytes.size());
  read.report.points = std::ssize(read.tree.view().order);
  return read;
}

PointSet points_of(const QuadtreeView& tree) {
  PointSet points;
  points.x.resize(tree.order.size());
  points.y.resize(tree.order.size());
  const bool exact = tree.exact_x.empty();
  for (std::size_t place = 0; place < tree.order.size(); ++place) {
    const auto body = static_cast<std::size_t>(tree.order[place]);
    points.x[body] = exact ? double{tree.x[place]} : tree.exact_x[place];
    points.y[body] = exact ? double{tree.y[place]} : tree.exact_y[place];
  }
  return points;
}

}  // namespace quadrille
