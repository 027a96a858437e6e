// The quadrille program: read the command line, run one verb, leave with 0, 1 or 2.
#include <cstdio>
#include <new>
#include <optional>

#include "bench/bus_error.h"
#include "bench/format.h"
#include "bench/options.h"
#include "bench/output_checks.h"
#include "bench/verbs.h"

namespace quadrille::program {
namespace {

std::string_view graph_or_points(const InputOptions& input) {
  return input.graph.empty() ? input.points : input.graph;
}

// The file that the verb maps; empty: it reads none, or guards itself.
std::string_view mapped_file(const Options& options) {
  switch (options.verb) {
    case Verb::kRun: return graph_or_points(options.run.input);
    case Verb::kQuery: return options.query.points;
    case Verb::kInspect: return options.inspect.file;
    case Verb::kConvert: return options.convert.input;
    case Verb::kProfileGapbs:
      return options.profile_gapbs.graphs.size() == 1 ? options.profile_gapbs.graphs.front()
                                                      : std::string_view("one of the graphs");
    case Verb::kProfilePublish: return graph_or_points(options.profile_publish.run.input);
    case Verb::kProfileUpdates: return graph_or_points(options.profile_updates.input);
    default: return {};
  }
}

Status run_verb(const Options& options) {
  QUADRILLE_RETURN_IF_ERROR(check_outputs(options));
  std::optional<BusErrorExit> guard;
  if (const std::string_view file = mapped_file(options); !file.empty()) {
    guard.emplace(fmt::format("quadrille: {}: was cut short by another process while it was read\n",
                              one_line(file)));
  }
  switch (options.verb) {
    case Verb::kNone: break;
    case Verb::kRun: return run_scene(options.run);
    case Verb::kBench: return run_bench(options.bench);
    case Verb::kQuery: return run_query(options.query);
    case Verb::kInspect: return run_inspect(options.inspect);
    case Verb::kConvert: return run_convert(options.convert);
    case Verb::kDiff: return run_diff(options.diff);
    case Verb::kProfileArena: return run_profile_arena(options.profile_arena);
    case Verb::kProfileFrames: return run_profile_frames(options.profile_frames);
    case Verb::kProfileGapbs: return run_profile_gapbs(options.profile_gapbs);
    case Verb::kProfilePublish: return run_profile_publish(options.profile_publish);
    case Verb::kProfileSizes: return run_profile_sizes(options.profile_sizes);
    case Verb::kProfileTrace: return run_profile_trace(options.profile_trace);
    case Verb::kProfileUpdates: return run_profile_updates(options.profile_updates);
    case Verb::kWatch: return run_watch(options.watch);
  }
  return Status::ok();
}

int fail(std::string_view sentence) {
  fmt::print(stderr, "quadrille: {}\n", one_line(sentence));
  return 1;
}

int run(int argc, const char* const* argv) {
  const CommandLine line = parse_command_line(argc, argv);
  if (!line.text.empty()) {
    if (line.exit_code == 0)
      fmt::print("{}", line.text);
    else
      fmt::print(stderr, "{}\n", line.text);
  }
  if (line.exit_code != 0) return line.exit_code;
  const Status status = run_verb(line.options);
  if (!status.is_ok()) {
    std::fflush(stdout);
    return fail(status.message());
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return fail("standard output: cannot write");
  return 0;
}

}  // namespace
}  // namespace quadrille::program

int main(int argc, char** argv) {
  try {
    return quadrille::program::run(argc, argv);
  } catch (const std::bad_alloc&) {
    return quadrille::program::fail("the system gave no more memory");
  } catch (const std::exception& error) {  // fmt, when a stream cannot be written to
    return quadrille::program::fail(error.what());
  }
}
