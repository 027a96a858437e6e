#include "bench/report.h"

#include <algorithm>
#include <fstream>
#include <functional>

#include <nlohmann/json.hpp>

#include "bench/format.h"
#include "engine/region.h"
#include "engine/replace_file.h"

namespace quadrille::program {
namespace {

using Json = nlohmann::ordered_json;  // fields stay in the order in which a reader wants them

Json bandwidth_block(const Bandwidth& bandwidth) {
  if (bandwidth.threads == 0) return nullptr;
  return {{"read_bytes_per_second", bandwidth.read},
          {"copy_bytes_per_second", bandwidth.copy},
          {"triad_bytes_per_second", bandwidth.triad},
          {"buffer_bytes", bandwidth.buffer_bytes},
          {"threads", bandwidth.threads}};
}

Json machine_block(const Machine& machine) {
  return {{"cpu", machine.cpu},
          {"cores", machine.cores},
          {"isa", machine.isa},
          {"memory_bytes", machine.memory_bytes},
          {"last_level_cache_bytes", machine.last_level_cache_bytes},
          {"kernel", machine.kernel},
          {"compiler", machine.compiler},
          {"build_type", machine.build_type},
          {"timer_ns", machine.timer_ns},
          {"bandwidth", bandwidth_block(machine.bandwidth)}};
}

Json facts_block(const std::vector<SceneFact>& facts) {
  Json block = Json::object();
  for (const SceneFact& fact : facts) {
    block[fact.name] = {{"value", fact.value}, {"unit", fact.unit}};
  }
  return block;
}

Json summary_block(const Summary& summary) {
  return {{"count", summary.count},      {"total_ns", summary.total}, {"min_ns", summary.min},
          {"median_ns", summary.median}, {"p99_ns", summary.p99},     {"max_ns", summary.max},
          {"spread", summary.spread}};
}

// Of the memory that is held after the last step.
Json hot_spots_block(const std::vector<LabelUsage>& labels) {
  double held = 0;
  for (const LabelUsage& usage : labels) held += static_cast<double>(usage.held_bytes);
  Json block = Json::array();
  for (const LabelUsage& usage : labels) {
    const auto allocations = static_cast<double>(std::max<std::int64_t>(usage.allocations, 1));
    block.push_back({{"label", usage.label},
                     {"allocations", usage.allocations},
                     {"allocated_bytes", usage.allocated_bytes},
                     {"mean_bytes", static_cast<double>(usage.allocated_bytes) / allocations},
                     {"time_ns", usage.time_ns},
                     {"held_bytes", usage.held_bytes},
                     {"peak_bytes", usage.peak_bytes},
                     {"share", held > 0 ? static_cast<double>(usage.held_bytes) / held : 0}});
  }
  return block;
}

Json frames_block(const FrameStatistics& frames) {
  return {{"completed", frames.completed},
          {"published", frames.published},
          {"skipped", frames.skipped},
          {"waited", frames.waited},
          {"grown", frames.grown},
          {"reused", frames.reused},
          {"stalled", frames.stalled},
          {"longest_stall_ns", frames.longest_stall_ns},
          {"lost_readers", frames.lost_readers},
          {"reclaimed", frames.reclaimed},
          {"slots", frames.slots},
          {"frame_bytes", frames.frame_bytes},
          {"catch_up_bytes", frames.catch_up_bytes}};
}

Json trace_block(const Measurement& result) {
  return {{"threads", result.trace.threads},
          {"ring_events", result.trace.ring_events},
          {"events", result.trace.events},
          {"overwritten", result.trace.overwritten},
          {"refused", result.trace.refused},
          {"slow_frames", result.flight.slow_frames},
          {"slowest_step", result.flight.slowest_step},
          {"slowest_ns", result.flight.slowest_ns}};
}

Json stalls_block(const std::vector<PinnedSlot>& stalls) {
  Json block = Json::array();
  for (const PinnedSlot& stall : stalls) {
    block.push_back({{"slot", stall.slot},
                     {"step", stall.step},
                     {"pins", stall.pins},
                     {"age_frames", stall.age_frames},
                     {"age_ns", stall.age_ns},
                     {"holders", std::string(stall.holders())}});
  }
  return block;
}

// Columns, not a record a step: a tenth of the bytes, and what a plotting tool wants.
Json steps_block(const RunRecord& run, const std::vector<std::string>& passes) {
  const auto column = [&](const std::function<std::int64_t(const StepTiming&)>& field) {
    Json values = Json::array();
    for (const StepTiming& step : run.steps) values.push_back(field(step));
    return values;
  };
  Json block = {{"total_ns", column([](const StepTiming& s) { return s.total_ns; })},
                {"catch_up_ns", column([](const StepTiming& s) { return s.catch_up_ns; })},
                {"publish_ns", column([](const StepTiming& s) { return s.publish_ns; })},
                {"catch_up_bytes", column([](const StepTiming& s) { return s.catch_up_bytes; })}};
  Json pass_columns = Json::object();
  for (std::size_t pass = 0; pass < passes.size() && pass < kMaxPasses; ++pass) {
    pass_columns[passes[pass]] = column([pass](const StepTiming& s) { return s.pass_ns[pass]; });
  }
  block["pass_ns"] = std::move(pass_columns);
  return block;
}

Json runs_block(const Measurement& result) {
  Json block = Json::array();
  for (const RunRecord& run : result.runs) {
    Json entry = {{"state_hash", run.state_hash}, {"steps", run.steps.size()}};
    std::uint64_t number = 0;
    if (run.source_name.empty()) {
      if (run.source >= 0) entry["source"] = run.source;
    } else if (parse_node_number(run.source_name, number) &&
               std::to_string(number) == run.source_name) {  // 007 is a text
      entry["source"] = number;
    } else {
      entry["source"] = run.source_name;
    }
    entry["timings"] = steps_block(run, result.passes);
    block.push_back(std::move(entry));
  }
  return block;
}

Json result_block(const Measurement& result, double bytes_per_second) {
  Json block = {{"name", result.name},
                {"scene", result.scene},
                {"nodes", result.nodes},
                {"edges", result.edges},
                {"steps", result.steps_a_run()},
                {"isa", result.isa},
                {"tasks", result.tasks},
                {"threads", result.threads},
                {"input", facts_block(result.input)},
                {"setup_ns", result.setup_ns},
                {"step", summary_block(result.summary())},
                {"work", result.work},
                {"work_unit", result.work_unit},
                {"work_per_second", result.work_per_second()},
                {"memory_bytes", result.memory_bytes},
                {"bytes_a_node", result.bytes_a_node()},
                {"moved_bytes", result.moved_bytes},
                {"bandwidth_share", result.bandwidth_share(bytes_per_second)},
                {"gather_ns_an_arc", result.gather_ns},
                {"gather_share", result.gather_share()},
                {"verified", result.verified},
                {"facts", facts_block(result.facts)}};
  if (result.scene.empty()) {
    block["samples_ns"] = result.samples_ns;
    if (!result.histogram.empty()) block["histogram"] = result.histogram;
    return block;
  }
  block["state_hash"] = result.runs.empty() ? "" : result.runs.back().state_hash;
  block["frames"] = frames_block(result.frames);
  block["stalls"] = stalls_block(result.stalls);
  block["frames_read"] = result.frames_read;
  if (!result.hot_spots.empty()) block["hot_spots"] = hot_spots_block(result.hot_spots);
  if (result.is_traced) block["trace"] = trace_block(result);
  block["runs"] = runs_block(result);
  return block;
}

Status not_a_report(const std::string& path, std::string_view why) {
  return {StatusCode::kInvalidInput, fmt::format("{}: is not a report: {}", path, why)};
}

bool read_line(const Json& result, ReportLine& line) {
  if (!result.is_object() || !result.contains("name") || !result["name"].is_string()) return false;
  const Json step = result.value("step", Json::object());
  if (!step.is_object()) return false;
  for (const char* field : {"median_ns", "p99_ns"}) {
    if (!step.contains(field) || !step[field].is_number()) return false;
  }
  line.name = result["name"];
  line.median_ns = step["median_ns"];
  line.p99_ns = step["p99_ns"];
  const auto hash = result.find("state_hash");
  if (hash != result.end() && hash->is_string()) line.state_hash = *hash;
  return true;
}

std::string text_field(const Json& object, const char* name) {
  const auto field = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && field != object.end() && field->is_string()
             ? field->get<std::string>()
             : std::string();
}

}  // namespace

std::string to_json(const Report& report) {
  Json options = Json::object();
  for (const auto& [name, value] : report.options) options[name] = value;
  Json results = Json::array();
  for (const Measurement& result : report.results) {
    results.push_back(result_block(result, report.machine.bandwidth.best()));
  }
  const Json document = {{"schema", kReportSchema},
                         {"program", "quadrille"},
                         {"version", QUADRILLE_VERSION},
                         {"verb", report.verb},
                         {"options", std::move(options)},
                         {"seed", report.seed},
                         {"machine", machine_block(report.machine)},
                         {"peak_resident_bytes", report.peak_resident_bytes},
                         {"results", std::move(results)}};
  // Names of files may hold bytes that are not UTF-8: they are replaced, not thrown over.
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Status write_report(const std::string& path, const Report& report) {
  return replace_file(path, to_json(report));
}

Result<ReportLines> parse_report(const std::string& path, std::string_view text) {
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return not_a_report(path, "no JSON object");
  const auto schema = document.find("schema");
  if (schema == document.end() || !schema->is_number_integer()) {
    return not_a_report(path, "it has no schema number");
  }
  if (*schema != kReportSchema) {
    return not_a_report(path,
                        fmt::format("its schema is {}, ours is {}", schema->dump(), kReportSchema));
  }
  const auto results = document.find("results");
  if (results == document.end() || !results->is_array())
    return not_a_report(path, "it has no results");
  ReportLines lines;
  lines.version = text_field(document, "version");
  lines.cpu = text_field(document.value("machine", Json::object()), "cpu");
  for (const Json& result : *results) {
    ReportLine line;
    if (!read_line(result, line)) {
      return not_a_report(path,
                          fmt::format("result {} has no name or no times", lines.lines.size()));
    }
    lines.lines.push_back(std::move(line));
  }
  return lines;
}

Result<ReportLines> read_report(const std::string& path) {
  QUADRILLE_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  return parse_report(path, {file.bytes().data(), file.bytes().size()});
}

}  // namespace quadrille::program
