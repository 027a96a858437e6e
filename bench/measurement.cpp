#include "bench/measurement.h"

namespace quadrille::program {

std::vector<double> Measurement::step_ns() const {
  if (scene.empty()) return samples_ns;
  std::vector<double> all;
  for (const RunRecord& run : runs) {
    for (const StepTiming& step : run.steps) all.push_back(static_cast<double>(step.total_ns));
  }
  return all;
}

Summary Measurement::summary() const { return summarize(step_ns()); }

std::int64_t Measurement::steps_a_run() const {
  if (scene.empty()) return 1;
  return runs.empty() ? 0 : static_cast<std::int64_t>(runs.back().steps.size());
}

double Measurement::work_per_second() const {
  const double total_ns = summary().total;
  return total_ns > 0 ? work * 1e9 / total_ns : 0;
}

double Measurement::bytes_a_node() const {
  return nodes > 0 ? static_cast<double>(memory_bytes) / static_cast<double>(nodes) : 0;
}

double Measurement::bandwidth_share(double bytes_per_second) const {
  const double total_ns = summary().total;
  if (total_ns <= 0 || bytes_per_second <= 0) return 0;
  return moved_bytes * 1e9 / total_ns / bytes_per_second;
}

double Measurement::gather_share() const {
  const double total_ns = summary().total;
  return total_ns > 0 ? examined_arcs * gather_ns / total_ns : 0;
}

}  // namespace quadrille::program
