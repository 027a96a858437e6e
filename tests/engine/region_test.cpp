#include "engine/region.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "tests/engine/sizes.h"

namespace quadrille {
namespace {

using test::kMegabyte;

bool all_zero(const std::byte* memory, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    if (memory[i] != std::byte{0}) return false;
  }
  return true;
}

Region reserve(std::size_t bytes, const RegionOptions& options = {}) {
  auto reserved = Region::reserve(bytes, options);
  EXPECT_TRUE(reserved.is_ok()) << reserved.status().message();
  return std::move(reserved).value();
}

TEST(Region, AReservationCostsNothingUntilItIsCommitted) {
  MemoryBudget budget;
  const Region region = reserve(sizeof(void*) == 8 ? std::size_t{1} << 20 << 15 : 256 * kMegabyte,
                                {.budget = &budget});
  EXPECT_EQ(region.committed(), 0U);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(Region, CommittedMemoryIsZeroWritableAndStaysInPlace) {
  Region region = reserve(16 * kMegabyte);
  std::byte* const base = region.base();
  for (std::size_t bytes = 1; bytes <= 16 * kMegabyte; bytes *= 4) {
    const std::size_t before = region.committed();
    ASSERT_TRUE(region.commit(bytes).is_ok());
    ASSERT_GE(region.committed(), bytes);
    ASSERT_TRUE(all_zero(base + before, region.committed() - before));
    std::memset(base, 0xa5, region.committed());
  }
  EXPECT_EQ(region.base(), base);
  EXPECT_EQ(region.committed(), region.capacity());
}

TEST(Region, GrowingBytePerByteTakesFewSteps) {
  Region region = reserve(64 * kMegabyte);
  int steps = 0;
  while (region.committed() < region.capacity()) {
    ASSERT_TRUE(region.commit(region.committed() + 1).is_ok());
    ++steps;
  }
  EXPECT_LT(steps, 80);
}

TEST(Region, NothingIsCommittedBeyondTheReservation) {
  Region region = reserve(kMegabyte);
  const Status status = region.commit(kMegabyte + 1);
  EXPECT_EQ(status.code(), StatusCode::kOutOfMemory);
  EXPECT_EQ(region.committed(), 0U);
  EXPECT_TRUE(region.commit(kMegabyte).is_ok());
}

TEST(Region, ASizeNoMachineHasIsATypedError) {
  for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 4096, SIZE_MAX / 2 + 1}) {
    for (const bool huge : {false, true}) {
      const auto refused = Region::reserve(bytes, {.huge_pages = huge, .stagger_bytes = 192});
      ASSERT_FALSE(refused.is_ok());
      EXPECT_EQ(refused.status().code(), StatusCode::kOutOfMemory);
    }
  }
}

// Else a tiny file that names id 2,000,000,000 would have the process killed, not refused.
TEST(Region, MoreMemoryThanTheMachineHasIsATypedError) {
  int policy = 0;
  std::ifstream("/proc/sys/vm/overcommit_memory") >> policy;
  if (policy == 1) GTEST_SKIP() << "this system promises memory that it does not have";
  const auto machine = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  MemoryBudget budget;
  auto reserved = Region::reserve(8 * machine, {.budget = &budget});
  ASSERT_TRUE(reserved.is_ok()) << reserved.status().message();
  Region region = std::move(reserved).value();
  const Status status = region.commit(8 * machine);
  EXPECT_EQ(status.code(), StatusCode::kOutOfMemory);
  EXPECT_EQ(budget.used(), 0u);
  ASSERT_TRUE(region.commit(1000).is_ok());  // and the region is as it was
  region.base()[999] = std::byte{1};
}

TEST(Region, TheHardLimitRefusesBeforeAnythingChanges) {
  MemoryBudget budget({.soft_bytes = SIZE_MAX, .hard_bytes = 128 * 1024});
  Region region = reserve(16 * kMegabyte, {.budget = &budget});
  ASSERT_TRUE(region.commit(100 * 1024).is_ok());
  region.base()[0] = std::byte{7};
  const std::size_t used = budget.used(), committed = region.committed();
  const Status refused = region.commit(kMegabyte);
  EXPECT_EQ(refused.code(), StatusCode::kBudgetExceeded);
  EXPECT_NE(refused.message().find("131072"), std::string::npos) << refused.message();
  EXPECT_EQ(budget.used(), used);
  EXPECT_EQ(region.committed(), committed);
  EXPECT_EQ(region.base()[0], std::byte{7});
  EXPECT_TRUE(
      region.commit(128 * 1024).is_ok());  // the geometric step would not fit; what is needed does
}

TEST(Region, TheBudgetIsExactWhateverTheOrderOfCommitAndDecommit) {
  MemoryBudget budget;
  for (const std::size_t stagger : {0U, 64U, 4096U + 192U}) {
    Region region = reserve(8 * kMegabyte, {.budget = &budget, .stagger_bytes = stagger});
    ASSERT_TRUE(region.commit(5 * kMegabyte).is_ok());
    std::memset(region.base(), 0xff, region.committed());
    region.decommit_after(2 * kMegabyte + 5);
    EXPECT_GE(region.committed(), 2 * kMegabyte + 5);
    EXPECT_LT(budget.used(), 3 * kMegabyte);
    const std::size_t kept = region.committed();
    ASSERT_TRUE(region.commit(4 * kMegabyte).is_ok());
    EXPECT_TRUE(all_zero(region.base() + kept, region.committed() - kept));
    EXPECT_EQ(region.base()[kept - 1], std::byte{0xff});
    region.decommit_after(0);
    EXPECT_EQ(budget.used(), 0U);
    ASSERT_TRUE(region.commit(region.capacity()).is_ok());
    std::memset(region.base(), 1, region.capacity());
  }
  EXPECT_EQ(budget.used(), 0U);
  EXPECT_GE(budget.high_water(), 8 * kMegabyte);
}

