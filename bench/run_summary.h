// What `run` prints after its last step.
#pragma once

#include <string>

#include "bench/load.h"
#include "bench/measurement.h"

namespace quadrille::program {

std::string run_summary(const Measurement& result, const LoadedInput& loaded);

}  // namespace quadrille::program
