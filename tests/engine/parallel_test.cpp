#include <quadrille/parallel.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace quadrille {
namespace {

struct Case {
  TaskBackend backend;
  int num_threads;
};

std::vector<Case> cases() {
  std::vector<Case> all = {{TaskBackend::kSerial, 0}};
  for (const int threads : {1, 2, 3, 8}) all.push_back({TaskBackend::kThreads, threads});
#if !defined(QUADRILLE_WITHOUT_TBB)
  for (const int threads : {1, 2, 3, 8}) all.push_back({TaskBackend::kTbb, threads});
#endif
  return all;
}

std::unique_ptr<Parallel> make_parallel(const Case& c) {
  ParallelOptions options;
  options.backend = c.backend;
  options.num_threads = c.num_threads;
  auto created = Parallel::create(options);
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  return std::move(created).value();
}

TEST(Parallel, EveryChunkRunsExactlyOnceOnEveryBackend) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    for (const std::int64_t num_chunks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(num_chunks));
      parallel->for_chunks(num_chunks, [&](std::int64_t chunk, int) {
        runs[static_cast<std::size_t>(chunk)].fetch_add(1, std::memory_order_relaxed);
      });
      for (const auto& count : runs) ASSERT_EQ(count.load(), 1) << parallel->name();
    }
  }
}

TEST(Parallel, ABodyWithoutMemoryIsTheCallersBadAllocAndTheNextCallWorks) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    EXPECT_THROW(parallel->for_chunks(100,
                                      [](std::int64_t chunk, int) {
                                        if (chunk >= 50) throw std::bad_alloc();
                                      }),
                 std::bad_alloc)
        << parallel->name() << ' ' << c.num_threads;
    std::atomic<int> runs{0};
    parallel->for_chunks(100, [&](std::int64_t, int) { ++runs; });
    EXPECT_EQ(runs.load(), 100);
  }
}

TEST(Parallel, WorkersAreInRangeAndNeverShared) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    std::vector<std::atomic<int>> inside(static_cast<std::size_t>(parallel->num_workers()));
    std::atomic<bool> shared{false}, outside{false};
    parallel->for_chunks(500, [&](std::int64_t, int worker) {
      if (worker < 0 || worker >= parallel->num_workers()) {
        outside = true;
        return;
      }
      auto& mine = inside[static_cast<std::size_t>(worker)];
      if (mine.fetch_add(1) != 0) shared = true;
      mine.fetch_sub(1);
    });
    EXPECT_FALSE(shared) << parallel->name();
    EXPECT_FALSE(outside) << parallel->name();
  }
}

TEST(Parallel, WhatChunksWroteIsSeenByTheCallerAndByTheNextCall) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    std::vector<std::int64_t> values(64, 0);  // plain memory: ThreadSanitizer judges the ordering
    for (int call = 1; call <= 2000; ++call) {
      parallel->for_chunks(static_cast<std::int64_t>(values.size()), [&](std::int64_t chunk, int) {
        values[static_cast<std::size_t>(chunk)] += chunk;
      });
      ASSERT_EQ(std::accumulate(values.begin(), values.end(), std::int64_t{0}), 63 * 32 * call);
    }
  }
}

TEST(Parallel, RangesCoverTheCountInChunksOfTheGrain) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    std::vector<int> touched(1003, 0);
    std::atomic<int> short_ranges{0};
    parallel->for_range(1003, 100, [&](std::int64_t begin, std::int64_t end, int) {
      if (end - begin != 100) short_ranges.fetch_add(1);
      EXPECT_EQ(begin % 100, 0);
      for (std::int64_t i = begin; i < end; ++i) ++touched[static_cast<std::size_t>(i)];
    });
    EXPECT_EQ(short_ranges, 1);
    EXPECT_EQ(touched, std::vector<int>(1003, 1));
  }
}

TEST(Parallel, CallsInARegionRunEachChunkOnceAndSeeWhatTheLastOneWrote) {
  std::vector<Case> all = cases();
  all.push_back({TaskBackend::kThreads, 20});  // more than have a share of their own
  for (const Case& c : all) {
    const auto parallel = make_parallel(c);
    std::vector<std::int64_t> values(61, 0);  // plain memory, as above
    std::int64_t calls = 0;
    parallel->in_region([&] {
      for (; calls < 500; ++calls) {
        const std::int64_t num_chunks = calls % 61 + 1;
        parallel->for_chunks(num_chunks, [&](std::int64_t chunk, int worker) {
          EXPECT_LT(worker, parallel->num_workers());
          values[static_cast<std::size_t>(num_chunks - 1 - chunk)] += 1;
        });
      }
    });
    for (std::int64_t i = 0; i < 61; ++i) {
      std::int64_t expected = 0;
      for (std::int64_t call = 0; call < calls; ++call) expected += i <= call % 61 ? 1 : 0;
      ASSERT_EQ(values[static_cast<std::size_t>(i)], expected) << parallel->name() << ' ' << i;
    }
  }
}

TEST(Parallel, AWorkerOfARegionRunsOneChunkAtATime) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    std::vector<std::atomic<int>> inside(static_cast<std::size_t>(parallel->num_workers()));
    std::atomic<int> most{0};
    parallel->in_region([&] {
      for (int call = 0; call < 20; ++call) {
        parallel->for_chunks(50, [&](std::int64_t, int worker) {
          auto& mine = inside[static_cast<std::size_t>(worker)];
          if (const int others = mine.fetch_add(1); others > most) most = others;
          mine.fetch_sub(1);
        });
      }
    });
    EXPECT_EQ(most, 0) << parallel->name();
  }
}

