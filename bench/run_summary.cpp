#include "bench/run_summary.h"

#include <algorithm>
#include <utility>

#include "bench/format.h"
#include "engine/number_text.h"

namespace quadrille::program {
namespace {

constexpr std::size_t kFactColumns = 62;

std::string size_text(const Measurement& result, const LoadedInput& loaded) {
  const SceneInput& input = loaded.input;
  if (input.has_graph) {
    const GraphView& graph = input.graph.view();
    return fmt::format(
        "{}, {}, {}{}{}", plural(graph.num_nodes(), "node"), plural(graph.num_edges(), "edge"),
        graph.directed() ? "directed" : "undirected", graph.weighted() ? ", weighted" : "",
        graph.has_coordinates() ? ", with coordinates" : "");
  }
  if (!input.has_points) return plural(result.nodes, "element");
  return plural(result.nodes, "body");
}

// "nodes", or "node" of a single one; "%" and "ms" are as they are.
std::string unit_text(const SceneFact& fact) {
  if (fact.value == 1) {
    for (const std::string_view one : {"node", "edge", "hop", "body", "disc", "update", "byte"}) {
      if (fact.unit == noun_for(2, one)) return std::string(one);
    }
  }
  return fact.unit;
}

std::string fact_text(const SceneFact& fact) {
  return fmt::format("{} {}{}{}", fact.name, format_number(fact.value),
                     fact.unit.empty() ? "" : " ", unit_text(fact));
}

// Side by side, as many a line as fit.
std::string fact_lines(const std::vector<SceneFact>& facts) {
  std::string text, row;
  for (const SceneFact& fact : facts) {
    const std::string next = fact_text(fact);
    if (!row.empty() && row.size() + next.size() > kFactColumns)
      text += summary_line("", std::exchange(row, ""));
    row += row.empty() ? next : "; " + next;
  }
  return row.empty() ? text : text + summary_line("", row);
}

std::string steps_text(const Measurement& result) {
  const Summary summary = result.summary();
  std::string text = plural(summary.count, "step");
  if (result.runs.size() > 1) text += fmt::format(" in {}", plural(std::ssize(result.runs), "run"));
  if (summary.count == 0) return text;
  return text + fmt::format(", {}; a step: median {}, p99 {}", format_duration(summary.total),
                            format_duration(summary.median), format_duration(summary.p99));
}

// Of a step: where its time went. Empty: there is but one pass.
std::string passes_text(const Measurement& result) {
  if (result.passes.size() < 2 || result.summary().count == 0) return "";
  const auto median = [&result](auto part) {
    std::vector<double> samples;
    for (const RunRecord& run : result.runs) {
      for (const StepTiming& step : run.steps) samples.push_back(static_cast<double>(part(step)));
    }
    return format_duration(summarize(samples).median);
  };
  std::string text;
  for (std::size_t pass = 0; pass < result.passes.size() && pass < kMaxPasses; ++pass) {
    text += fmt::format("{} {}; ", result.passes[pass],
                        median([pass](const StepTiming& step) { return step.pass_ns[pass]; }));
  }
  return text +
         fmt::format("publish {}", median([](const StepTiming& step) { return step.publish_ns; }));
}

std::string speed_text(const Measurement& result) {
  const bool edges = result.work_unit == "edges";
  return fmt::format("{} {} a second{}", format_rate(result.work_per_second()), result.work_unit,
                     edges ? " (TEPS)" : "");
}

std::string memory_text(const Measurement& result, std::string_view element) {
  const double bytes = static_cast<double>(result.memory_bytes);
  return fmt::format("{}, {} for each {}; peak resident size {}", format_bytes(bytes),
                     format_bytes(result.bytes_a_node()), element,
                     format_bytes(static_cast<double>(result.peak_resident_bytes)));
}

std::string frames_text(const Measurement& result) {
  const FrameStatistics& frames = result.frames;
  std::string text = fmt::format("{} published, {} skipped; {} of {}; catch-up copied {}",
                                 format_count(frames.published), format_count(frames.skipped),
                                 plural(frames.slots, "slot"),
                                 format_bytes(static_cast<double>(frames.frame_bytes)),
                                 format_bytes(static_cast<double>(frames.catch_up_bytes)));
  if (frames.waited > 0) text += fmt::format("; {} waited for", format_count(frames.waited));
  if (frames.grown > 0) text += fmt::format("; {} added", plural(frames.grown, "slot"));
  if (result.frames_read > 0) text += fmt::format("; {} read", format_count(result.frames_read));
  return text;
}

// The longest stall, by name; and who died. Empty: nothing to say.
std::string readers_text(const Measurement& result) {
  const FrameStatistics& frames = result.frames;
  std::string text;
  if (frames.stalled > 0) {
    text = fmt::format("{}, the longest {}", plural(frames.stalled, "stall"),
                       format_duration(static_cast<double>(frames.longest_stall_ns)));
    const auto longest = std::ranges::max_element(result.stalls, {}, &PinnedSlot::age_ns);
    if (longest != result.stalls.end()) {
      text += fmt::format(": step {}, held by {} for {}", format_count(longest->step),
                          longest->holders(), plural(longest->age_frames, "frame"));
    }
  }
  if (frames.lost_readers > 0) {
    text += fmt::format("{}{} died, {} taken back", text.empty() ? "" : "; ",
                        plural(frames.lost_readers, "reader"), plural(frames.reclaimed, "frame"));
  }
  return text;
}

}  // namespace

std::string summary_line(std::string_view head, const std::string& text) {
  return fmt::format("  {:<12}{}\n", head, text);
}

std::string run_summary(const Measurement& result, const LoadedInput& loaded) {
  std::string text = result.name + "\n";
  text += summary_line("input", fmt::format("{}; in {}", size_text(result, loaded),
                                            format_duration(loaded.elapsed_ns)));
  text += fact_lines(loaded.facts);
  text += summary_line("machine", fmt::format("{}, {}, {}", plural(result.threads, "thread"),
                                              result.tasks, result.isa));
  text += summary_line("time", steps_text(result));
  if (const std::string passes = passes_text(result); !passes.empty())
    text += summary_line("medians", passes);
  if (result.work > 0) text += summary_line("speed", speed_text(result));
  for (const SceneFact& fact : result.facts) {
    text += summary_line(&fact == &result.facts.front() ? "found" : "", fact_text(fact));
  }
  text += summary_line("memory", memory_text(result, loaded.input.has_graph    ? "node"
                                                     : loaded.input.has_points ? "body"
                                                                               : "element"));
  text += summary_line("frames", frames_text(result));
  const std::string readers = readers_text(result);
  if (!readers.empty()) text += summary_line("readers", readers);
  if (!result.runs.empty()) text += summary_line("state hash", result.runs.back().state_hash);
  if (result.verified) text += summary_line("verified", "yes");
  return text;
}

}  // namespace quadrille::program
