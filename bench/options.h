// The command line: one struct a verb, filled by parse_command_line. options.cpp is the only door
// to CLI11.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/memory_limit.h"
#include "bench/option_values.h"

namespace quadrille::program {

enum class Verb : std::uint8_t {
  kNone,
  kRun,
  kBench,
  kQuery,
  kInspect,
  kConvert,
  kDiff,
  kProfileArena,
  kProfileFrames,
  kProfileGapbs,
  kProfilePublish,
  kProfileSizes,
  kProfileTrace,
  kProfileUpdates,
  kWatch
};

// Who computes. The same on every verb that computes.
struct MachineOptions {
  int threads = 0;            // 0: as many as the machine has cores
  std::string tasks = "tbb";  // tbb, threads, serial
  std::string isa;            // empty: the best of this processor; from --isa or QUADRILLE_ISA
};

// How a graph is read: the same on every verb that reads one.
struct ReadingOptions {
  bool directed = false;       // edge lists
  std::string ids = "dense";   // dense, sparse, texts: as NodeIds says
  std::string order = "file";  // file, morton, degree, placed: as NodeOrder says
  bool symmetrize = false;     // these three: as GraphChanges says
  bool drop_loops = false;
  bool largest_component = false;
};

// Where data comes from.
struct InputOptions : ReadingOptions {
  std::string graph;     // a file
  std::string points;    // a file
  std::string generate;  // "kron:20:16"
};

// --trace, --flight-recorder
struct TraceRunOptions {
  std::string file;              // empty: none
  std::string flight_recorder;   // empty: none
  double slow_frame_ms = 0;      // 0: not given
  double keep_s = 0;             // 0: not given
  std::size_t buffer_bytes = 0;  // a thread; 0: the default
};

struct RunOptions {
  std::string scene;
  InputOptions input;
  MachineOptions machine;
  std::uint64_t seed = 1;
  std::string source;            // as the file calls it; empty: the lowest id
  std::int64_t num_sources = 0;  // > 0: that many random sources instead, one run each
  std::int64_t steps = -1;       // -1: the scene's own default
  std::int64_t repeat = 1;
  std::int64_t delta = 0;     // sssp; 0: chosen from the graph
  double damping = 0.85;      // pagerank
  double tolerance = 1e-4;    // pagerank
  int iterations = 20;        // pagerank
  std::int64_t samples = 64;  // closeness, betweenness
  double theta = -1;          // nbody, layout; < 0: the scene's own
  int multipole_order = 0;    // nbody; 0: from the number of bodies
  double force_error = 0;     // nbody; 0: as theta and the order have it
  double dt = 0;              // nbody, collide; 0: the scene's own
  double softening = -1;      // nbody; < 0: from the number of bodies
  std::string time_steps;     // nbody: shared, block[:LEVELS[:ETA]]
  std::string box;            // nbody: open, periodic[:SIDE]
  std::string law;            // nbody: inverse, inverse-square
  double friction = -1;       // collide; < 0: 0.4
  double restitution = -1;    // collide; < 0: 0.3
  double gravity = -1;        // collide; < 0: the box's height a second squared
  double rolling = 0;         // collide
  int sub_steps = 0;          // collide; 0: 4
  std::int64_t size = 0;      // sort; 0: 1,000,000
  std::string algorithm;      // sort: radix, merge, quick
  std::string updates;        // churn: a file; empty: random ones
  std::int64_t batch = 0;     // churn; 0: 1,000
  PublishOption publish;
  int readers = 0;  // threads that read every frame that they can get
  WhenPinnedOption when_pinned;
  std::string share;  // a name; empty: nothing is shared
  std::vector<DumpOption> dumps;
  std::string report;              // empty: none
  std::string picture;             // empty: none
  std::int64_t picture_every = 0;  // steps; 0: the last frame alone
  TraceRunOptions trace;
  std::string memory_picture;
  std::size_t soft_limit_bytes = SIZE_MAX;
  std::size_t hard_limit_bytes = default_hard_limit();
  bool hot_spots = false;
  bool verify = false;
  bool quiet = false;
  std::vector<std::string> given;  // which of the scenes' own options, also if as by default
};

struct BenchOptions {
  bool quick = false;
  MachineOptions machine;
  std::uint64_t seed = 1;
  std::string report = "report.json";
  std::string picture = "report.svg";
  bool quiet = false;
};

enum class QueryKind : std::uint8_t { kNearest, kBox, kRadius, kRay, kPairs };

// quadrille query POINTS --nearest K | --box HALF | --radius R | --ray R --at FILE -o OUT.csv
// [--count], or --pairs K -o OUT.csv
struct QueryOptions {
  std::string points;
  std::int64_t nearest = 0;  // how many; 0: not asked
  double box = -1;           // half of its side; < 0: not asked
  double radius = -1;        // < 0: not asked
  double ray = -1;           // as far from a segment; < 0: not asked
  std::int64_t pairs = 0;    // how many; 0: not asked
  std::string at;            // file of query points; of rays begin and end, in turn; empty: pairs
  std::string output;
  bool count = false;
  MachineOptions machine;
  bool quiet = false;

