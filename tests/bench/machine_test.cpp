#include "bench/machine.h"

#include <gtest/gtest.h>

#include <quadrille/parallel.h>

namespace quadrille::program {
namespace {

TEST(Machine, SaysWhatItIs) {
  const Machine machine = describe_machine("portable");
  EXPECT_FALSE(machine.cpu.empty());
  EXPECT_EQ(machine.isa, "portable");
  EXPECT_GE(machine.cores, 1);
  EXPECT_GT(machine.memory_bytes, 1 << 20);
  EXPECT_GT(machine.timer_ns, 0);
  EXPECT_LT(machine.timer_ns, 1e5);
  EXPECT_EQ(machine.bandwidth.threads, 0) << "not measured unless asked";
  EXPECT_GT(peak_resident_bytes(), 1 << 20);
}

TEST(Machine, BandwidthIsMeasuredOverMoreThanTheCaches) {
  auto parallel = Parallel::create({.backend = TaskBackend::kThreads, .num_threads = 2});
  ASSERT_TRUE(parallel.is_ok());
  const Bandwidth bandwidth = measure_bandwidth(*parallel.value(), 0);
  EXPECT_EQ(bandwidth.threads, 2);
  EXPECT_NEAR(static_cast<double>(bandwidth.buffer_bytes), 64 << 20, 1 << 10);
  // No memory of this century moves less than 100 MB/s or more than 100 TB/s.
  for (const double rate : {bandwidth.read, bandwidth.copy, bandwidth.triad}) {
    EXPECT_GT(rate, 1e8);
    EXPECT_LT(rate, 1e14);
  }
  EXPECT_GE(bandwidth.best(), bandwidth.triad);
}

}  // namespace
}  // namespace quadrille::program
