#include "engine/region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#if defined(__wasm__)
#include <cstdlib>
#endif
#include <utility>

#include <quadrille/types.h>

#include "engine/clock.h"
#include "engine/integers.h"

namespace quadrille {
namespace {

constexpr std::size_t kHugePage = 2 * 1024 * 1024;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// `multiple` is a power of two.
std::size_t round_down(std::size_t bytes, std::size_t multiple) { return bytes & ~(multiple - 1); }

Status no_memory(const char* what, std::size_t bytes, const char* why) {
  return {StatusCode::kOutOfMemory,
          "the system gave no " + std::to_string(bytes) + " bytes of " + what + ": " + why};
}

#if defined(__wasm__)
// Linear memory has no page protection: a region comes from the heap at once, as from an
// integrator's hook.
AllocationHook heap_hook() {
  AllocationHook hook;
  hook.allocate = [](void*, std::size_t bytes, std::size_t alignment) {
    void* memory = std::aligned_alloc(alignment, round_up(bytes, alignment));
    return memory == nullptr ? nullptr : std::memset(memory, 0, bytes);
  };
  hook.release = [](void*, void* memory, std::size_t) { std::free(memory); };
  return hook;
}
#endif

}  // namespace

Result<Region> Region::reserve(std::size_t capacity_bytes, const RegionOptions& options) {
  Region region;
  region.options_ = options;
  region.options_.huge_pages = options.huge_pages && capacity_bytes >= kHugePage;
#if defined(__wasm__)
  if (options.hook.allocate == nullptr) region.options_.hook = heap_hook();
#endif
  const std::size_t page = page_bytes();
  const std::size_t stagger = options.stagger_bytes;
  const std::size_t slack = region.options_.huge_pages ? kHugePage : page;
  if (stagger > SIZE_MAX / 4 || capacity_bytes > SIZE_MAX - 2 * slack - 2 * stagger) {
    return no_memory("address space", capacity_bytes, "it is more than an address can count");
  }
  region.options_.stagger_bytes = round_up(stagger, kCacheLineBytes);
  region.capacity_ = capacity_bytes;
  if (capacity_bytes == 0) return region;
  if (options.budget != nullptr && options.budget->ledger() != nullptr) {
    region.area_ = options.budget->ledger()->open_area(options.label);
  }
  const std::size_t bytes = round_up(region.options_.stagger_bytes + capacity_bytes, page);
  QUADRILLE_RETURN_IF_ERROR(region.options_.hook.allocate != nullptr ? region.take_from_hook(bytes)
                                                                     : region.map(bytes));
  return region;
}

void Region::tell_ledger(std::size_t bytes, std::int64_t begin_ns) const {
  if (area_ == kNoMemoryArea) return;
  options_.budget->ledger()->charge(area_, static_cast<std::int64_t>(bytes),
                                    monotonic_ns() - begin_ns);
}

void Region::refund(std::size_t bytes) const {
  if (options_.budget == nullptr) return;
  if (area_ != kNoMemoryArea) {
    options_.budget->ledger()->charge(area_, -static_cast<std::int64_t>(bytes));
  }
  options_.budget->refund_area(bytes);
}

Status Region::take_from_hook(std::size_t bytes) {
  if (options_.budget != nullptr) QUADRILLE_RETURN_IF_ERROR(options_.budget->charge_area(bytes));
  const std::int64_t begin_ns = monotonic_ns();
  reservation_ = options_.hook.allocate(options_.hook.context, bytes, kBlockBytes);
  if (reservation_ == nullptr) {
    if (options_.budget != nullptr) options_.budget->refund_area(bytes);
    return {StatusCode::kOutOfMemory,
            "the allocation hook gave no " + std::to_string(bytes) + " bytes"};
  }
  tell_ledger(bytes, begin_ns);
  reservation_bytes_ = bytes;
  base_ = static_cast<std::byte*>(reservation_) + options_.stagger_bytes;
  committed_ = capacity_;
  return Status::ok();
}

Status Region::map(std::size_t bytes) {
  // Huge pages need their own alignment, which mmap does not promise: reserve one more and start
  // inside.
  const std::size_t slack = options_.huge_pages ? kHugePage : 0;
  // Without MAP_NORESERVE: pages that cannot be touched cost nothing anyway, and commit() is then
  // refused what the machine does not have, instead of being killed on its way there.
  void* memory = mmap(nullptr, bytes + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return no_memory("address space", bytes, std::strerror(errno));
  reservation_ = memory;
  reservation_bytes_ = bytes + slack;
  auto address = reinterpret_cast<std::uintptr_t>(memory);
  if (options_.huge_pages) {
    address = round_up(address, kHugePage);
#if defined(MADV_HUGEPAGE)
    madvise(reinterpret_cast<void*>(address), bytes,
            MADV_HUGEPAGE);  // a wish: refused, small pages serve too
#endif
  }
  base_ = reinterpret_cast<std::byte*>(address) + options_.stagger_bytes;
  return Status::ok();
}

// Pages are counted from the first page of the reservation's usable part, which lies
// `stagger_bytes` below base().
std::size_t Region::pages_end(std::size_t bytes) const {
  return bytes == 0 ? 0 : round_up(options_.stagger_bytes + bytes, page_bytes());
}

Status Region::commit(std::size_t bytes) {
  if (bytes <= committed_) return Status::ok();
  if (bytes > capacity_) {
    return {StatusCode::kOutOfMemory, "a region of " + std::to_string(capacity_) +
                                          " bytes cannot hold " + std::to_string(bytes)};
  }
  // The first commit is taken at its word; later ones grow by an eighth, so that a growing user
  // calls few times.
  const std::size_t step = committed_ == 0 ? 0 : std::max(kBlockBytes, committed_ / 8);
  const std::size_t geometric = committed_ + std::min(step, capacity_ - committed_);
  if (geometric > bytes && commit_pages(geometric).is_ok()) return Status::ok();
  return commit_pages(bytes);  // a hard limit may still have room for what is needed
}

Status Region::commit_pages(std::size_t bytes) {
  const std::size_t begin = pages_end(committed_);
  const std::size_t end = pages_end(bytes);
  if (options_.budget != nullptr) {
    QUADRILLE_RETURN_IF_ERROR(options_.budget->charge_area(end - begin));
  }
  const std::int64_t begin_ns = monotonic_ns();
  std::byte* first_page = base_ - options_.stagger_bytes;
  if (end > begin && mprotect(first_page + begin, end - begin, PROT_READ | PROT_WRITE) != 0) {
    const int error = errno;
    if (options_.budget != nullptr) options_.budget->refund_area(end - begin);
    return no_memory("memory", end - begin, std::strerror(error));
  }
  tell_ledger(end - begin, begin_ns);
  committed_ = std::min(capacity_, end - options_.stagger_bytes);
  return Status::ok();
}

void Region::decommit_after(std::size_t bytes) {
  if (bytes >= committed_ || options_.hook.allocate != nullptr)
    return;  // a hook's memory has no pages of its own
  const std::size_t begin = pages_end(bytes);
  const std::size_t end = pages_end(committed_);
  if (begin == end) return;
  std::byte* first = base_ - options_.stagger_bytes + begin;
  madvise(first, end - begin, MADV_DONTNEED);  // committed again, these pages are zero
  mprotect(first, end - begin, PROT_NONE);
  refund(end - begin);
  committed_ = begin == 0 ? 0 : begin - options_.stagger_bytes;
}

Region::Region(Region&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), capacity_(std::exchange(other.capacity_, 0)),
      committed_(std::exchange(other.committed_, 0)),
      reservation_(std::exchange(other.reservation_, nullptr)),
      reservation_bytes_(std::exchange(other.reservation_bytes_, 0)),
      area_(std::exchange(other.area_, kNoMemoryArea)), options_(other.options_) {}

Region& Region::operator=(Region&& other) noexcept {
  Region taken(std::move(other));
  std::swap(base_, taken.base_);
  std::swap(capacity_, taken.capacity_);
  std::swap(committed_, taken.committed_);
  std::swap(reservation_, taken.reservation_);
  std::swap(reservation_bytes_, taken.reservation_bytes_);
  std::swap(area_, taken.area_);
  std::swap(options_, taken.options_);
  return *this;
}

Region::~Region() {
  const bool hooked = options_.hook.allocate != nullptr;
  if (reservation_ != nullptr) refund(hooked ? reservation_bytes_ : pages_end(committed_));
  if (area_ != kNoMemoryArea) options_.budget->ledger()->close_area(area_);
  if (reservation_ == nullptr) return;
  if (!hooked) {
    munmap(reservation_, reservation_bytes_);
  } else if (options_.hook.release != nullptr) {
    options_.hook.release(options_.hook.context, reservation_, reservation_bytes_);
  }
}

namespace {

Status cannot_open(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return {StatusCode::kNotFound, path + ": no such file"};
    case EACCES:
    case EPERM: return {StatusCode::kIoError, path + ": permission denied"};
    default: return {StatusCode::kIoError, path + ": cannot be read: " + std::strerror(error)};
  }
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  // O_NONBLOCK: a named pipe is refused below instead of waited for.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about;
  if (file.fd < 0 || fstat(file.fd, &about) != 0) return cannot_open(path, errno);
  if (S_ISDIR(about.st_mode)) return Status(StatusCode::kInvalidInput, path + ": is a folder");
  if (!S_ISREG(about.st_mode))
    return Status(StatusCode::kInvalidInput, path + ": is not a regular file");
  const auto size = static_cast<std::uint64_t>(about.st_size);
  if (size > SIZE_MAX)
    return Status(StatusCode::kUnsupported, path + ": is larger than the address space");
  MappedFile mapped;
  if (size == 0) return mapped;
  void* memory = mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (memory == MAP_FAILED) return cannot_open(path, errno);
  mapped.data_ = static_cast<const char*>(memory);
  mapped.size_ = static_cast<std::size_t>(size);
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  MappedFile taken(std::move(other));
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

void MappedFile::release_range(std::size_t begin, std::size_t end) const {
  const std::size_t first = round_up(begin, page_bytes());
  const std::size_t last = round_down(std::min(end, size_), page_bytes());
  if (first < last) madvise(const_cast<char*>(data_) + first, last - first, MADV_DONTNEED);
}

}  // namespace quadrille
