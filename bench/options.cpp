#include "bench/options.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "bench/format.h"
#include "bench/help_text.h"
#include "bench/option_builder.h"
#include "bench/option_checks.h"

namespace quadrille::program {
namespace {

void add_result_options(CLI::App* app, RunOptions& run) {
  add_parsed<PublishOption>(
      app, "--publish", parse_publish, [&run](PublishOption value) { run.publish = value; },
      "When a frame is published: every step, each K-th, at a rate (60Hz), never (bfs, sssp "
      "and components then go to their end in one step). Default: every")
      ->option_text("WHEN")
      ->group(kResultGroup);
  add_number(app, "--readers", run.readers, {0, 256},
             "Threads that read and check frames while the run goes on")
      ->group(kResultGroup);
  add_parsed<WhenPinnedOption>(
      app, "--when-pinned", parse_when_pinned,
      [&run](WhenPinnedOption value) { run.when_pinned = value; },
      "When readers hold every other frame: skip the publication; wait[:TIME] for a reader "
      "(100ms), "
      "then skip; or grow[:SLOTS], adding frames up to so many (64), then skip. Default: skip")
      ->option_text("WHAT")
      ->group(kResultGroup);
  app->add_option("--share", run.share,
                  "Let other processes read the frames, under that name: see quadrille watch. "
                  "Frames are there for 4 of them beside the --readers")
      ->option_text("NAME")
      ->group(kResultGroup);
  app->add_option_function<std::vector<std::string>>(
         "--dump",
         [&run](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             Result<DumpOption> dump = parse_dump(text);
             if (!dump.is_ok()) throw CLI::ValidationError("--dump", dump.status().message());
             run.dumps.push_back(std::move(dump).value());
           }
         },
         "Write a column, raw little-endian, in the order of the file's ids: distance, parent, "
         "label, position. "
         "May be given again")
      ->expected(1)
      ->take_all()
      ->option_text("COLUMN=FILE")
      ->group(kResultGroup);
  app->add_option("--report", run.report, "Write timings, statistics and the state hash")
      ->option_text("FILE.json")
      ->group(kResultGroup);
  app->add_option("--picture", run.picture, "Draw the last frame")
      ->option_text("FILE.svg|png")
      ->group(kResultGroup);
  add_number(app, "--picture-every", run.picture_every, {1, 1e12},
             "Draw the frame before the first step and after every N as well, each beside that "
             "file with its step in the name")
      ->group(kResultGroup);
  app->add_option("--memory-picture", run.memory_picture,
                  "Draw whose memory it is, block by block, as each step changes it")
      ->option_text("FILE.svg")
      ->group(kResultGroup);
  app->add_flag("--hot-spots", run.hot_spots,
                "Say whose memory it is: a table by label, and in the report")
      ->group(kResultGroup);
  app->add_flag("--verify", run.verify,
                "Check the result by its properties; exit 1 if one does not hold")
      ->group(kResultGroup);
}

void add_trace_options(CLI::App* app, TraceRunOptions& trace) {
  app->add_option("--trace", trace.file,
                  "Write what each thread did in the last run: .json for Chrome's viewer, .pftrace "
                  "or .perfetto-trace for Perfetto's (ui.perfetto.dev opens both)")
      ->option_text("FILE")
      ->group(kTraceGroup);
  app->add_option("--flight-recorder", trace.flight_recorder,
                  "Write it, of the last seconds, when a step takes longer than --slow-frame; the "
                  "slowest step's is kept")
      ->option_text("FILE")
      ->group(kTraceGroup);
  add_number(app, "--slow-frame", trace.slow_frame_ms, {1e-6, 1e9},
             "From how many milliseconds on a step is slow")
      ->option_text("MS")
      ->group(kTraceGroup);
  add_number(app, "--keep", trace.keep_s, {1e-3, 1e6},
             "Of how many seconds the flight recorder tells. Default: 5")
      ->option_text("SECONDS")
      ->group(kTraceGroup);
  add_parsed<std::size_t>(
      app, "--trace-buffer", parse_bytes,
      [&trace](std::size_t bytes) { trace.buffer_bytes = bytes; },
      "Memory for each thread's events, 32 bytes each; the oldest are overwritten. Default: 4M")
      ->option_text("BYTES")
      ->group(kTraceGroup);
}

void add_limit(CLI::App* app, const std::string& name, std::size_t& bytes,
               const std::string& help) {
  add_parsed<std::size_t>(
      app, name, parse_bytes, [&bytes](std::size_t value) { bytes = value; }, help)
      ->option_text("BYTES")
      ->group(kMachineGroup);
}

void add_run(CLI::App& app, Options& options) {
  RunOptions& run = options.run;
  CLI::App* verb = add_verb(app, "run", "One scene, headless");
  verb->footer(run_help_footer());
  verb->add_option("SCENE", run.scene, "One of the scenes below")->required()->option_text(" ");
  add_input_options(verb, run);
  add_scene_options(verb, run);
  add_number(verb, "--repeat", run.repeat, {1, 1e6}, "Run N times; timings are over all runs")
      ->group(kSceneGroup);
  add_result_options(verb, run);
  add_trace_options(verb, run.trace);
  add_machine_options(verb, run.machine);
  add_limit(verb, "--soft-limit", run.soft_limit_bytes,
            "Memory beyond which a warning is said and no spare frame is added (K, M, G)");
  add_limit(verb, "--hard-limit", run.hard_limit_bytes,
            "Memory beyond which the run fails, before it changes anything. Default: 7/8 of the "
            "machine's");
  add_quiet(verb, run.quiet);
}

void add_bench(CLI::App& app, Options& options) {
  BenchOptions& bench = options.bench;
  CLI::App* verb =
      add_verb(app, "bench", "The million-node suite: a table, report.json, report.svg");
  verb->footer(bench_help_footer());
  verb->add_flag("--quick", bench.quick, "Small sizes: a few seconds, every part exercised")
      ->group(kGeneralGroup);
  add_quiet(verb, bench.quiet);
  add_seed(verb, bench.seed);
  verb->add_option("--report", bench.report, "Where the report goes. Default: report.json")
      ->option_text("FILE.json")
      ->group(kResultGroup);
  verb->add_option("--picture", bench.picture, "Where the chart of it goes. Default: report.svg")
      ->option_text("FILE.svg")
      ->group(kResultGroup);
  add_machine_options(verb, bench.machine);
}

void add_watch(CLI::App& app, Options& options) {
  WatchOptions& watch = options.watch;
  CLI::App* verb = add_verb(app, "watch", "A line that follows a run of another process");
  verb->footer(watch_help_footer());
  verb->add_option("NAME", watch.name, "As given to run --share")->required()->option_text(" ");
  add_number(
      verb, "--every", watch.every_s, {0, 1e6},
      "Seconds between two lines; 0: a line for each frame. Default: 1; on a terminal, where "
      "one line is redrawn, 0.1")
      ->option_text("SECONDS")
      ->group(kGeneralGroup);
  add_number(verb, "--lines", watch.lines, {1, 1e15}, "Leave after N lines")->group(kGeneralGroup);
  add_number(verb, "--seconds", watch.seconds, {0, 1e9}, "Leave after that time")
      ->option_text("SECONDS")
      ->group(kGeneralGroup);
  add_number(verb, "--wait", watch.wait_s, {0, 1e9},
             "How long to wait for the run to begin. Default: 0")
      ->option_text("SECONDS")
      ->group(kGeneralGroup);
  verb->add_option("--label", watch.label,
                   "How the run's reports call this watcher. Default: watch")
      ->option_text("TEXT")
      ->group(kGeneralGroup);
}

constexpr std::pair<std::string_view, Verb> kVerbs[] = {{"run", Verb::kRun},
                                                        {"bench", Verb::kBench},
                                                        {"query", Verb::kQuery},
                                                        {"inspect", Verb::kInspect},
                                                        {"convert", Verb::kConvert},
                                                        {"diff", Verb::kDiff},
                                                        {"arena", Verb::kProfileArena},
                                                        {"frames", Verb::kProfileFrames},
                                                        {"gapbs", Verb::kProfileGapbs},
                                                        {"publish", Verb::kProfilePublish},
                                                        {"sizes", Verb::kProfileSizes},
                                                        {"trace", Verb::kProfileTrace},
                                                        {"updates", Verb::kProfileUpdates},
                                                        {"watch", Verb::kWatch}};

// The verb that was named last: `profile` has verbs of its own.
const CLI::App* named_verb(const CLI::App& app) {
  const std::vector<CLI::App*> verbs = app.get_subcommands();
  return verbs.empty() ? &app : named_verb(*verbs.front());
}

Verb chosen_verb(const CLI::App& app) {
  const std::string& name = named_verb(app)->get_name();
  for (const auto& [verb_name, verb] : kVerbs) {
    if (verb_name == name) return verb;
  }
  return Verb::kNone;
}

std::vector<std::string> given_scene_options(const CLI::App& verb) {
  std::vector<std::string> given;
  for (const CLI::Option* option : verb.get_options()) {
    if (option->count() == 0) continue;
    if (option->get_group() == kSceneGroup || is_of_graphs(option->get_name()))
      given.push_back(option->get_name());
  }
  return given;
}

// An empty word, as of a shell's variable that is not set, names nothing.
Status check_not_empty(const CLI::App& verb) {
  for (const CLI::Option* option : verb.get_options()) {
    if (std::ranges::count(option->results(), "") == 0) continue;
    return {StatusCode::kInvalidArgument,
            fmt::format("{} needs a value", option->get_name(option->get_positional()))};
  }
  return Status::ok();
}

std::string verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands(nullptr)) names.push_back(verb->get_name());
  return fmt::format("{}", fmt::join(names, ", "));
}

