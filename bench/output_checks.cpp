#include "bench/output_checks.h"

#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "bench/format.h"
#include "engine/region_shared.h"

namespace quadrille::program {
namespace {

struct Output {
  std::string option, path;
};
using Input = Output;

template <class ProfileOptions>
std::vector<Output> outputs_of_distributions(const ProfileOptions& options) {
  return {
      {"--report", options.report}, {"--picture", options.picture}, {"--hdr-log", options.hdr_log}};
}

std::vector<Output> outputs_of(const RunOptions& run) {
  std::vector<Output> outputs = {{"--report", run.report},
                                 {"--picture", run.picture},
                                 {"--memory-picture", run.memory_picture},
                                 {"--trace", run.trace.file},
                                 {"--flight-recorder", run.trace.flight_recorder}};
  for (const DumpOption& dump : run.dumps) outputs.push_back({"--dump", dump.path});
  return outputs;
}

std::vector<Output> possible_outputs(const Options& options) {
  switch (options.verb) {
    case Verb::kRun: return outputs_of(options.run);
    case Verb::kBench:
      return {{"--report", options.bench.report}, {"--picture", options.bench.picture}};
    case Verb::kQuery: return {{"--output", options.query.output}};
    case Verb::kConvert: return {{"OUT", options.convert.output}};
    case Verb::kProfileArena: return outputs_of_distributions(options.profile_arena);
    case Verb::kProfileFrames: {
      std::vector<Output> outputs = outputs_of_distributions(options.profile_frames);
      outputs.push_back({"--samples", options.profile_frames.samples});
      return outputs;
    }
    case Verb::kProfileGapbs: return {{"--report", options.profile_gapbs.report}};
    case Verb::kProfilePublish: return {{"--report", options.profile_publish.report}};
    case Verb::kProfileSizes:
      return {{"--report", options.profile_sizes.report},
              {"--picture", options.profile_sizes.picture}};
    case Verb::kProfileTrace: return {{"--report", options.profile_trace.report}};
    case Verb::kProfileUpdates: return {{"--report", options.profile_updates.report}};
    default: return {};
  }
}

std::vector<Output> outputs_of(const Options& options) {
  std::vector<Output> outputs = possible_outputs(options);
  std::erase_if(outputs, [](const Output& output) { return output.path.empty(); });
  return outputs;
}

// What is read and must not be written over. convert has read all before it writes, and may.
std::vector<Input> inputs_of(const Options& options) {
  const auto of_run = [](const RunOptions& run) {
    return std::vector<Input>{
        {"--graph", run.input.graph}, {"--points", run.input.points}, {"--updates", run.updates}};
  };
  std::vector<Input> inputs;
  if (options.verb == Verb::kRun) inputs = of_run(options.run);
  if (options.verb == Verb::kQuery)
    inputs = {{"POINTS", options.query.points}, {"--at", options.query.at}};
  if (options.verb == Verb::kProfilePublish) inputs = of_run(options.profile_publish.run);
  if (options.verb == Verb::kProfileUpdates)
    inputs = {{"--graph", options.profile_updates.input.graph}};
  if (options.verb == Verb::kProfileGapbs) {
    for (const std::string& graph : options.profile_gapbs.graphs)
      inputs.push_back({"GRAPH", graph});
  }
  std::erase_if(inputs, [](const Input& input) { return input.path.empty(); });
  return inputs;
}

Status same_file(const std::string& one, const std::string& other) {
  return {StatusCode::kInvalidArgument,
          one == other ? fmt::format("two {} name the same file", one)
                       : fmt::format("{} and {} name the same file", one, other)};
}

Status cannot_write(const std::string& path, std::error_code why) {
  return {StatusCode::kIoError, fmt::format("{}: cannot write: {}", path, why.message())};
}

Status check_place(const std::string& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::directory) {
    return cannot_write(path, std::make_error_code(std::errc::is_a_directory));
  }
  const bool is_new = kind == std::filesystem::file_type::not_found;
  if (!is_new && kind != std::filesystem::file_type::regular) return Status::ok();  // a device
  // A file is written beside its place and then put there, so its folder must allow that.
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (access((folder / "").c_str(), W_OK | X_OK) == 0) return Status::ok();
  return cannot_write(path, std::error_code(errno, std::generic_category()));
}

// The same for the same file, also where it is not there yet.
std::filesystem::path place_of(const std::string& path) {
  std::error_code error;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
}

bool are_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  const auto kind = std::filesystem::status(a, error).type();
  if (kind == std::filesystem::file_type::character || kind == std::filesystem::file_type::fifo) {
    return false;  // /dev/null, as often as one likes
  }
  return place_of(a) == place_of(b);
}

// Looks, and makes nothing: who waits for that name must not find anything else.
Status check_share(const std::string& name) {
  const Status found = SharedFile::open(name).status();
  if (found.is_ok()) {
    return {StatusCode::kInvalidArgument,
            fmt::format("a run that is going on is shared as '{}' already", name)};
  }
  return found.code() == StatusCode::kNotFound ? Status::ok() : found;
}

}  // namespace

Status check_distinct_outputs(const Options& options) {
  const std::vector<Output> outputs = outputs_of(options);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!are_same_file(outputs[i].path, outputs[j].path)) continue;
      return same_file(outputs[j].option, outputs[i].option);
    }
    for (const Input& input : inputs_of(options)) {
      if (are_same_file(outputs[i].path, input.path))
        return same_file(input.option, outputs[i].option);
    }
  }
  return Status::ok();
}

Status check_outputs(const Options& options) {
  for (const Output& output : outputs_of(options)) {
    QUADRILLE_RETURN_IF_ERROR(check_place(output.path));
  }
  if (options.verb != Verb::kRun || options.run.share.empty()) return Status::ok();
  return check_share(options.run.share);
}

}  // namespace quadrille::program
