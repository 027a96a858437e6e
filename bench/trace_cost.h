// What `profile trace` measures: an event, and the steps of scenes with a trace and without one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/measurement.h"
#include "bench/options.h"
#include "bench/progress.h"
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

// A scene, run as often with a trace as without one, in pairs whose order alternates.
struct TracedScene {
  Measurement plain, traced;   // of all runs
  std::vector<double> ratios;  // a pair each: time of the traced run's steps over the plain one's
  double events_a_step = 0;
};

Result<EventCosts> measure_events(const ProfileTraceOptions& options, const TickClock& clock);
Result<std::vector<TracedScene>> measure_traced_scenes(const ProfileTraceOptions& options,
                                                       Progress& progress);

}  // namespace quadrille::program