TEST(Parallel, EveryWorkerComesToARegionThatLastsLongEnough) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    std::vector<std::atomic<bool>> came(static_cast<std::size_t>(parallel->num_workers()));
    const auto all_came = [&] {
      return std::ranges::all_of(came, [](const auto& worker) { return worker.load(); });
    };
    parallel->in_region([&] {
      while (!all_came()) {  // would not end if a worker stayed away
        parallel->for_chunks(64, [&](std::int64_t, int worker) {
          came[static_cast<std::size_t>(worker)] = true;
          std::this_thread::yield();
        });
      }
    });
  }
}

TEST(Parallel, RegionsNestAndLetABadAllocOutOfAChunkAndOfThemselves) {
  for (const Case& c : cases()) {
    const auto parallel = make_parallel(c);
    int runs = 0;
    EXPECT_THROW(parallel->in_region([&] {
      parallel->in_region([&] { ++runs; });
      parallel->for_chunks(100, [](std::int64_t chunk, int) {
        if (chunk >= 50) throw std::bad_alloc();
      });
      ++runs;  // not reached
    }),
                 std::bad_alloc)
        << parallel->name() << ' ' << c.num_threads;
    EXPECT_EQ(runs, 1);
    std::atomic<int> chunks{0};
    parallel->in_region([&] { parallel->for_chunks(100, [&](std::int64_t, int) { ++chunks; }); });
    parallel->for_chunks(100, [&](std::int64_t, int) { ++chunks; });
    EXPECT_EQ(chunks, 200) << parallel->name();
  }
}

TEST(Parallel, MoreThreadsThanCoresAreReallyThere) {
  for (const Case& c : cases()) {
    if (c.backend == TaskBackend::kSerial) continue;
    const auto parallel = make_parallel(c);
    ASSERT_EQ(parallel->num_workers(), c.num_threads);
    // A chunk waits until all have met: it would wait for ever if one worker had to run two of
    // them.
    std::atomic<int> met{0};
    parallel->for_chunks(c.num_threads, [&](std::int64_t, int) {
      met.fetch_add(1);
      met.notify_all();
      for (int seen = met.load(); seen < c.num_threads; seen = met.load()) met.wait(seen);
    });
    EXPECT_EQ(met, c.num_threads);
  }
}

TEST(Parallel, PoolsThatNeverRanOrSleepCanBeDestroyed) {
  for (int round = 0; round < 50; ++round) {
    const auto parallel = make_parallel({TaskBackend::kThreads, 4});
    if (round % 2 == 0) parallel->for_chunks(3, [](std::int64_t, int) {});
  }
}

TEST(Parallel, SeveralPoolsWorkSideBySide) {
  const auto first = make_parallel({TaskBackend::kThreads, 3});
  const auto second = make_parallel({TaskBackend::kThreads, 2});
  std::atomic<int> total{0};
  for (int call = 0; call < 200; ++call) {
    first->for_chunks(5, [&](std::int64_t, int) { total.fetch_add(1); });
    second->for_chunks(5, [&](std::int64_t, int) { total.fetch_add(1); });
  }
  EXPECT_EQ(total, 2000);
}

TEST(Parallel, AHookReplacesTheBackend) {
  struct Seen {
    std::int64_t chunks = 0;
  } seen;
  ParallelOptions options;
  options.hook.context = &seen;
  options.hook.num_workers = 2;
  options.hook.run = [](void* context, std::int64_t num_chunks,
                        void (*chunk)(void*, std::int64_t, int), void* argument) {
    static_cast<Seen*>(context)->chunks += num_chunks;
    for (std::int64_t i = num_chunks; i-- > 0;) chunk(argument, i, static_cast<int>(i % 2));
  };
  const auto parallel = Parallel::create(options);
  ASSERT_TRUE(parallel.is_ok());
  EXPECT_EQ(parallel.value()->name(), "hook");
  std::int64_t sum = 0;
  parallel.value()->for_chunks(10, [&](std::int64_t chunk, int) { sum += chunk; });
  EXPECT_EQ(sum, 45);
  EXPECT_EQ(seen.chunks, 10);
  // In a region nobody waits for a worker that this scheduler will run later.
  parallel.value()->in_region(
      [&] { parallel.value()->for_chunks(10, [&](std::int64_t chunk, int) { sum += chunk; }); });
  EXPECT_EQ(sum, 90);
}

TEST(Parallel, WrongThreadCountsAreRefusedInOneSentence) {
  ParallelOptions options;
  options.backend = TaskBackend::kThreads;
  for (const int threads : {-1, 100000}) {
    options.num_threads = threads;
    const auto refused = Parallel::create(options);
    ASSERT_FALSE(refused.is_ok());
    EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
    EXPECT_NE(refused.status().message().find(std::to_string(threads)), std::string::npos);
  }
}

TEST(Parallel, NamesSayTheBackend) {
  EXPECT_EQ(make_parallel({TaskBackend::kSerial, 0})->name(), "serial");
  EXPECT_EQ(make_parallel({TaskBackend::kThreads, 2})->name(), "threads");
  EXPECT_EQ(make_parallel({TaskBackend::kThreads, 0})->name(), "threads");
}

}  // namespace
}  // namespace quadrille
