// Counts calls of the malloc family, of operator new and of mmap and mremap, in this whole program:
// allocation_counter.cpp replaces them. For one test executable alone.
#pragma once

#include <cstdint>
#include <string>

namespace quadrille::test {

struct AllocationCounts {
  std::int64_t mallocs = 0;        // malloc, calloc, realloc, memalign and their kin
  std::int64_t operator_news = 0;  // of any kind
  std::int64_t mappings = 0;       // mmap and mremap
  std::int64_t total() const { return mallocs + operator_news + mappings; }
};

// Counts on all threads from construction to stop().
class AllocationCounter {
 public:
  AllocationCounter();
  ~AllocationCounter() { stop(); }
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;
  AllocationCounts stop();
  // Where the first counted call came from, a line a caller; empty when there was none.
  static std::string first_caller();
};

}  // namespace quadrille::test
