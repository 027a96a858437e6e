// The options of `quadrille profile`: a verb for each thing that is profiled.
#include "bench/format.h"
#include "bench/frame_plan.h"
#include "bench/help_text.h"
#include "bench/kernel_calls.h"
#include "bench/option_builder.h"

namespace quadrille::program {
namespace {

constexpr const char* kMeasureGroup = "What is measured";

// What each verb of `profile` has.
template <class ProfileOptions>
void add_profile_options(CLI::App* verb, ProfileOptions& options) {
  verb->add_flag("--quick", options.quick, "Smaller: a few seconds, every part exercised")
      ->group(kMeasureGroup);
  add_number(verb, "--repeat", options.repeat, {1, 1000},
             fmt::format("Rounds; every second one runs backwards. Default: {}", options.repeat))
      ->group(kMeasureGroup);
  verb->add_option("--report", options.report, "Write every figure")
      ->option_text("FILE.json")
      ->group(kResultGroup);
  add_quiet(verb, options.quiet);
}

// Of the verbs that measure distributions.
template <class ProfileOptions>
void add_distribution_options(CLI::App* verb, ProfileOptions& options) {
  verb->add_option("--picture", options.picture, "Draw what was measured")
      ->option_text("FILE.svg")
      ->group(kResultGroup);
  verb->add_option("--hdr-log,--hdr", options.hdr_log,
                   "Write the histograms as HdrHistogram's tools read them")
      ->option_text("FILE.hlog")
      ->group(kResultGroup);
}

void add_profile_arena(CLI::App& profile, ProfileArenaOptions& arena) {
  CLI::App* verb = add_verb(profile, "arena", "What allocating from an arena costs");
  verb->footer(profile_arena_help_footer());
  add_profile_options(verb, arena);
  add_distribution_options(verb, arena);
  add_number(verb, "--objects", arena.objects, {1, 1e8},
             "Objects of 16 bytes a list; may be given again. Default: 10,000, 1,000,000 and "
             "10,000,000")
      ->group(kMeasureGroup);
  add_number(verb, "--frames", arena.frames, {1, 1e8},
             "Frames of each allocator, over all rounds. Default: 1,000,000")
      ->group(kMeasureGroup);
  add_number(verb, "--threads", arena.threads, {2, 256},
             "Threads of the column of threads. Default: 2")
      ->group(kMeasureGroup);
  add_number(verb, "--seed", arena.seed, {0, 9e15}, "Seed of everything random. Default: 1")
      ->group(kMeasureGroup);
}

// ---- frames ----

// "a,b,c", each part by `parse_one`.
template <class T, class ParseOne>
Result<std::vector<T>> parse_list(std::string_view text, const ParseOne& parse_one) {
  std::vector<T> values;
  for (const std::string& part : split_list(text)) {
    QUADRILLE_ASSIGN_OR_RETURN(T value, parse_one(part));
    values.push_back(std::move(value));
  }
  return values;
}

Result<std::vector<double>> parse_rates(std::string_view text) {
  return parse_list<double>(text, parse_rate);
}

Result<std::vector<std::int64_t>> parse_reader_counts(std::string_view text) {
  return parse_list<std::int64_t>(text, [](const std::string& part) -> Result<std::int64_t> {
    QUADRILLE_RETURN_IF_ERROR(check_number(part, 0, kMostFrameReaders, true));
    return std::int64_t{std::stoi(part)};
  });
}

Result<std::string> parse_name(const std::string& part,
                               const std::vector<std::string_view>& known) {
  QUADRILLE_RETURN_IF_ERROR(check_choice(part, known));
  return part;
}

Result<std::vector<std::string>> parse_peers(std::string_view text) {
  std::vector<std::string_view> known;
  for (const FramePeerEntry& peer : frame_peers()) known.push_back(peer.traits.name);
  return parse_list<std::string>(text,
                                 [&](const std::string& part) { return parse_name(part, known); });
}

Result<std::vector<std::string>> parse_parts(std::string_view text) {
  const std::vector<std::string_view> known(kFrameParts.begin(), kFrameParts.end());
  return parse_list<std::string>(text,
                                 [&](const std::string& part) { return parse_name(part, known); });
}

Result<std::size_t> parse_frame_bytes(std::string_view text) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::size_t bytes, parse_bytes(text));
  if (bytes <= kMostFrameBytes) return bytes;
  return Status(StatusCode::kInvalidArgument,
                fmt::format("'{}' is more than {}", one_line(text),
                            format_bytes(static_cast<double>(kMostFrameBytes))));
}

