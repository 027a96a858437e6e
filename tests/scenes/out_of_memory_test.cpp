// Whichever allocation fails while names are read, on whichever thread: a typed error, nothing left
// behind.
#include <quadrille/input.h>
#include <quadrille/output.h>

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <quadrille/parallel.h>

#include "engine/memory_budget.h"
#include "tests/folder.h"
#include "tests/scenes/allocation_counter.h"

namespace quadrille {
namespace {

// Reads until no allocation is left to fail. How many reads failed.
int fail_each(const std::string& path, const ReadOptions& options) {
  const auto parallel =
      Parallel::create({.backend = TaskBackend::kThreads, .num_threads = 3}).value();
  int failures = 0;
  for (std::int64_t calls = 0;; calls += 1 + calls / 2) {
    MemoryBudget budget;
    bool is_ok = false;
    {
      test::fail_operator_new_after(calls);
      const Result<ReadGraph> graph = read_graph(path, options, *parallel, &budget);
      test::fail_operator_new_after(-1);
      is_ok = graph.is_ok();
      EXPECT_TRUE(is_ok || graph.status().code() == StatusCode::kOutOfMemory)
          << graph.status().message();
    }
    EXPECT_EQ(budget.used(), 0U) << calls;
    if (is_ok) return failures;
    ++failures;
  }
}

// Texts that have no room in the table's places: workers allocate for each shard.
TEST(OutOfMemory, ReadingTextsEndsWithAnError) {
  const test::Folder folder;
  std::string text;
  for (int i = 0; i < 60000; ++i) text += "a-name-of-its-own-" + std::to_string(i) + " hub\n";
  const std::string path = folder.write("a.el", text);
  EXPECT_GT(fail_each(path, {.ids = NodeIds::kTexts}), 10);
  EXPECT_GT(fail_each(path, {.ids = NodeIds::kTexts, .changes = {.largest_component = true}}), 10);
}

TEST(OutOfMemory, ReadingGraphMlEndsWithAnError) {
  const test::Folder folder;
  std::string text = "<graphml><graph edgedefault=\"undirected\">";
  for (int i = 0; i < 100; ++i) text += "<node id=\"node" + std::to_string(i) + "\"/>";
  const std::string path = folder.write("a.graphml", text + "</graph></graphml>");
  EXPECT_GT(fail_each(path, {.ids = NodeIds::kSparse}), 5);
}

}  // namespace
}  // namespace quadrille
