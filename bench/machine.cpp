#include "bench/machine.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <quadrille/parallel.h>

#include "bench/format.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kLeastBuffer = std::int64_t{64} << 20;
constexpr std::int64_t kMostBuffer = std::int64_t{256} << 20;
constexpr std::int64_t kGrain =
    1 << 15;  // doubles a chunk: 256 KiB, so that handing out costs nothing
constexpr int kPasses = 5;

std::string first_value(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t start = line.find_first_not_of(" \t", line.find(':') + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "unknown";
}

std::string compiler_name() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

// "32768K" as the system's files write it; some virtual machines give sysconf a zero.
std::int64_t last_level_cache() {
  std::int64_t largest = 0;
  for (int index = 0; index < 6; ++index) {
    std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/size", index));
    std::int64_t size = 0;
    char unit = ' ';
    if (file >> size >> unit) {
      largest = std::max(largest, size * (unit == 'M' ? 1 << 20 : unit == 'K' ? 1 << 10 : 1));
    }
  }
  return largest;
}

double clock_cost_ns() {
  constexpr int kReadings = 10000;
  const std::int64_t begin = now_ns();
  for (int i = 1; i < kReadings; ++i) (void)now_ns();
  return static_cast<double>(now_ns() - begin) / kReadings;
}

// Bytes a second of the fastest of a few passes; `body(begin, end, chunk)` works on elements of the
// arrays.
template <class Body>
double fastest(Parallel& parallel, std::int64_t count, std::int64_t bytes_per_element,
               Body&& body) {
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (int pass = 0; pass < kPasses; ++pass) {
    const std::int64_t begin = now_ns();
    parallel.for_range(count, kGrain, [&](std::int64_t first, std::int64_t last, int) {
      body(first, last, first / kGrain);
    });
    best = std::min(best, now_ns() - begin);
  }
  return static_cast<double>(count * bytes_per_element) * 1e9 /
         static_cast<double>(std::max<std::int64_t>(best, 1));
}

// Eight sums, so that additions do not wait for each other.
double sum_of(const double* values, std::int64_t count) {
  double sums[8] = {};
  for (std::int64_t i = 0; i + 8 <= count; i += 8) {
    for (int lane = 0; lane < 8; ++lane) sums[lane] += values[i + lane];
  }
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

}  // namespace

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t peak_resident_bytes() {
  rusage usage = {};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss * std::int64_t{1024} : 0;
}

std::int64_t resident_bytes() {
  // "12345 kB". The quicker counters of statm lag behind by up to 64 pages a core.
  return std::atoll(first_value("/proc/self/smaps_rollup", "Rss").c_str()) * 1024;
}

Machine describe_machine(std::string_view isa) {
  Machine machine;
  machine.isa = isa;
  machine.cpu = first_value("/proc/cpuinfo", "model name");
  machine.cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  utsname system = {};
  if (::uname(&system) == 0) machine.kernel = fmt::format("{} {}", system.sysname, system.release);
  machine.compiler = compiler_name();
  machine.build_type = QUADRILLE_BUILD_TYPE;
  machine.memory_bytes = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
  machine.last_level_cache_bytes = last_level_cache();
  machine.timer_ns = clock_cost_ns();
  return machine;
}

std::string machine_line(const Machine& machine, int threads) {
  return fmt::format("{}, {}, {}, {}", one_line(machine.cpu), plural(threads, "thread"),
                     machine.kernel, machine.compiler);
}

Bandwidth measure_bandwidth(Parallel& parallel, std::int64_t last_level_cache_bytes) {
  Bandwidth bandwidth;
  const std::int64_t total = std::clamp(4 * last_level_cache_bytes, kLeastBuffer, kMostBuffer);
  const std::int64_t count = total / 3 / std::int64_t{sizeof(double)};
  const std::unique_ptr<double[]> memory(
      new (std::nothrow) double[static_cast<std::size_t>(3 * count)]);
  if (memory == nullptr) return bandwidth;
  double* const a = memory.get();
  double* const b = a + count;
  double* const c = b + count;
  std::vector<double> sums(static_cast<std::size_t>(3 * count / kGrain + 1));
  // Touch every page first, on the threads that will use it.
  parallel.for_range(3 * count, kGrain, [&](std::int64_t first, std::int64_t last, int) {
    std::fill(a + first, a + last, 1.0);
  });
  bandwidth.read = fastest(
      parallel, 3 * count, 8, [&](std::int64_t first, std::int64_t last, std::int64_t chunk) {
        sums[static_cast<std::size_t>(chunk)] = sum_of(a + first, last - first);
      });
  // Over the whole memory, as the other two: copy moves its lower half to the upper one.
  const std::int64_t half = 3 * count / 2;
  bandwidth.copy =
      fastest(parallel, half, 16, [&](std::int64_t first, std::int64_t last, std::int64_t) {
        std::copy(a + first, a + last, a + half + first);
      });
  bandwidth.triad =
      fastest(parallel, count, 24, [&](std::int64_t first, std::int64_t last, std::int64_t) {
        for (std::int64_t i = first; i < last; ++i) c[i] = a[i] + 3.0 * b[i];
      });
  volatile double keep = sums[0] + c[0];  // the loops have an effect
  (void)keep;
  bandwidth.buffer_bytes = 3 * count * 8;
  bandwidth.threads = parallel.num_workers();
  return bandwidth;
}

}  // namespace quadrille::program