// An option whose value `parse` makes of its text.
template <class T>
void add_value(CLI::App* verb, const std::string& name, Result<T> (*parse)(std::string_view),
               T& target, const char* text, const std::string& help) {
  add_parsed<T>(
      verb, name, parse, [&target](T value) { target = std::move(value); }, help)
      ->option_text(text)
      ->group(kMeasureGroup);
}

void add_profile_frames(CLI::App& profile, ProfileFramesOptions& frames) {
  CLI::App* verb = add_verb(profile, "frames", "What handing frames to readers costs");
  verb->footer(profile_frames_help_footer());
  add_profile_options(verb, frames);
  add_distribution_options(verb, frames);
  add_value(verb, "--peers", parse_peers, frames.peers, "A,B", "Of those below. Default: all");
  add_value(verb, "--readers", parse_reader_counts, frames.readers, "N,M",
            "How many readers. Default: 0,1,2,4,8");
  add_value(verb, "--rates", parse_rates, frames.rates_hz, "R,S",
            "Frames a second of the writer: full, 100kHz, 60Hz. Default: full and 100kHz, and "
            "with one reader also 1kHz and 60Hz");
  add_value(verb, "--parts", parse_parts, frames.parts, "A,B", "Of those below. Default: all");
  add_value(verb, "--window", parse_duration, frames.window_s, "TIME",
            "How long a peer runs at a time; slow rates take as long as 12 frames. Default: 20ms");
  add_value(verb, "--hold", parse_duration, frames.hold_s, "TIME",
            "How long a slow reader sleeps with a frame. Default: 1ms");
  add_value(verb, "--frame-bytes", parse_frame_bytes, frames.frame_bytes, "BYTES",
            "Size of a frame, of which every cache line is written and read. Default: 64");
  verb->add_option("--samples", frames.samples,
                   "Write single calls, up to 2,048 of each kind, evenly spread")
      ->option_text("FILE.csv")
      ->group(kResultGroup);
}

// ---- graph kernels ----

void add_kernels(CLI::App* verb, std::vector<std::string>& kernels) {
  const auto check = [](const std::string& text) {
    return check_choice(text, kKernelCallNames).message();
  };
  verb->add_option("--kernels", kernels,
                   "bfs, sssp, components, pagerank, triangles, betweenness. Default: all")
      ->option_text("LIST")
      ->delimiter(',')
      ->check(check)
      ->group(kMeasureGroup);
}

void add_profile_gapbs(CLI::App& profile, ProfileGapbsOptions& gapbs) {
  CLI::App* verb = add_verb(profile, "gapbs", "Graph kernels beside those of the GAP suite");
  verb->footer(profile_gapbs_help_footer());
  verb->add_option("GRAPH", gapbs.graphs,
                   "Files that its programs read: .sg, and for sssp the .wsg of the same name")
      ->required()
      ->option_text(" ");
  verb->add_option("--programs", gapbs.programs, "The folder of its programs. Default: this one")
      ->option_text("DIR")
      ->group(kInputGroup);
  add_order(verb, gapbs.order);
  add_profile_options(verb, gapbs);
  add_kernels(verb, gapbs.kernels);
  add_number(verb, "--sources", gapbs.num_sources, {1, 1e6}, "Random sources. Default: 16")
      ->group(kMeasureGroup);
  add_number(verb, "--gapbs-delta", gapbs.deltas, {1, 1 << 30},
             "Of its sssp, one a graph. Default: the best power of two is looked for first")
      ->option_text("N,M")
      ->delimiter(',')
      ->group(kMeasureGroup);
  add_number(verb, "--seed", gapbs.seed, {0, 9e15}, "Seed of the sources. Default: 1")
      ->group(kMeasureGroup);
  add_machine_options(verb, gapbs.machine);
}

