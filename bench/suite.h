// The million-node suite of `quadrille bench`: what it runs, at which size. One function a part;
// bench.cpp runs them in this order and prints what they measured.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/measurement.h"
#include "bench/options.h"
#include "bench/progress.h"

namespace quadrille {
class Parallel;
struct KernelTable;
}  // namespace quadrille

namespace quadrille::program {

// Inputs and lengths: a million nodes, or the quick form that exercises the same code in a few
// seconds.
struct SuiteSize {
  std::string kron, grid, bodies, points, clusters;  // generator texts
  std::int64_t sort_elements;
  std::int64_t num_sources;  // bfs, sssp
  std::int64_t body_steps;   // nbody, collide, layout
  std::int64_t part_items;   // arena objects, publications, points, queries
  int part_samples;
};

SuiteSize suite_size(bool quick);

struct SuiteContext {
  const BenchOptions& options;
  const SuiteSize& size;
  Parallel& parallel;
  const KernelTable& kernels;
  Progress& progress;
  std::vector<Measurement>& results;  // each part appends its own
};

// Scenes, each verified once. A scene that this build lacks is left out.
Status run_suite_scenes(const SuiteContext& context);

// What an engine's part costs, beside what one would use instead.
Status run_suite_spatial(const SuiteContext& context);      // quadtree build, nearest, box
Status run_suite_fields(const SuiteContext& context);       // 1/r, by each solver
Status run_suite_bodies(const SuiteContext& context);       // broad-phase of discs
Status run_suite_catch_up(const SuiteContext& context);     // some blocks against all
Status run_suite_publication(const SuiteContext& context);  // one exchange against a mutex
Status run_suite_allocation(const SuiteContext& context);   // arena against new

// Times calls of body(), each over `items`, after one that warms the caches and is not counted.
template <class Body>
Measurement measure_part(const SuiteContext& context, std::string name, std::int64_t items,
                         std::string unit, const Body& body);

// Two tables: scenes, and parts.
std::string suite_tables(const std::vector<Measurement>& results, double bytes_per_second,
                         std::size_t width);

}  // namespace quadrille::program

#include "bench/machine.h"

namespace quadrille::program {

template <class Body>
Measurement measure_part(const SuiteContext& context, std::string name, std::int64_t items,
                         std::string unit, const Body& body) {
  Measurement result;
  result.name = std::move(name);
  result.work_unit = std::move(unit);
  body();
  for (int sample = 0; sample < context.size.part_samples; ++sample) {
    const std::int64_t begin = now_ns();
    body();
    result.samples_ns.push_back(static_cast<double>(now_ns() - begin));
    result.work += static_cast<double>(items);
  }
  result.nodes = items;
  return result;
}

}  // namespace quadrille::program
