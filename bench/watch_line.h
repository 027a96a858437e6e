// What `quadrille watch` prints.
#pragma once

#include <string>

#include <quadrille/frame_watcher.h>

namespace quadrille::program {

// "bfs grid:1000x1000, process 4711: active, distance, parent"
std::string watch_title(const FrameWatcher& watcher);
// Of the frame that the watcher holds: "step 12  time 12  age 0.4 ms  skipped 0  hash 0123...".
std::string watch_line(const FrameWatcher& watcher);
// "the run has ended: 12 steps, 12 published, 0 skipped"
std::string end_of_run(const FrameWatcher& watcher);

}  // namespace quadrille::program
