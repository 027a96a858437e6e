#include "bench/progress.h"

#include <cstdio>

#include <unistd.h>

#include "bench/format.h"
#include "bench/machine.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kRedrawNs = 100'000'000;
constexpr std::size_t kMostBar = 40;

}  // namespace

std::string progress_line(const std::string& what, std::int64_t done, std::int64_t total,
                          double elapsed_ns, std::size_t width) {
  const std::string time = format_duration(elapsed_ns);
  std::string line = fmt::format("{}  {} steps  {}", what, format_count(done), time);
  if (total > 0) {
    const std::string count =
        fmt::format("{}/{} steps  {}", format_count(done), format_count(total), time);
    const std::size_t taken = display_width(what) + count.size() + 6;  // gaps and brackets
    const std::size_t bar = taken < width ? std::min(kMostBar, width - taken) : 0;
    const auto full = static_cast<std::size_t>(
        static_cast<double>(bar) * static_cast<double>(done) / static_cast<double>(total));
    line = bar == 0 ? fmt::format("{}  {}", what, count)
                    : fmt::format("{}  [{}{}]  {}", what, std::string(full, '#'),
                                  std::string(bar - full, '-'), count);
  }
  return line.substr(0, width);
}

Progress::Progress(bool quiet)
    : visible_(!quiet && ::isatty(STDERR_FILENO) == 1), start_ns_(now_ns()) {}

void Progress::update(const std::string& what, std::int64_t done, std::int64_t total) {
  if (!visible_) return;
  const std::int64_t now = now_ns();
  if (now - last_drawn_ns_ < kRedrawNs) return;
  last_drawn_ns_ = now;
  drawn_ = true;
  const auto elapsed = static_cast<double>(now - start_ns_);
  // Erase what an earlier, longer line left.
  fmt::print(stderr, "\r{}\x1b[K", progress_line(what, done, total, elapsed, output_width() - 1));
  std::fflush(stderr);
}

void Progress::clear() {
  if (!drawn_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace quadrille::program
