#include "bench/child_process.h"

#include <csignal>
#include <new>
#include <numeric>

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

using Numbers = std::vector<double>;

TEST(ChildProcess, ReturnsWhatWasMeasuredAndNothingElse) {
  int seen_here = 0;
  const Result<Numbers> result = measure_in_child([&]() -> Result<Numbers> {
    seen_here = 1;
    return Numbers{1.5, -2, 1e300};
  });
  ASSERT_TRUE(result.is_ok()) << result.status().message();
  EXPECT_EQ(result.value(), (Numbers{1.5, -2, 1e300}));
  EXPECT_EQ(seen_here, 0);
}

TEST(ChildProcess, MoreThanAPipeHoldsComesThrough) {
  Numbers many(1'000'000);
  std::iota(many.begin(), many.end(), 0.0);
  const Result<Numbers> result = measure_in_child([&]() -> Result<Numbers> { return many; });
  ASSERT_TRUE(result.is_ok());
  EXPECT_EQ(result.value(), many);
  EXPECT_TRUE(measure_in_child([]() -> Result<Numbers> { return Numbers(); }).value().empty());
}

TEST(ChildProcess, AFailureKeepsItsCodeAndSentence) {
  const Result<Numbers> failed = measure_in_child(
      []() -> Result<Numbers> { return Status(StatusCode::kUnsupported, "no heap"); });
  EXPECT_EQ(failed.status().code(), StatusCode::kUnsupported);
  EXPECT_EQ(failed.status().message(), "no heap");
  const Result<Numbers> exhausted =
      measure_in_child([]() -> Result<Numbers> { throw std::bad_alloc(); });
  EXPECT_EQ(exhausted.status().code(), StatusCode::kOutOfMemory);
}

TEST(ChildProcess, ASignalIsSaid) {
  const Result<Numbers> killed = measure_in_child([]() -> Result<Numbers> {
    std::raise(SIGKILL);
    return Numbers{1};
  });
  EXPECT_EQ(killed.status().code(), StatusCode::kIoError);
  EXPECT_EQ(killed.status().message(), "signal 9 ended a measurement");
}

}  // namespace
}  // namespace quadrille::program
