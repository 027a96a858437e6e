// What an event of a trace costs, as `profile trace` tells it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/measurement.h"
#include "bench/options.h"
#include "engine/clock.h"

namespace quadrille::program {

// One kind of event: samples are rounds, of as many events each as `work` has a sample.
struct EventCost {
  std::string name;
  Measurement on, off;  // the same code with a track, and without one
};

struct EventCosts {
  std::vector<EventCost> events;
  Measurement clock;  // one reading, as each event has one
  Measurement loop;   // that all of these stand in
};

double ns_an_event(const Measurement& cost);  // the median round's

Result<EventCosts> measure_events(const ProfileTraceOptions& options, const TickClock& clock);

}  // namespace quadrille::program
