#include "bench/option_checks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <span>

#include <quadrille/generators.h>
#include <quadrille/scene.h>
#include <quadrille/trace.h>

#include "bench/body_calls.h"
#include "bench/format.h"
#include "bench/kernel_calls.h"
#include "bench/option_values.h"
#include "bench/output_checks.h"
#include "bench/scene_runner.h"
#include "engine/region_shared.h"
#include "scenes/input/formats.h"

namespace quadrille::program {
namespace {

Status wrong_usage(std::string sentence) {
  return {StatusCode::kInvalidArgument, std::move(sentence)};
}

std::string scene_names() {
  std::string names;
  for (const SceneEntry& entry : scene_registry()) {
    names += names.empty() ? "" : ", ";
    names += entry.name;
  }
  return names;
}

bool has_extension(std::string_view path, std::string_view extension) {
  return path.size() > extension.size() && path.substr(path.size() - extension.size()) == extension;
}

Status check_picture(const std::string& path) {
  if (path.empty() || has_extension(path, ".svg") || has_extension(path, ".png"))
    return Status::ok();
  return wrong_usage(fmt::format("--picture: '{}' ends neither in .svg nor in .png", path));
}

Status check_memory_picture(const std::string& path) {
  if (path.empty() || has_extension(path, ".svg")) return Status::ok();
  return wrong_usage(fmt::format("--memory-picture: '{}' does not end in .svg", path));
}

Status check_generator(const RunOptions& run, bool points) {
  if (run.input.generate.empty()) return Status::ok();
  if (run.input.ids != "dense") {
    return wrong_usage("--ids is for an edge list; --generate numbers its nodes 0, 1, 2 ...");
  }
  const Result<Generator> generator = parse_generator(run.input.generate);
  if (!generator.is_ok()) return wrong_usage("--generate: " + generator.status().message());
  if (generator.value().makes_points() == points) return Status::ok();
  return wrong_usage(fmt::format("scene '{}' needs {}; --generate {} makes {}", run.scene,
                                 points ? "points" : "a graph", run.input.generate,
                                 points ? "a graph" : "points"));
}

// A chart needs its labels, and only vector pictures have letters.
Status check_chart(std::string_view verb, const std::string& path) {
  if (has_extension(path, ".svg")) return Status::ok();
  return wrong_usage(fmt::format("--picture: the chart of {} is an .svg, not '{}'", verb, path));
}

Status check_graph_input(const RunOptions& run) {
  if (!run.input.points.empty()) {
    return wrong_usage(fmt::format("scene '{}' needs a graph, not --points", run.scene));
  }
  if (!run.input.graph.empty() || !run.input.generate.empty()) {
    return check_generator(run, false);
  }
  return wrong_usage(
      fmt::format("scene '{}' needs a graph: --graph FILE, or --generate kron:20:16", run.scene));
}

Status check_points_input(const RunOptions& run) {
  if (!run.input.graph.empty()) {
    return wrong_usage(fmt::format("scene '{}' needs points, not --graph", run.scene));
  }
  if (!run.input.points.empty() || !run.input.generate.empty()) return check_generator(run, true);
  return wrong_usage(fmt::format("scene '{}' needs points: --points FILE, or --generate {}:1000000",
                                 run.scene, run.scene == "nbody" ? "plummer" : "uniform"));
}

Status check_no_input(const RunOptions& run) {
  if (run.input.graph.empty() && run.input.points.empty() && run.input.generate.empty())
    return Status::ok();
  return wrong_usage(fmt::format("scene '{}' reads no input; its size is --size N", run.scene));
}

// Whether nodes may be called otherwise than 0, 1, 2 ...
bool may_have_names(const InputOptions& input) {
  const Format format = format_of_name(input.graph);
  return input.ids != "dense" ||
         (!input.graph.empty() && (format == Format::kImage || format == Format::kUnknown));
}

Status check_source(const RunOptions& run) {
  if (run.source.empty() || may_have_names(run.input)) return Status::ok();
  const Status number = check_number(run.source, 0, 2147483647, true);
  return number.is_ok() ? number : wrong_usage("--source: " + number.message());
}

Status check_trace_file(std::string_view option, const std::string& path) {
  const Status status = path.empty() ? Status::ok() : Trace::check_path(path);
  return status.is_ok() ? status : wrong_usage(fmt::format("{}: {}", option, status.message()));
}

Status check_trace(const TraceRunOptions& trace) {
  QUADRILLE_RETURN_IF_ERROR(check_trace_file("--trace", trace.file));
  QUADRILLE_RETURN_IF_ERROR(check_trace_file("--flight-recorder", trace.flight_recorder));
  const bool has_recorder = !trace.flight_recorder.empty();
  if (has_recorder && trace.slow_frame_ms == 0) {
    return wrong_usage("--flight-recorder needs --slow-frame MS: which step is slow");
  }
  if (!has_recorder && (trace.slow_frame_ms != 0 || trace.keep_s != 0)) {
    return wrong_usage("--slow-frame and --keep are for --flight-recorder FILE");
  }
  if (!has_recorder && trace.file.empty() && trace.buffer_bytes != 0) {
    return wrong_usage("--trace-buffer is for --trace FILE or --flight-recorder FILE");
  }
  return Status::ok();
}

// The options that mean something to some scenes only.
struct SceneOption {
  std::string_view name, without;  // what the other scenes are like
  std::array<std::string_view, 3> scenes;
};

constexpr std::array kWaves = {std::string_view("bfs"), std::string_view("sssp"),
                               std::string_view("churn")};
constexpr SceneOption kSceneOptions[] = {
    {"--source", "has no source", kWaves},
    {"--sources", "has no source", kWaves},
    {"--delta", "has no buckets", {"sssp"}},
    {"--damping", "ranks no nodes", {"pagerank"}},
    {"--tolerance", "ranks no nodes", {"pagerank"}},
    {"--iterations", "ranks no nodes", {"pagerank"}},
    {"--samples", "takes no sample", {"closeness", "betweenness"}},
    {"--theta", "has no opening angle", {"nbody", "layout"}},
    {"--multipole-order", "has no multipoles", {"nbody"}},
    {"--force-error", "has no gravity", {"nbody"}},
    {"--dt", "has no gravity", {"nbody", "collide"}},
    {"--softening", "has no gravity", {"nbody"}},
    {"--time-steps", "has no gravity", {"nbody"}},
    {"--box", "has no gravity", {"nbody"}},
    {"--law", "has no gravity", {"nbody"}},
    {"--friction", "has no contacts", {"collide"}},
    {"--restitution", "has no contacts", {"collide"}},
    {"--gravity", "has no gravity of its own", {"collide"}},
    {"--rolling", "has no contacts", {"collide"}},
    {"--sub-steps", "has no contacts", {"collide"}},
    {"--size", "has the size of its input", {"sort"}},
    {"--algorithm", "sorts nothing", {"sort"}},
    {"--updates", "changes no graph", {"churn"}},
    {"--batch", "changes no graph", {"churn"}},
};

// How a graph is read: nothing to scenes that read none.
constexpr std::string_view kGraphOptions[] = {
    "--directed", "--ids", "--symmetrize", "--drop-loops", "--largest-component", "--order"};

const SceneOption* find_scene_option(std::string_view name) {
  const auto* const found = std::ranges::find(kSceneOptions, name, &SceneOption::name);
  return found == std::end(kSceneOptions) ? nullptr : found;
}

bool is_for(const SceneOption& option, std::string_view scene) {
  return std::ranges::count(option.scenes, scene) > 0;
}

Status check_scene_options(const RunOptions& run, const SceneEntry& scene) {
  for (const std::string& given : run.given) {
    if (is_of_graphs(given) && scene.needs != SceneNeeds::kGraph)
      return wrong_usage(
          fmt::format("scene '{}' reads no graph; {} is for scenes that do", run.scene, given));
    const SceneOption* const option = find_scene_option(given);
    if (option == nullptr || is_for(*option, run.scene)) continue;
    const auto scenes =
        std::span(option->scenes)
            .first(option->scenes.size() -
                   static_cast<std::size_t>(std::ranges::count(option->scenes, "")));
    return wrong_usage(fmt::format("scene '{}' {}; {} is for {}", run.scene, option->without, given,
                                   fmt::join(scenes, ", ")));
  }
  const Status status =
      scene.check == nullptr ? Status::ok() : scene.check(simulation_options(run).scene);
  return status.is_ok() ? status : wrong_usage(status.message());
}

// As they were given: what the machine has is no fault of theirs.
Status check_limits(const RunOptions& run) {
  const bool are_given =
      run.soft_limit_bytes != SIZE_MAX && run.hard_limit_bytes != default_hard_limit();
  if (!are_given || run.soft_limit_bytes <= run.hard_limit_bytes) return Status::ok();
  return wrong_usage("--soft-limit is more than --hard-limit, and would never be reached");
}

Status check_share(const RunOptions& run) {
  if (run.share.empty()) return Status::ok();
  if (run.repeat > 1 || run.num_sources > 1)
    return wrong_usage("--share shows one run: not with --repeat or --sources");
  const Status status = SharedFile::check_name(run.share);
  return status.is_ok() ? status : wrong_usage("--share: " + status.message());
}

Status check_run(const RunOptions& run) {
  const SceneEntry* scene = find_scene(run.scene);
  if (scene == nullptr) {
    return wrong_usage(
        fmt::format("no scene is called '{}'; known: {}", one_line(run.scene), scene_names()));
  }
  const int inputs = int(!run.input.graph.empty()) + int(!run.input.points.empty()) +
                     int(!run.input.generate.empty());
  if (inputs > 1) return wrong_usage("give one input: --graph, --points or --generate");
  QUADRILLE_RETURN_IF_ERROR(check_scene_options(run, *scene));
  QUADRILLE_RETURN_IF_ERROR(check_source(run));
  QUADRILLE_RETURN_IF_ERROR(check_share(run));
  QUADRILLE_RETURN_IF_ERROR(check_limits(run));
  QUADRILLE_RETURN_IF_ERROR(check_picture(run.picture));
  if (run.picture_every > 0 && run.picture.empty())
    return wrong_usage("--picture-every is for --picture: name a file");
  QUADRILLE_RETURN_IF_ERROR(check_trace(run.trace));
  QUADRILLE_RETURN_IF_ERROR(check_memory_picture(run.memory_picture));
  switch (scene->needs) {
    case SceneNeeds::kGraph: return check_graph_input(run);
    case SceneNeeds::kPoints: return check_points_input(run);
    case SceneNeeds::kNothing: return check_no_input(run);
  }
  return Status::ok();
}

Status check_profile_publish(const RunOptions& run) {
  if (!run.scene.empty()) return check_run(run);
  if (!run.given.empty())
    return wrong_usage(fmt::format("{} is for a scene: name one, such as bfs", run.given.front()));
  const InputOptions& input = run.input;
  if (input.graph.empty() && input.points.empty() && input.generate.empty()) return Status::ok();
  return wrong_usage("an input is for a scene: name one, such as bfs");
}

Status check_profile_updates(const ProfileUpdatesOptions& updates) {
  RunOptions run;
  run.scene = "churn";
  run.input = updates.input;
  return check_generator(run, false);
}

Status check_query(const QueryOptions& query) {
  const int kinds = int(query.nearest > 0) + int(query.box >= 0) + int(query.radius >= 0) +
                    int(query.ray >= 0) + int(query.pairs > 0);
  if (kinds != 1)
    return wrong_usage("give one of --nearest K, --box HALF, --radius R, --ray R and --pairs K");
  if (query.pairs == 0 && query.at.empty())
    return wrong_usage("--at is required: the query points");
  if (query.pairs == 0) return Status::ok();
  if (!query.at.empty()) return wrong_usage("--pairs are those among POINTS: it takes no --at");
  return query.count ? wrong_usage("--pairs K takes no --count: there are K") : Status::ok();
}

Status check_watch(const WatchOptions& watch) {
  const Status status = SharedFile::check_name(watch.name);
  return status.is_ok() ? status : wrong_usage("NAME: " + status.message());
}

Status check_convert(const ConvertOptions& convert) {
  const Format format = format_of_name(convert.output);
  if (format != Format::kUnknown && format != Format::kXyz) return Status::ok();
  return wrong_usage(
      fmt::format("OUT: the ending of '{}' is of no format that is written", convert.output));
}

Status check_profile_sizes(const ProfileSizesOptions& sizes) {
  if (sizes.from > sizes.to) {
    return wrong_usage(fmt::format("--from {} is larger than --to {}", sizes.from, sizes.to));
  }
  const std::span<const std::string_view> known =
      is_of_bodies(sizes) ? std::span<const std::string_view>(kBodyCallNames) : kKernelCallNames;
  for (const std::string& kernel : sizes.kernels) {
    const Status is_known = check_choice(kernel, known);
    if (!is_known.is_ok()) return wrong_usage("--kernels: " + std::string(is_known.message()));
  }
  if (is_of_bodies(sizes) && sizes.order != "file")
    return wrong_usage("--order is of graphs; --family " + sizes.family + " are bodies");
  return sizes.picture.empty() ? Status::ok() : check_chart("profile sizes", sizes.picture);
}

}  // namespace

bool is_of_graphs(std::string_view option) { return std::ranges::count(kGraphOptions, option) > 0; }

bool takes_source(std::string_view scene) { return is_for(*find_scene_option("--source"), scene); }

Status check_options(const Options& options) {
  QUADRILLE_RETURN_IF_ERROR(check_distinct_outputs(options));
  switch (options.verb) {
    case Verb::kRun: return check_run(options.run);
    case Verb::kBench: return check_chart("bench", options.bench.picture);
    case Verb::kQuery: return check_query(options.query);
    case Verb::kConvert: return check_convert(options.convert);
    case Verb::kWatch: return check_watch(options.watch);
    case Verb::kProfileArena:
      return options.profile_arena.picture.empty()
                 ? Status::ok()
                 : check_chart("profile arena", options.profile_arena.picture);
    case Verb::kProfileSizes: return check_profile_sizes(options.profile_sizes);
    case Verb::kProfilePublish: return check_profile_publish(options.profile_publish.run);
    case Verb::kProfileUpdates: return check_profile_updates(options.profile_updates);
    case Verb::kProfileFrames:
      return options.profile_frames.picture.empty()
                 ? Status::ok()
                 : check_chart("profile frames", options.profile_frames.picture);
    default: return Status::ok();
  }
}

}  // namespace quadrille::program
