// What `run` prints after its last step.
#pragma once

#include <string>
#include <string_view>

#include "bench/load.h"
#include "bench/measurement.h"

namespace quadrille::program {

// "  time        1,722 steps, ...": what a line starts with, and the rest of it.
std::string summary_line(std::string_view head, const std::string& text);

std::string run_summary(const Measurement& result, const LoadedInput& loaded);

}  // namespace quadrille::program