  // Exactly one is asked for: the command line was checked.
  QueryKind kind() const {
    if (nearest > 0) return QueryKind::kNearest;
    if (pairs > 0) return QueryKind::kPairs;
    if (ray >= 0) return QueryKind::kRay;
    return box >= 0 ? QueryKind::kBox : QueryKind::kRadius;
  }
};

// quadrille watch NAME
struct WatchOptions {
  std::string name;
  std::string label = "watch";
  std::int64_t lines = -1;  // < 0: until the run ends
  double seconds = -1;      // < 0: until the run ends
  double every_s = -1;      // between two lines; 0: one for each frame; < 0: as suits the output
  double wait_s = 0;        // for the run to begin
};

struct InspectOptions : ReadingOptions {
  std::string file;
  bool placement = false;  // time searches on the graph as read and as placed
};

struct ConvertOptions : ReadingOptions {
  std::string input, output;
  bool quiet = false;
};

struct DiffOptions {
  std::string before, after;
  double fail_above = -1;  // 0.05: fail when a median is more than 5 % slower; < 0: never
};

// quadrille profile arena
struct ProfileArenaOptions {
  std::vector<std::int64_t> objects;  // a list; empty: as `quick` says
  std::int64_t frames = 0;            // 0: as `quick` says
  std::int64_t repeat = 5;
  int threads = 2;
  std::uint64_t seed = 1;
  std::string report;   // empty: none
  std::string picture;  // empty: none
  std::string hdr_log;  // empty: none
  bool quick = false;
  bool quiet = false;
};

// quadrille profile frames
struct ProfileFramesOptions {
  std::vector<std::string> peers;     // empty: all
  std::vector<std::int64_t> readers;  // empty: as `quick` says
  std::vector<double> rates_hz;       // of the writer; 0: full speed; empty: as `quick` says
  std::vector<std::string> parts;     // of kFrameParts; empty: all
  double window_s = 0;                // 0: as `quick` says
  double hold_s = 1e-3;               // of a slow reader
  std::int64_t repeat = 5;
  std::size_t frame_bytes = 64;  // rounded up to cache lines
  std::string report;            // each empty: none
  std::string samples;
  std::string hdr_log;
  std::string picture;
  bool quick = false;
  bool quiet = false;
};

// quadrille profile gapbs
struct ProfileGapbsOptions {
  std::vector<std::string> graphs;   // files of GAPBS: .sg; weights from the .wsg beside it
  std::string programs = ".";        // the folder of its programs
  std::vector<std::string> kernels;  // of kKernelCallNames; empty: all
  std::vector<std::int64_t> deltas;  // of its sssp, one a graph; empty: the best is looked for
  std::string order = "file";
  MachineOptions machine;
  std::int64_t num_sources = 16;
  std::int64_t repeat = 3;  // pairs a source
  std::uint64_t seed = 1;
  std::string report;  // empty: none
  bool quick = false;
  bool quiet = false;
};

// quadrille profile publish
struct ProfilePublishOptions {
  RunOptions run;  // what is computed, on what; no scene: a list of them
  std::int64_t repeat = 9;
  std::string report;  // empty: none
  bool quick = false;
  bool quiet = false;
};

// quadrille profile sizes
struct ProfileSizesOptions {
  // Of graphs kron or urand, FAMILY:SCALE:16; of bodies uniform or clusters, 2^SCALE of them.
  std::string family = "kron";
  int from = 13, to = 20;            // scales
  std::vector<std::string> kernels;  // of kKernelCallNames or kBodyCallNames; empty: all
  std::string order = "file";
  MachineOptions machine;
  std::int64_t repeat = 5;  // runs at least
  std::uint64_t seed = 1;
  std::string report;   // empty: none
  std::string picture;  // empty: none
  bool quick = false;
  bool quiet = false;
};

inline bool is_of_bodies(const ProfileSizesOptions& sizes) {
  return sizes.family == "uniform" || sizes.family == "clusters";
}

// quadrille profile trace
struct ProfileTraceOptions {
  MachineOptions machine;
  std::int64_t repeat = 7;
  std::uint64_t seed = 1;
  std::string report;  // empty: none
  bool quick = false;
  bool quiet = false;
};

// quadrille profile updates
struct ProfileUpdatesOptions {
  InputOptions input;  // a graph; none: a generated one
  MachineOptions machine;
  std::int64_t repeat = 5;
  std::uint64_t seed = 1;
  std::string report;  // empty: none
  bool quick = false;
  bool quiet = false;
};

struct Options {
  Verb verb = Verb::kNone;
  RunOptions run;
  BenchOptions bench;
  QueryOptions query;
  InspectOptions inspect;
  ConvertOptions convert;
  DiffOptions diff;
  WatchOptions watch;
  ProfileArenaOptions profile_arena;
  ProfileFramesOptions profile_frames;
  ProfileGapbsOptions profile_gapbs;
  ProfilePublishOptions profile_publish;
  ProfileSizesOptions profile_sizes;
  ProfileTraceOptions profile_trace;
  ProfileUpdatesOptions profile_updates;
};

// Either a verb to run, or a text to print and the code to leave with: help and version go to
// standard output with code 0; wrong usage is one sentence and a hint, in one line for standard
// error, with code 2.
struct CommandLine {
  Options options;
  std::string text;
  int exit_code = 0;
};

CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace quadrille::program
