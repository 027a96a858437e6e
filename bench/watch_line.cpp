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

std::string redrawn_line(const FrameWatcher& watcher, std::size_t width) {
  const Frame& frame = watcher.frame();
  const std::string age = format_duration(static_cast<double>(watcher.frame_age_ns()));
  const std::string hash = frame.state_hash().to_string();
  const std::string skipped = "  skipped " + format_count(watcher.counts().skipped);
  const std::string line = fmt::format("step {:>9}  time {:>9.6g}  age {:>7}",
                                       format_count(frame.step()), frame.time(), age);
  for (const std::string& end :
       {skipped + "  hash " + hash, skipped + "  hash " + hash.substr(0, 16) + "..", skipped}) {
    if (line.size() + end.size() <= width) return line + end;
  }
  return line.substr(0, width);
}

std::string end_of_run(const FrameWatcher& watcher) {
  const RunCounts counts = watcher.counts();
  return fmt::format("the run has ended: {}, {} published, {} skipped",
                     plural(counts.completed, "step"), format_count(counts.published),
                     format_count(counts.skipped));
}

}  // namespace quadrille::program
