// Counts calls of the malloc family, of operator new and of mmap and mremap, in this whole program,
// and may keep apart those that a library makes for itself: allocation_counter.cpp replaces them
// all. For one test executable alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quadrille::test {

struct AllocationCounts {
  std::int64_t mallocs = 0;        // malloc, calloc, realloc, memalign and their kin
  std::int64_t operator_news = 0;  // of any kind
  std::int64_t mappings = 0;       // mmap and mremap
  std::int64_t by_library = 0;     // of all these kinds, called by the library; not counted above
  std::int64_t total() const { return mallocs + operator_news + mappings + by_library; }
};

// Counts on all threads from construction to stop(). Whose a call is, its nearest caller says that
// is not the C library or the loader.
class AllocationCounter {
 public:
  // Begins of file names of shared libraries that are loaded now; empty: no library is kept apart.
  explicit AllocationCounter(std::string_view library = {});
  ~AllocationCounter() { stop(); }
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;
  AllocationCounts stop();
  // Where the first call that was not the library's came from, a line a caller; empty: none was.
  static std::string first_caller();
};

// From now on so many calls of operator new are left to succeed, on any thread, and the next one
// fails, alone; < 0: none does.
void fail_operator_new_after(std::int64_t calls);

}  // namespace quadrille::test
