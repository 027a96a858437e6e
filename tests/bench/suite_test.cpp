#include "bench/suite.h"

#include <sstream>

#include <gtest/gtest.h>

#include <quadrille/parallel.h>

#include "bench/format.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

class SuiteTest : public testing::Test {
 protected:
  SuiteTest()
      : parallel_(Parallel::create({.backend = TaskBackend::kThreads, .num_threads = 2}).value()),
        progress_(true), context_{options_,  size_,   *parallel_, *choose_kernel_table("").value(),
                                  progress_, results_} {
    size_.points = "uniform:5000";
    size_.clusters = "clusters:5000";
    size_.part_items = 2000;
    size_.part_samples = 3;
  }

  const Measurement* find(const std::string& name) const {
    for (const Measurement& result : results_) {
      if (result.name == name) return &result;
    }
    return nullptr;
  }

  BenchOptions options_;
  SuiteSize size_ = suite_size(true);
  std::unique_ptr<Parallel> parallel_;
  Progress progress_;
  std::vector<Measurement> results_;
  SuiteContext context_;
};

TEST_F(SuiteTest, PartsAreMeasuredAsOftenAsAsked) {
  ASSERT_TRUE(run_suite_allocation(context_).is_ok());
  ASSERT_TRUE(run_suite_publication(context_).is_ok());
  for (const char* name :
       {"arena, 16 bytes", "new and delete, 16 bytes", "publish, one exchange", "publish, mutex",
        "acquire and release, mutex", "publish, one reader, one exchange"}) {
    const Measurement* result = find(name);
    ASSERT_NE(result, nullptr) << name;
    EXPECT_EQ(result->samples_ns.size(), 3u);
    EXPECT_EQ(result->work, 6000);
    EXPECT_GT(result->work_per_second(), 0);
  }
}

TEST_F(SuiteTest, CatchUpIsMeasuredForFewBlocksAndForAll) {
  ASSERT_TRUE(run_suite_catch_up(context_).is_ok());
  for (const char* name : {"catch-up, 1 % of 64 KiB blocks", "catch-up, all blocks"}) {
    ASSERT_NE(find(name), nullptr) << name;
    EXPECT_GT(find(name)->work_per_second(), 0);
  }
}

TEST_F(SuiteTest, TheQuadtreeIsVerified) {
  ASSERT_TRUE(run_suite_spatial(context_).is_ok());
  const Measurement* result = find("quadtree build");
  ASSERT_NE(result, nullptr);
  EXPECT_TRUE(result->verified);
  EXPECT_EQ(result->work, 15000);
}

TEST_F(SuiteTest, FieldsAreComparedWithDirectSums) {
  ASSERT_TRUE(run_suite_fields(context_).is_ok());
  for (const char* name : {"1/r to 0.5 %, uniform", "1/r to 0.05 %, clustered",
                           "softened 1/r^2 to 0.5 %, uniform", "1/r, Barnes-Hut, uniform"}) {
    const Measurement* result = find(name);
    ASSERT_NE(result, nullptr) << name;
    EXPECT_TRUE(result->verified);
    EXPECT_EQ(result->work, 15000);
    EXPECT_GT(result->facts[0].value, 1e-7);
  }
}

TEST_F(SuiteTest, PairsOfDiscsAreComparedWithBruteForce) {
  ASSERT_TRUE(run_suite_bodies(context_).is_ok());
  for (const char* name : {"broad-phase, equal discs", "broad-phase, radii 1:100"}) {
    const Measurement* result = find(name);
    ASSERT_NE(result, nullptr) << name;
    EXPECT_TRUE(result->verified);
    EXPECT_EQ(result->work, 6000);
    EXPECT_NEAR(result->facts[0].value, 2000, 400);
  }
}

Measurement scene(std::string name) {
  Measurement result;
  result.name = std::move(name);
  result.scene = "bfs";
  result.nodes = 1048576;
  result.edges = 15700000;
  RunRecord run{.state_hash = "0123456789abcdef0123456789abcdef"};
  for (int step = 1; step <= 7; ++step) {
    StepTiming timing;
    timing.total_ns = step * 1000000;
    run.steps.push_back(timing);
  }
  result.runs = {run};
  result.work = 2e8;
  result.work_unit = "elements";
  result.moved_bytes = 1e8;
  result.memory_bytes = std::int64_t{200} << 20;
  return result;
}

TEST_F(SuiteTest, TheTableFitsAnEightyColumnTerminalAndUsesAWiderOne) {
  const std::vector<Measurement> results = {scene("components kron:20:16"),
                                            scene("layout grid:1024x1024")};
  for (const std::size_t width : {80u, 120u}) {
    std::istringstream table(suite_tables(results, 3e10, width));
    for (std::string line; std::getline(table, line);) EXPECT_LE(line.size(), width) << line;
  }
  EXPECT_EQ(suite_tables(results, 3e10, 80).find("hash"), std::string::npos);
  EXPECT_NE(suite_tables(results, 3e10, 120).find("hash"), std::string::npos);
  EXPECT_NE(suite_tables(results, 3e10, 80).find("12%"), std::string::npos)
      << "1e8 bytes in 28 ms of 30 GB/s";
}

}  // namespace
}  // namespace quadrille::program
