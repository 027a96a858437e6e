// The replacements forward to glibc's own entries, so memory from either side can be freed by the
// other. Calls of glibc itself (a FILE's buffer, a thread's variables), libstdc++ and oneTBB pass
// here too.
#include "tests/scenes/allocation_counter.h"

#include <execinfo.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <new>
#include <string_view>

namespace {

std::atomic<bool> counting{false};
std::atomic<std::int64_t> mallocs{0}, operator_news{0}, mappings{0}, by_library{0};
std::atomic<std::int64_t> news_to_failure{-1};
std::atomic<bool> caller_known{false};
std::array<void*, 16> caller;
std::atomic<int> caller_depth{0};

struct CodeRange {
  std::uintptr_t first, last;
};

// Where the code of some shared libraries lies. Filled while nothing is counted.
class LibraryCode {
 public:
  // `names`: how the names of their files begin; empty ones name none.
  void find(std::initializer_list<std::string_view> names) {
    num_ranges_ = 0;
    for (const std::string_view name : names) {
      name_ = name;
      if (!name.empty()) dl_iterate_phdr(note_if_wanted, this);
    }
  }
  bool holds(const void* code) const {
    const auto address = reinterpret_cast<std::uintptr_t>(code);
    for (std::size_t i = 0; i < num_ranges_; ++i) {
      if (address >= ranges_[i].first && address < ranges_[i].last) return true;
    }
    return false;
  }

 private:
  static int note_if_wanted(dl_phdr_info* library, std::size_t, void* wanted) {
    auto* self = static_cast<LibraryCode*>(wanted);
    const std::string_view path(library->dlpi_name);
    if (!path.substr(path.rfind('/') + 1).starts_with(self->name_)) return 0;
    for (int i = 0; i < library->dlpi_phnum && self->num_ranges_ < self->ranges_.size(); ++i) {
      const auto& segment = library->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
      const std::uintptr_t first = library->dlpi_addr + segment.p_vaddr;
      self->ranges_[self->num_ranges_++] = {first, first + segment.p_memsz};
    }
    return 0;
  }

  std::array<CodeRange, 16> ranges_;
  std::size_t num_ranges_ = 0;
  std::string_view name_;
};

LibraryCode apart;    // the library whose own calls are kept apart
LibraryCode runtime;  // the C library and the loader, which allocate for whoever called them

// The nearest caller that is not the C runtime is the library. `nearest`: of all callers.
bool is_the_librarys(const void* nearest) {
  if (!runtime.holds(nearest)) return apart.holds(nearest);
  std::array<void*, 32> frames;
  const auto end = frames.begin() + backtrace(frames.data(), frames.size());
  auto frame = std::find(frames.begin(), end, nearest);
  while (frame != end && runtime.holds(*frame)) ++frame;
  return frame != end && apart.holds(*frame);
}

void count(std::atomic<std::int64_t>& calls, const void* return_address) {
  if (!counting.load(std::memory_order_relaxed)) return;
  if (is_the_librarys(return_address)) {
    by_library.fetch_add(1, std::memory_order_relaxed);
    return;
  }
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
  count(mallocs, __builtin_return_address(0));
  return __libc_malloc(size);
}
void* calloc(std::size_t elements, std::size_t size) {
  count(mallocs, __builtin_return_address(0));
  return __libc_calloc(elements, size);
}
void* realloc(void* memory, std::size_t size) {
  count(mallocs, __builtin_return_address(0));
  return __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  count(mallocs, __builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count(mallocs, __builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  count(mallocs, __builtin_return_address(0));
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

void* mmap(void* address, std::size_t length, int protection, int flags, int file,
           off_t offset) noexcept {
  count(mappings, __builtin_return_address(0));
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
void* mmap64(void* address, std::size_t length, int protection, int flags, int file,
             off64_t offset) noexcept {
  count(mappings, __builtin_return_address(0));
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
void* mremap(void* address, std::size_t old_length, std::size_t length, int flags, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, flags);
  void* target = (flags & MREMAP_FIXED) != 0 ? va_arg(arguments, void*) : nullptr;
  va_end(arguments);
  count(mappings, __builtin_return_address(0));
  return reinterpret_cast<void*>(syscall(SYS_mremap, address, old_length, length, flags, target));
}

}  // extern "C"

// GCC takes a free() in operator delete for a mismatch, not seeing that it is paired above.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace {

void* allocate(std::size_t size, std::size_t alignment, const void* return_address) noexcept {
  count(operator_news, return_address);
  // Relaxed: it hands out numbers.
  if (news_to_failure.load(std::memory_order_relaxed) >= 0 &&
      news_to_failure.fetch_sub(1, std::memory_order_relaxed) == 0)
    return nullptr;
  return alignment == 0 ? __libc_malloc(size) : __libc_memalign(alignment, size);
}
void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
std::size_t bytes(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace

// All of them: the standard library's array and nothrow forms would call the plain ones, and then
// the return address would be its own.
#define QUADRILLE_CALLER __builtin_return_address(0)
void* operator new(std::size_t size) { return or_throw(allocate(size, 0, QUADRILLE_CALLER)); }
void* operator new[](std::size_t size) { return or_throw(allocate(size, 0, QUADRILLE_CALLER)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, 0, QUADRILLE_CALLER);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, 0, QUADRILLE_CALLER);
}
void* operator new(std::size_t size, std::align_val_t align) {
  return or_throw(allocate(size, bytes(align), QUADRILLE_CALLER));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return or_throw(allocate(size, bytes(align), QUADRILLE_CALLER));
}
void* operator new(std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate(size, bytes(align), QUADRILLE_CALLER);
}
void* operator new[](std::size_t size, std::align_val_t align, const std::nothrow_t&) noexcept {
  return allocate(size, bytes(align), QUADRILLE_CALLER);
}
#undef QUADRILLE_CALLER

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace quadrille::test {

AllocationCounter::AllocationCounter(std::string_view library) {
  std::array<void*, 1> warm_up;  // the first backtrace of a process loads a library
  backtrace(warm_up.data(), warm_up.size());
  apart.find({library});
  runtime.find({"ld-linux", "libc.so"});
  mallocs = operator_news = mappings = by_library = 0;
  caller_known = false;
  caller_depth = 0;
  counting = true;
}

void fail_operator_new_after(std::int64_t calls) { news_to_failure = calls; }

AllocationCounts AllocationCounter::stop() {
  counting = false;
  return {mallocs, operator_news, mappings, by_library};
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
