// What an integrator may replace: where memory comes from, who runs tasks, who hears the log.
// One set of hooks belongs to one Simulation; two simulations in a process may have different ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace quadrille {

// Source of regions. `allocate` returns memory aligned to `alignment`, zeroed, or null when there
// is none. Called while a simulation is built or grows, never inside a pass; from any thread.
struct AllocationHook {
  void* context = nullptr;
  void* (*allocate)(void* context, std::size_t bytes, std::size_t alignment) = nullptr;
  void (*release)(void* context, void* memory, std::size_t bytes) = nullptr;
};

// Runs chunk(argument, index, worker) once for each index in [0, num_chunks) and returns when all
// are done; `worker` is in [0, num_workers) and no two running chunks share one. What is written
// before it is called is seen by the chunks, and what they wrote after it returned. Of a region
// (Parallel::in_region) there are num_workers chunks that last until the first of them ends: a pool
// that serves others is best given fewer workers than it has threads.
struct TaskHook {
  void* context = nullptr;
  int num_workers = 0;
  void (*run)(void* context, std::int64_t num_chunks,
              void (*chunk)(void* argument, std::int64_t index, int worker),
              void* argument) = nullptr;
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning };

// Hears events of the engine (a skipped frame, a soft limit passed). The library itself never
// prints.
struct LogHook {
  void* context = nullptr;
  void (*write)(void* context, LogLevel level, std::string_view message) = nullptr;
};

struct Hooks {
  AllocationHook allocation;
  TaskHook tasks;
  LogHook log;
};

}  // namespace quadrille