// What CLI11 says, in our words where its own say less.
std::string reworded(std::string_view sentence) {
  const auto what_is_before = [&](std::string_view rest) {
    return std::string(sentence.substr(0, sentence.find(rest)));
  };
  if (sentence.ends_with(" missing")) return what_is_before(": ") + " needs a value";
  if (const std::size_t excludes = sentence.find(" excludes "); excludes != sentence.npos)
    return fmt::format("give {} or {}, not both", sentence.substr(0, excludes),
                       sentence.substr(excludes + 10));
  if (sentence.find(": At Most 1 ") != sentence.npos)
    return what_is_before(": ") + " is given more than once";
  if (!sentence.starts_with("The following argument")) return std::string(sentence);
  const std::string_view word =
      sentence.substr(sentence.rfind(' ') + 1);  // it names the first last
  if (word.starts_with('-')) return fmt::format("there is no option '{}'", word);
  return fmt::format("'{}' was not expected", word);
}

// The first thing that is wrong with the command line.
std::string sentence_of(const CLI::App& app, const CLI::ParseError& error, int argc,
                        const char* const* argv) {
  const CLI::App* verb = named_verb(app);
  const bool wants_verb = !verb->get_subcommands(nullptr).empty();
  if (!wants_verb) return reworded(error.what());
  const int place = verb == &app ? 1 : 2;  // of the verb among the words
  if (argc <= place) return fmt::format("a verb is required: {}", verb_names(*verb));
  return fmt::format("'{}' is no verb; known: {}", argv[place], verb_names(*verb));
}

