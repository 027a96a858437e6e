#include "bench/watch_line.h"

#include "bench/format.h"

namespace quadrille::program {

std::string watch_title(const FrameWatcher& watcher) {
  std::string columns;
  for (const ColumnSpec& column : watcher.schema().columns()) {
    columns += (columns.empty() ? "" : ", ") + column.name;
  }
  return fmt::format("{}, process {}: {}", watcher.title(), watcher.process(), one_line(columns));
}

std::string watch_line(const FrameWatcher& watcher) {
  const Frame& frame = watcher.frame();
  // The age first: hashing takes a while.
  const std::string age = format_duration(static_cast<double>(watcher.frame_age_ns()));
  return fmt::format("step {}  time {:g}  age {}  skipped {}  hash {}", format_count(frame.step()),
                     frame.time(), age, format_count(watcher.counts().skipped),
                     frame.state_hash().to_string());
}

std::string end_of_run(const FrameWatcher& watcher) {
  const RunCounts counts = watcher.counts();
  return fmt::format("the run has ended: {}, {} published, {} skipped",
                     plural(counts.completed, "step"), format_count(counts.published),
                     format_count(counts.skipped));
}

}  // namespace quadrille::program
