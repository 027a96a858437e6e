// The verbs of the program, one file each. Each prints to standard output; a Status that is not ok
// is exit code 1.
#pragma once

#include <quadrille/status.h>

#include "bench/options.h"

namespace quadrille::program {

Status run_scene(const RunOptions& options);                        // run.cpp
Status run_bench(const BenchOptions& options);                      // bench.cpp
Status run_query(const QueryOptions& options);                      // query.cpp
Status run_inspect(const InspectOptions& options);                  // inspect.cpp
Status run_convert(const ConvertOptions& options);                  // convert.cpp
Status run_diff(const DiffOptions& options);                        // diff.cpp
Status run_profile_arena(const ProfileArenaOptions& options);       // profile_arena.cpp
Status run_profile_frames(const ProfileFramesOptions& options);     // profile_frames.cpp
Status run_profile_gapbs(const ProfileGapbsOptions& options);       // profile_gapbs.cpp
Status run_profile_publish(const ProfilePublishOptions& options);   // profile_publish.cpp
Status run_profile_sizes(const ProfileSizesOptions& options);       // profile_sizes.cpp
Status run_profile_body_sizes(const ProfileSizesOptions& options);  // profile_body_sizes.cpp
Status run_profile_trace(const ProfileTraceOptions& options);       // profile_trace.cpp
Status run_profile_updates(const ProfileUpdatesOptions& options);   // profile_updates.cpp
Status run_watch(const WatchOptions& options);                      // watch.cpp

}  // namespace quadrille::program
