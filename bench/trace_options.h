// What --trace, --flight-recorder and their like ask of a simulation, and what the summary says of
// it.
#pragma once

#include <string>

#include <quadrille/simulation.h>

#include "bench/measurement.h"
#include "bench/options.h"

namespace quadrille::program {

void set_trace_options(const TraceRunOptions& trace, const std::string& name,
                       SimulationOptions& options);

// A line for the trace and one for the flight recorder; empty where there is none.
std::string trace_summary(const TraceRunOptions& trace, const Measurement& result);

}  // namespace quadrille::program
