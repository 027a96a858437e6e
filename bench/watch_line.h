// What `quadrille watch` prints.
#pragma once

#include <cstddef>
#include <string>

#include <quadrille/frame_watcher.h>

namespace quadrille::program {

// "bfs grid:1000x1000, process 4711: active, distance, parent"
std::string watch_title(const FrameWatcher& watcher);
// Of the frame that the watcher holds: "step 12  time 12  age 0.4 ms  skipped 0  hash 0123...".
std::string watch_line(const FrameWatcher& watcher);
// The same to be redrawn in its place: of at most `width` columns, in which nothing moves. The hash
// is cut, or left out, where it does not fit.
std::string redrawn_line(const FrameWatcher& watcher, std::size_t width);
// "the run has ended: 12 steps, 12 published, 0 skipped"
std::string end_of_run(const FrameWatcher& watcher);

}  // namespace quadrille::program
