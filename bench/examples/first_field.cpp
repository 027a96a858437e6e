// A hundred thousand bodies: their tree, their neighbours, and how they pull at each other.
#include <cmath>
#include <cstdio>
#include <vector>

#include <quadrille/field_accuracy.h>
#include <quadrille/kernels.h>
#include <quadrille/multipole.h>
#include <quadrille/parallel.h>
#include <quadrille/point_index.h>
#include <quadrille/quadtree_builder.h>

int main() {
  using namespace quadrille;
  const std::int64_t n = 100000;
  std::vector<float> x, y;
  for (std::int64_t i = 0; i < n; ++i) {  // the seeds of a sunflower
    const double radius = std::sqrt(static_cast<double>(i)),
                 angle = 2.39996323 * static_cast<double>(i);
    x.push_back(static_cast<float>(radius * std::cos(angle)));
    y.push_back(static_cast<float>(radius * std::sin(angle)));
  }

  auto threads = Parallel::create({.num_threads = 2});
  auto kernels = choose_kernel_table("");  // the best of this processor
  if (!threads.is_ok() || !kernels.is_ok()) return 1;
  QuadtreeBuilder tree;
  if (!tree.prepare(n, nullptr).is_ok()) return 1;
  const QuadtreeView& view = tree.build(x, y, **threads, **kernels);

  const auto index = PointIndex::create(view, **threads, nullptr, **kernels);
  Neighbor nearest[3];
  if (!index.is_ok() || !index->nearest_to(100, 100, nearest).is_ok()) return 1;
  std::printf("body %d is nearest to (100, 100)\n", nearest[0].id);

  auto memory = Arena::create({.capacity_bytes = 64 << 20});
  if (!memory.is_ok()) return 1;
  auto solver = Multipole::create(n, **kernels, **threads, *memory);
  auto pull = FieldAccuracy::create({.law = PullLaw::kInverse}, 0.005);  // to half a percent
  std::vector<float> ax(x.size()), ay(x.size());
  if (!solver.is_ok() || !pull.is_ok()) return 1;
  if (!pull->accelerate(*solver, view, {}, ax, ay, **threads).is_ok()) return 1;
  std::printf("it is pulled by %.0f, with an error of %s\n",
              double{std::hypot(ax[nearest[0].id], ay[nearest[0].id])},
              pull->measured() <= 0.005 ? "less than half a percent" : "more than was asked for");
}
