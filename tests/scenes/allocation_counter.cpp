// The replacements forward to glibc's own entries, so memory from either side can be freed by the
// other. Calls inside glibc (a FILE's buffer) do not pass here; calls of libstdc++ and oneTBB do.
#include "tests/scenes/allocation_counter.h"

#include <execinfo.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<bool> counting{false};
std::atomic<std::int64_t> mallocs{0}, operator_news{0}, mappings{0};
std::atomic<bool> caller_known{false};
std::array<void*, 16> caller;
std::atomic<int> caller_depth{0};

void count(std::atomic<std::int64_t>& calls) {
  if (!counting.load(std::memory_order_relaxed)) return;
  calls.fetch_add(1, std::memory_order_relaxed);
  if (!caller_known.exchange(true)) caller_depth = backtrace(caller.data(), caller.size());
}

}  // namespace

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  count(mallocs);
  return __libc_malloc(size);
}
void* calloc(std::size_t elements, std::size_t size) {
  count(mallocs);
  return __libc_calloc(elements, size);
}
void* realloc(void* memory, std::size_t size) {
  count(mallocs);
  return __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  count(mallocs);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count(mallocs);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  count(mallocs);
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

void* mmap(void* address, std::size_t length, int protection, int flags, int file,
           off_t offset) noexcept {
  count(mappings);
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
void* mmap64(void* address, std::size_t length, int protection, int flags, int file,
             off64_t offset) noexcept {
  count(mappings);
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
void* mremap(void* address, std::size_t old_length, std::size_t length, int flags, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, flags);
  void* target = (flags & MREMAP_FIXED) != 0 ? va_arg(arguments, void*) : nullptr;
  va_end(arguments);
  count(mappings);
  return reinterpret_cast<void*>(syscall(SYS_mremap, address, old_length, length, flags, target));
}

}  // extern "C"

// GCC takes a free() in operator delete for a mismatch, not seeing that it is paired above.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  count(operator_news);
  return alignment == 0 ? __libc_malloc(size) : __libc_memalign(alignment, size);
}
void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  if (void* memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}
std::size_t bytes(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

// The array and nothrow forms of the standard library call these, but for the aligned nothrow ones.
void* operator new(std::size_t size) { return allocate_or_throw(size, 0); }
void* operator new(std::size_t size, std::align_val_t align) {
  return allocate_or_throw(size, bytes(align));
}
void* operator new(std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate(size, bytes(align));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace quadrille::test {

AllocationCounter::AllocationCounter() {
  std::array<void*, 1> warm_up;  // the first backtrace of a process loads a library
  backtrace(warm_up.data(), warm_up.size());
  mallocs = operator_news = mappings = 0;
  caller_known = false;
  caller_depth = 0;
  counting = true;
}

AllocationCounts AllocationCounter::stop() {
  counting = false;
  return {mallocs, operator_news, mappings};
}

std::string AllocationCounter::first_caller() {
  std::string lines;
  char** symbols = backtrace_symbols(caller.data(), caller_depth);
  for (int i = 0; symbols != nullptr && i < caller_depth; ++i)
    lines += std::string(symbols[i]) + '\n';
  std::free(symbols);
  return lines;
}

}  // namespace quadrille::test