CommandLine wrong_usage(const CLI::App& app, std::string_view sentence) {
  std::string command = "quadrille";
  for (const CLI::App* verb = &app; verb != named_verb(app);) {
    verb = verb->get_subcommands().front();
    command += " " + verb->get_name();
  }
  CommandLine result;
  result.exit_code = 2;
  result.text = fmt::format("{}: {}; see {} --help", command, one_line(sentence), command);
  return result;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine result;
  CLI::App app("A million-node quadtree and graph simulation engine, headless.", "quadrille");
  app.formatter(help_formatter());
  app.set_version_flag("--version", std::string("quadrille ") + QUADRILLE_VERSION,
                       "Print the version");
  app.require_subcommand(1);
  app.set_help_flag("--help,-h", "Print this page");
  add_run(app, result.options);
  add_bench(app, result.options);
  add_query(app, result.options);
  add_file_verbs(app, result.options);
  add_profile(app, result.options);
  add_watch(app, result.options);
  app.footer(main_help_footer());  // last: verbs inherit a footer that is there before them
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    result.text = std::string(version.what()) + "\n";
    return result;
  } catch (const CLI::CallForHelp&) {
    result.text = app.help();
    return result;
  } catch (const CLI::ParseError& error) {
    return wrong_usage(app, sentence_of(app, error, argc, argv));
  }
  if (const Status status = check_not_empty(*named_verb(app)); !status.is_ok())
    return wrong_usage(app, status.message());
  result.options.verb = chosen_verb(app);
  result.options.run.given = given_scene_options(*named_verb(app));
  result.options.profile_publish.run.given = result.options.run.given;
  const Status status = check_options(result.options);
  return status.is_ok() ? result : wrong_usage(app, status.message());
}

}  // namespace quadrille::program
