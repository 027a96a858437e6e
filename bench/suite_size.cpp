#include "bench/suite.h"

namespace quadrille::program {

SuiteSize suite_size(bool quick) {
  if (quick) {
    return {.kron = "kron:14:16",
            .grid = "grid:128x128",
            .bodies = "plummer:16384",
            .points = "uniform:16384",
            .clusters = "clusters:16384",
            .sort_elements = 16384,
            .num_sources = 2,
            .body_steps = 5,
            .part_items = 20000,
            .part_samples = 3};
  }
  return {.kron = "kron:20:16",
          .grid = "grid:1024x1024",
          .bodies = "plummer:1000000",
          .points = "uniform:1000000",
          .clusters = "clusters:1000000",
          .sort_elements = 1000000,
          .num_sources = 4,
          .body_steps = 10,
          .part_items = 1000000,
          .part_samples = 7};
}

}  // namespace quadrille::program
