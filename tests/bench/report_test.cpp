#include "bench/report.h"

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

StepTiming timing(std::int64_t step, std::int64_t total_ns) {
  StepTiming result;
  result.step = step;
  result.total_ns = total_ns;
  result.num_passes = 2;
  result.pass_ns[0] = total_ns / 2;
  result.pass_ns[1] = total_ns / 4;
  return result;
}

Measurement scene_measurement() {
  Measurement result;
  result.name = "bfs kron:4:4";
  result.scene = "bfs";
  result.nodes = 16;
  result.edges = 60;
  result.passes = {"expand", "mark"};
  result.runs = {{.source = 3, .state_hash = "00ff", .steps = {timing(1, 100), timing(2, 300)}},
                 {.source = 5, .state_hash = "ff00", .steps = {timing(1, 200)}}};
  result.work = 120;
  result.work_unit = "edges";
  result.moved_bytes = 3000;
  result.examined_arcs = 60;
  result.gather_ns = 2.5;
  result.memory_bytes = 1600;
  return result;
}

Measurement part_measurement() {
  Measurement result;
  result.name = "sort \"keys\"\n";
  result.samples_ns = {10, 30, 20};
  result.work = 3e6;
  return result;
}

Report sample_report() {
  Report report;
  report.verb = "run";
  report.options = {{"scene", "bfs"}, {"graph", "\xff\xfe not UTF-8"}};
  report.seed = 42;
  report.machine = describe_machine("portable");
  report.machine.bandwidth = {.read = 1e10, .copy = 5e9, .triad = 6e9, .threads = 2};
  report.results = {scene_measurement(), part_measurement()};
  return report;
}

TEST(Measurement, StepsOfAllRunsCountTogether) {
  const Measurement result = scene_measurement();
  EXPECT_DOUBLE_EQ(result.summary().median, 200);
  EXPECT_EQ(result.summary().count, 3);
  EXPECT_EQ(result.steps_a_run(), 1) << "of the last run";
  EXPECT_DOUBLE_EQ(result.work_per_second(), 120 * 1e9 / 600);
  EXPECT_DOUBLE_EQ(result.bytes_a_node(), 100);
  EXPECT_DOUBLE_EQ(result.bandwidth_share(1e10), 0.5);
  EXPECT_DOUBLE_EQ(result.bandwidth_share(0), 0) << "an unmeasured machine has no share";
  EXPECT_DOUBLE_EQ(result.gather_share(), 0.25);
}

TEST(Measurement, OfNothingIsZeroAndNotANumber) {
  const Measurement nothing;
  EXPECT_EQ(nothing.work_per_second(), 0);
  EXPECT_EQ(nothing.bytes_a_node(), 0);
  EXPECT_EQ(nothing.bandwidth_share(1e10), 0);
  EXPECT_EQ(nothing.gather_share(), 0);
}

TEST(Report, WhatIsWrittenIsReadBack) {
  const Result<ReportLines> read = parse_report("r.json", to_json(sample_report()));
  ASSERT_TRUE(read.is_ok()) << read.status().message();
  const ReportLines& lines = read.value();
  ASSERT_EQ(lines.lines.size(), 2u);
  EXPECT_EQ(lines.lines[0].name, "bfs kron:4:4");
  EXPECT_EQ(lines.lines[0].state_hash, "ff00") << "of the last run";
  EXPECT_DOUBLE_EQ(lines.lines[0].median_ns, 200);
  EXPECT_DOUBLE_EQ(lines.lines[1].median_ns, 20);
  EXPECT_EQ(lines.lines[1].name, part_measurement().name);
}

TEST(Report, HoldsEveryPromisedField) {
  const std::string text = to_json(sample_report());
  for (const char* field : {"\"schema\": 1",
                            "\"version\"",
                            "\"machine\"",
                            "\"cpu\"",
                            "\"cores\"",
                            "\"compiler\"",
                            "\"build_type\"",
                            "\"kernel\"",
                            "\"memory_bytes\"",
                            "\"bandwidth\"",
                            "\"options\"",
                            "\"seed\": 42",
                            "\"state_hash\"",
                            "\"pass_ns\"",
                            "\"expand\"",
                            "\"catch_up_bytes\"",
                            "\"p99_ns\"",
                            "\"bandwidth_share\": 0.5",
                            "\"gather_ns_an_arc\": 2.5",
                            "\"gather_share\": 0.25"}) {
    EXPECT_NE(text.find(field), std::string::npos) << field;
  }
}

TEST(Report, HotSpotsAreThereWhereTheyWereAskedFor) {
  Report report = sample_report();
  EXPECT_EQ(to_json(report).find("hot_spots"), std::string::npos);
  report.results[0].hot_spots = {{.label = "queue",
                                  .allocations = 4,
                                  .allocated_bytes = 1000,
                                  .time_ns = 30,
                                  .held_bytes = 300,
                                  .peak_bytes = 500},
                                 {.label = "scratch: free", .held_bytes = 100, .peak_bytes = 100}};
  const std::string text = to_json(report);
  for (const char* field :
       {"\"label\": \"queue\"", "\"allocations\": 4", "\"allocated_bytes\": 1000",
        "\"mean_bytes\": 250.0", "\"time_ns\": 30", "\"held_bytes\": 300", "\"peak_bytes\": 500",
        "\"share\": 0.75", "\"share\": 0.25"}) {
    EXPECT_NE(text.find(field), std::string::npos) << field;
  }
}

TEST(Report, WhatIsNoReportIsRefusedWithItsName) {
  for (const char* text :
       {"", "{", "[]", "null", "{}", R"({"schema": 1})", R"({"schema": "1", "results": []})",
        R"({"schema": 2, "results": []})", R"({"schema": 1, "results": {}})",
        R"({"schema": 1, "results": [3]})", R"({"schema": 1, "results": [{"name": "a"}]})",
        R"({"schema": 1, "results": [{"name": "a", "step": 3}]})",
        R"({"schema": 1, "machine": 3, "results": [{"name": 4, "step": {}}]})",
        R"({"schema": 1, "results": [{"name": "a", "step": {"median_ns": "", "p99_ns": 1}}]})"}) {
    const Result<ReportLines> read = parse_report("r.json", text);
    ASSERT_FALSE(read.is_ok()) << text;
    EXPECT_EQ(read.status().code(), StatusCode::kInvalidInput);
    EXPECT_EQ(read.status().message().rfind("r.json: ", 0), 0u) << read.status().message();
  }
}

TEST(Report, AMachineBlockThatIsNoObjectIsNotRead) {
  const Result<ReportLines> read =
      parse_report("r.json", R"({"schema": 1, "machine": 3, "results": []})");
  ASSERT_TRUE(read.is_ok());
  EXPECT_EQ(read.value().cpu, "");
}

}  // namespace
}  // namespace quadrille::program
