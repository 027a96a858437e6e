// Point sets for spatial tests: natural shapes, and those that break quadtrees.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/parallel.h>

#include "engine/random.h"
#include "kernels/dispatch.h"

namespace quadrille::test {

struct Shape {
  std::string name;
  std::vector<float> x, y;
  void add(float px, float py) {
    x.push_back(px);
    y.push_back(py);
  }
};

inline float unit(Random& random) { return static_cast<float>(random.next_unit()); }

inline Shape uniform(int count, std::uint64_t seed = 1) {
  Shape shape{"uniform " + std::to_string(count), {}, {}};
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    const float px = unit(random);
    shape.add(px, unit(random));
  }
  return shape;
}

inline Shape clusters(int count) {  // most of each cluster within a thousandth of the square
  Shape shape{"clusters", {}, {}};
  Random random(2);
  for (int i = 0; i < count; ++i) {
    const auto center = static_cast<float>(random.next_below(10));
    const float spread = unit(random) * unit(random) * unit(random) * 1e-2f;
    const float px = center + spread * (unit(random) - 0.5f);
    shape.add(px, std::fmod(center * 3.7f, 10.0f) + spread * (unit(random) - 0.5f));
  }
  return shape;
}

inline Shape one_far_point(int count, float width) {  // the rest within `width` of the square
  Shape shape = uniform(count, 3);
  shape.name = "one far point";
  for (int i = 0; i < count; ++i) {
    shape.x[static_cast<std::size_t>(i)] *= width;
    shape.y[static_cast<std::size_t>(i)] *= width;
  }
  shape.add(1.0f, 1.0f);
  return shape;
}

inline Shape coincident(int count) {
  Shape shape{"coincident", {}, {}};
  for (int i = 0; i < count; ++i) shape.add(3.25f, -7.5f);
  return shape;
}

inline Shape line(int count) {
  Shape shape{"line", {}, {}};
  for (int i = 0; i < count; ++i) shape.add(static_cast<float>(i % 1000), 5.0f);
  return shape;
}

inline Shape scales(int count) {  // from 1e-30 to 1e30, both signs
  Shape shape{"scales", {}, {}};
  Random random(4);
  for (int i = 0; i < count; ++i) {
    const float size = std::pow(10.0f, unit(random) * 60.0f - 30.0f);
    const float px = (i % 2 == 0 ? size : -size);
    shape.add(px, size * (unit(random) - 0.5f));
  }
  return shape;
}

inline Shape widest(int count) {  // a side longer than the largest float
  Shape shape{"widest", {}, {}};
  Random random(5);
  for (int i = 0; i < count; ++i) {
    const float px = (unit(random) - 0.5f) * 3.4e38f * 2.0f;
    shape.add(px, (unit(random) - 0.5f) * 3.4e38f * 2.0f);
  }
  return shape;
}

inline Shape denormal(int count) {
  Shape shape{"denormal", {}, {}};
  Random random(6);
  for (int i = 0; i < count; ++i) {
    const auto px = static_cast<float>(random.next_below(100)) * 1.4e-45f;
    shape.add(px, static_cast<float>(random.next_below(100)) * 1.4e-45f);
  }
  return shape;
}

inline Shape signed_zeros(int count) {
  Shape shape{"signed zeros", {}, {}};
  Random random(7);
  for (int i = 0; i < count; ++i) {
    const float px = random.next_below(2) == 0 ? 0.0f : -0.0f;
    shape.add(px, random.next_below(2) == 0 ? 0.0f : -0.0f);
  }
  return shape;
}

// Coordinates a few floats apart, far from the origin: boxes where floats are coarser than 1 /
// 65535.
inline Shape coarse(int count) {
  Shape shape{"coarse", {}, {}};
  Random random(8);
  for (int i = 0; i < count; ++i) {
    const float px = 16777216.0f - static_cast<float>(random.next_below(40));
    shape.add(px, -16777216.0f + static_cast<float>(random.next_below(40)));
  }
  return shape;
}

// Each square holds one point in a corner and everything else in the opposite one, many times over.
inline Shape staircase(int count) {
  Shape shape{"staircase", {}, {}};
  for (int i = 0; i < count; ++i) {
    const float size = std::ldexp(1.0f, -(i % 60));
    shape.add(size, size + 1e-6f * static_cast<float>(i / 60));
  }
  return shape;
}

// Where all have the same y, it is so large that x would vanish in units of it.
inline Shape shelves(int count) {
  Shape shape{"shelves", {}, {}};
  Random random(9);
  for (int i = 0; i < count; ++i) shape.add(unit(random) * 1e-30f, i % 3 == 0 ? 0.0f : 1e30f);
  return shape;
}

inline std::vector<Shape> all_shapes() {
  std::vector<Shape> shapes = {clusters(20000),
                               one_far_point(20000, 1e-3f),
                               one_far_point(20000, 1e-6f),
                               coincident(5000),
                               line(5000),
                               scales(5000),
                               widest(3000),
                               denormal(3000),
                               signed_zeros(500),
                               coarse(5000),
                               staircase(6000),
                               shelves(5000)};
  for (const int count : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 34, 1000, 50000}) {
    shapes.push_back(uniform(count));
  }
  return shapes;
}

inline std::unique_ptr<Parallel> with_threads(int num_threads) {
  ParallelOptions options;
  options.backend = TaskBackend::kThreads;
  options.num_threads = num_threads;
  return std::move(Parallel::create(options)).value();
}

inline std::vector<const KernelTable*> tables_here() {
  std::vector<const KernelTable*> tables;
  for (const KernelTable* table : all_kernel_tables()) {
    if (processor_supports(*table)) tables.push_back(table);
  }
  return tables;
}

}  // namespace quadrille::test
