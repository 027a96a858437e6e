// Measurement: what is known of one thing after it was timed; a line of the table and an entry of
// the report.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/memory_map.h>
#include <quadrille/metrics.h>
#include <quadrille/scene.h>
#include <quadrille/trace.h>

#include "bench/statistics.h"

namespace quadrille::program {

// One run of a scene from its first step to its last.
struct RunRecord {
  std::int64_t source = -1;  // user id; -1: the scene has none
  std::string source_name;   // where nodes have names
  std::string state_hash;    // after the last step
  std::vector<StepTiming> steps;
};

struct Measurement {
  std::string name;   // "bfs kron:20:16": unique in a report
  std::string scene;  // empty: a part of the engine, not a scene
  std::int64_t nodes = 0, edges = 0;
  std::vector<SceneFact> input;  // what was read or generated: "self loops", "duplicate edges"
  double setup_ns = 0;           // from the input in memory to step 0, of the last run

  std::vector<std::string> passes;
  std::vector<RunRecord> runs;     // scenes
  std::vector<double> samples_ns;  // parts: each a whole pass over `work` / samples items
  std::vector<std::pair<std::int64_t, std::int64_t>> histogram;  // {least ns of a cell, count}

  double work = 0;                       // over all runs or samples
  std::string work_unit;                 // "edges", "bodies", "queries"
  double moved_bytes = 0;                // at least, over all runs or samples
  double examined_arcs = 0;              // over all runs
  int state_bytes = 0;                   // of a node that an arc leads to; 0: no graph scene
  double gather_ns = 0;                  // of reading that, an arc (gather_rate.h); 0: not measured
  std::int64_t memory_bytes = 0;         // slabs, frames, scratch
  std::int64_t peak_resident_bytes = 0;  // of the process, after the last run
  FrameStatistics frames;                // of the last run
  std::vector<PinnedSlot> stalls;        // the first ones, of the last run
  std::int64_t frames_read = 0;          // by --readers, of all runs
  std::vector<SceneFact> facts;          // of the last run
  std::vector<LabelUsage> hot_spots;     // of the last run, where its memory was tracked
  bool is_traced = false;
  TraceStatistics trace;  // of the last run
  FlightReport flight;    // of all runs
  std::string isa, tasks;
  int threads = 0;
  bool verified = false;

  std::vector<double> step_ns() const;  // of all runs; of a part, its samples
  Summary summary() const;
  std::int64_t steps_a_run() const;  // of the last run; of a part, 1
  double work_per_second() const;
  double bytes_a_node() const;  // 0: unknown
  // Of `bytes_per_second`; 0 where either side is unknown.
  double bandwidth_share(double bytes_per_second) const;
  // Of the time that merely reading the targets of the examined arcs would have taken; 0: unknown.
  double gather_share() const;
};

}  // namespace quadrille::program
