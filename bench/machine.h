// The machine that figures were taken on: what it says of itself, and what this program measures of
// it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quadrille {
class Parallel;
}

namespace quadrille::program {

// Bytes a second that main memory moved for `threads` threads. Copy and triad count reads and
// writes; neither counts the reads that a write causes by itself.
struct Bandwidth {
  double read = 0, copy = 0, triad = 0;
  std::int64_t buffer_bytes = 0;  // all arrays of one loop together
  int threads = 0;
  double best() const {
    return read > copy ? (read > triad ? read : triad) : (copy > triad ? copy : triad);
  }
};

struct Machine {
  std::string cpu;  // model name
  int cores = 0;
  std::string isa;       // the instruction set in use, as --isa takes it
  std::string kernel;    // of the system: "Linux 6.1.0"
  std::string compiler;  // "g++ 12.2.0"
  std::string build_type;
  std::int64_t memory_bytes = 0;
  std::int64_t last_level_cache_bytes = 0;  // 0: unknown
  double timer_ns = 0;                      // cost of one reading of the clock
  Bandwidth bandwidth;                      // zeros: not measured
};

// Reads what the system says and times the clock (well under a millisecond); does not measure the
// bandwidth.
Machine describe_machine(std::string_view isa);

// "AMD EPYC, 2 threads, Linux 6.1.0, g++ 12.2.0"
std::string machine_line(const Machine& machine, int threads);

// At least four times the last-level cache, within 64 to 256 MB, best of a few passes: 0.2 to 0.5
// s. Zeros where the system gives no memory.
Bandwidth measure_bandwidth(Parallel& parallel, std::int64_t last_level_cache_bytes);

// Monotonic nanoseconds.
std::int64_t now_ns();
// Largest resident size of this process so far; 0 where the system does not say.
std::int64_t peak_resident_bytes();
// Resident size of this process now, page by page; 0 where the system does not say.
std::int64_t resident_bytes();

}  // namespace quadrille::program