TEST(Region, HugePagesAndStaggerMoveTheBase) {
  Region huge = reserve(4 * kMegabyte, {.huge_pages = true});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(huge.base()) % (2 * kMegabyte), 0U);
  Region staggered = reserve(4 * kMegabyte, {.huge_pages = true, .stagger_bytes = 100});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(staggered.base()) % (2 * kMegabyte),
            128U);  // rounded to a cache line
  ASSERT_TRUE(staggered.commit(4 * kMegabyte).is_ok());
  std::memset(staggered.base(), 1, 4 * kMegabyte);
}

TEST(Region, MovesCarryTheMemoryAndAssignmentFreesWhatWasThere) {
  MemoryBudget budget;
  Region first = reserve(kMegabyte, {.budget = &budget});
  ASSERT_TRUE(first.commit(kMegabyte).is_ok());
  first.base()[5] = std::byte{9};
  Region second = std::move(first);
  EXPECT_EQ(second.base()[5], std::byte{9});
  second = reserve(kMegabyte, {.budget = &budget});
  EXPECT_EQ(budget.used(), 0U);
}

struct CountingHook {
  int taken = 0, given = 0;
  bool empty = false;
  AllocationHook hook() {
    return {this,
            [](void* context, std::size_t bytes, std::size_t alignment) -> void* {
              auto& self = *static_cast<CountingHook*>(context);
              if (self.empty) return nullptr;
              ++self.taken;
              void* memory =
                  std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
              return std::memset(memory, 0, bytes);
            },
            [](void* context, void* memory, std::size_t) {
              ++static_cast<CountingHook*>(context)->given;
              std::free(memory);
            }};
  }
};

TEST(Region, AHookGivesTheWholeReservationAndGetsItBack) {
  CountingHook source;
  MemoryBudget budget;
  {
    Region region = reserve(kMegabyte, {.budget = &budget, .hook = source.hook()});
    EXPECT_GE(budget.used(), kMegabyte);
    EXPECT_EQ(region.committed(), kMegabyte);
    std::memset(region.base(), 1, kMegabyte);
    region.decommit_after(0);
    EXPECT_EQ(region.committed(), kMegabyte);
  }
  EXPECT_EQ(source.taken, 1);
  EXPECT_EQ(source.given, 1);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(Region, AHookWithoutMemoryIsATypedErrorAndChargesNothing) {
  CountingHook source;
  source.empty = true;
  MemoryBudget budget;
  const auto refused = Region::reserve(kMegabyte, {.budget = &budget, .hook = source.hook()});
  EXPECT_EQ(refused.status().code(), StatusCode::kOutOfMemory);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(MemoryBudget, TheSoftLimitIsLoggedOnce) {
  int lines = 0;
  LogHook log{&lines,
              [](void* context, LogLevel, std::string_view) { ++*static_cast<int*>(context); }};
  MemoryBudget budget({.soft_bytes = 100, .hard_bytes = 1000}, log);
  ASSERT_TRUE(budget.charge(100).is_ok());
  EXPECT_FALSE(budget.over_soft_limit());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(budget.charge(10).is_ok());
  EXPECT_TRUE(budget.over_soft_limit());
  EXPECT_EQ(lines, 1);
}

TEST(MemoryBudget, AnOverflowingChargeIsRefused) {
  MemoryBudget budget;
  ASSERT_TRUE(budget.charge(10).is_ok());
  EXPECT_EQ(budget.charge(SIZE_MAX - 5).code(), StatusCode::kBudgetExceeded);
  EXPECT_EQ(budget.used(), 10U);
}

class MappedFileTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const {
    return testing::TempDir() + "quadrille_" + std::to_string(getpid()) + name;
  }
};

TEST_F(MappedFileTest, BytesAreThoseOfTheFile) {
  const std::string name = path("a.txt");
  std::string text(300000, 'x');
  text[123456] = '\n';
  std::ofstream(name) << text;
  auto mapped = MappedFile::open(name);
  ASSERT_TRUE(mapped.is_ok()) << mapped.status().message();
  mapped->release_range(1, text.size());
  EXPECT_EQ(std::string(mapped->bytes().data(), mapped->bytes().size()), text);
  std::remove(name.c_str());
}

TEST_F(MappedFileTest, AnEmptyFileIsNoError) {
  const std::string name = path("empty");
  std::ofstream(name).close();
  auto mapped = MappedFile::open(name);
  ASSERT_TRUE(mapped.is_ok());
  EXPECT_TRUE(mapped->bytes().empty());
  std::remove(name.c_str());
}

TEST_F(MappedFileTest, WhatCannotBeMappedIsSaidInOneSentence) {
  EXPECT_EQ(MappedFile::open("/nowhere/roads.gr").status().message(),
            "/nowhere/roads.gr: no such file");
  EXPECT_EQ(MappedFile::open("/tmp").status().message(), "/tmp: is a folder");
  EXPECT_EQ(MappedFile::open("/dev/null").status().message(), "/dev/null: is not a regular file");
  const std::string pipe = path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(MappedFile::open(pipe).status().message(), pipe + ": is not a regular file");
  std::remove(pipe.c_str());
  if (geteuid() == 0) return;  // root may read everything
  const std::string secret = path("secret");
  std::ofstream(secret).close();
  chmod(secret.c_str(), 0);
  EXPECT_EQ(MappedFile::open(secret).status().message(), secret + ": permission denied");
  std::remove(secret.c_str());
}

}  // namespace
}  // namespace quadrille
