// The programs of the GAP benchmark suite (github.com/sbeamer/gapbs), which the user has built, run
// as processes: quadrille reads what they print.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/status.h>

namespace quadrille::program {

struct GapbsCall {
  std::string program;  // a path
  std::string graph;    // a file of theirs: .sg, .wsg
  int threads = 1;
  std::int64_t source = -1;  // < 0: the kernel has none
  std::int64_t delta = 0;    // 0: the kernel has none
  int trials = 1;
};

// The nanoseconds of each trial. Its memory is kept from trial to trial, which spares it page
// faults that a library's caller would not have either. kIoError: it cannot be run, it failed (with
// its own last words), or it printed no times.
Result<std::vector<double>> run_gapbs(const GapbsCall& call);

}  // namespace quadrille::program