void add_profile_sizes(CLI::App& profile, ProfileSizesOptions& sizes) {
  CLI::App* verb = add_verb(profile, "sizes", "What size costs graph kernels, and bodies");
  verb->footer(profile_sizes_help_footer());
  add_choice(verb, "--family", sizes.family, {"kron", "urand", "uniform", "clusters"},
             "Graphs: kron or urand; bodies: uniform or clusters. Default: kron")
      ->group(kInputGroup);
  add_number(verb, "--from", sizes.from, {1, 26}, "The least scale. Default: 13")
      ->group(kInputGroup);
  add_number(verb, "--to", sizes.to, {1, 26}, "The largest scale. Default: 20")->group(kInputGroup);
  add_order(verb, sizes.order);
  verb->add_option("--kernels", sizes.kernels,
                   "Of graphs as for profile gapbs; of bodies build, nearest, force, nbody, "
                   "collide. Default: all")
      ->option_text("LIST")
      ->delimiter(',')
      ->group(kMeasureGroup);
  add_profile_options(verb, sizes);
  verb->add_option("--picture", sizes.picture, "Draw what was measured")
      ->option_text("FILE.svg")
      ->group(kResultGroup);
  add_number(verb, "--seed", sizes.seed, {0, 9e15}, "Seed of everything random. Default: 1")
      ->group(kMeasureGroup);
  add_machine_options(verb, sizes.machine);
}

// ---- publish ----

void add_profile_publish(CLI::App& profile, ProfilePublishOptions& publish) {
  CLI::App* verb = add_verb(profile, "publish", "What a scene pays for publishing every step");
  verb->footer(profile_publish_help_footer());
  verb->add_option("SCENE", publish.run.scene, "A scene of run. Default: a list of them")
      ->option_text(" ");
  add_profile_options(verb, publish);
  add_input_options(verb, publish.run);
  add_scene_options(verb, publish.run);
  add_machine_options(verb, publish.run.machine);
}

// ---- trace ----

void add_profile_trace(CLI::App& profile, ProfileTraceOptions& trace) {
  CLI::App* verb = add_verb(profile, "trace", "What a trace's events cost, and a traced step");
  verb->footer(profile_trace_help_footer());
  add_profile_options(verb, trace);
  add_number(verb, "--seed", trace.seed, {0, 9e15}, "Seed of everything random. Default: 1")
      ->group(kMeasureGroup);
  add_machine_options(verb, trace.machine);
}

// ---- updates ----

void add_profile_updates(CLI::App& profile, ProfileUpdatesOptions& updates) {
  CLI::App* verb = add_verb(profile, "updates", "What changing a graph costs");
  verb->footer(profile_updates_help_footer());
  add_profile_options(verb, updates);
  add_graph_options(verb, updates.input);
  add_number(verb, "--seed", updates.seed, {0, 9e15}, "Seed of everything random. Default: 1")
      ->group(kMeasureGroup);
  add_machine_options(verb, updates.machine);
}

}  // namespace

void add_profile(CLI::App& app, Options& options) {
  CLI::App* profile = add_verb(app, "profile", "What the engine's parts cost, and their peers");
  profile->require_subcommand(1);
  add_profile_arena(*profile, options.profile_arena);
  add_profile_frames(*profile, options.profile_frames);
  add_profile_gapbs(*profile, options.profile_gapbs);
  add_profile_publish(*profile, options.profile_publish);
  add_profile_sizes(*profile, options.profile_sizes);
  add_profile_trace(*profile, options.profile_trace);
  add_profile_updates(*profile, options.profile_updates);
}

}  // namespace quadrille::program
