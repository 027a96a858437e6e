#include "bench/perf_counters.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/format.h"

namespace quadrille::program {
namespace {

constexpr std::array kHardwareEvents = {
    PerfEvent{"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    PerfEvent{"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    PerfEvent{"cache misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
};

// Of the calling thread, on any processor, user code only. The group's leader starts disabled.
int open_event(const PerfEvent& event, int leader) {
  perf_event_attr attributes = {};
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.disabled = leader < 0;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format =
      PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  constexpr int kThisThread = 0, kAnyProcessor = -1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, kThisThread, kAnyProcessor,
                                    leader, PERF_FLAG_FD_CLOEXEC));
}

std::string_view hint(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return "; sysctl kernel.perf_event_paranoid=2 allows them";
    case ENOENT:
    case EOPNOTSUPP: return "; virtual machines often have none";
    default: return "";
  }
}

}  // namespace

std::span<const PerfEvent> hardware_events() { return kHardwareEvents; }

Result<PerfCounters> PerfCounters::open(std::span<const PerfEvent> events) {
  PerfCounters counters;
  for (const PerfEvent& event : events) {
    const int file = open_event(event, counters.files_.empty() ? -1 : counters.files_.front());
    if (file < 0) {
      return Status(StatusCode::kUnsupported,
                    fmt::format("the system counts no {} ({}{})", event.name, std::strerror(errno),
                                hint(errno)));
    }
    counters.files_.push_back(file);
  }
  return counters;
}

PerfCounters::PerfCounters(PerfCounters&& other) noexcept
    : files_(std::exchange(other.files_, {})) {}

PerfCounters& PerfCounters::operator=(PerfCounters&& other) noexcept {
  if (this != &other) {
    close();
    files_ = std::exchange(other.files_, {});
  }
  return *this;
}

PerfCounters::~PerfCounters() { close(); }

void PerfCounters::close() {
  for (const int file : files_) ::close(file);
  files_.clear();
}

void PerfCounters::start() {
  if (files_.empty()) return;
  ::ioctl(files_.front(), PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
  ::ioctl(files_.front(), PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

std::vector<double> PerfCounters::stop() {
  if (files_.empty()) return {};
  ::ioctl(files_.front(), PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
  // number of events, time enabled, time running, then a value an event
  std::vector<std::uint64_t> words(3 + files_.size());
  const std::size_t bytes = words.size() * sizeof(std::uint64_t);
  if (::read(files_.front(), words.data(), bytes) != static_cast<ssize_t>(bytes)) return {};
  if (words[0] != files_.size() || words[2] == 0) return {};
  const double scale = static_cast<double>(words[1]) / static_cast<double>(words[2]);
  std::vector<double> counts;
  for (std::size_t i = 3; i < words.size(); ++i) {
    counts.push_back(static_cast<double>(words[i]) * scale);
  }
  return counts;
}

}  // namespace quadrille::program
