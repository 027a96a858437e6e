#include "engine/region_shared.h"

#include <algorithm>
#include <limits>
#include <utility>

#if defined(__linux__)
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace quadrille {
namespace {

constexpr std::size_t kLongestName = 100;

}  // namespace

Status SharedFile::check_name(const std::string& name) {
  const bool is_plain = std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '-' || letter == '_';
  });
  if (is_plain && !name.empty() && name.size() <= kLongestName) return Status::ok();
  return {StatusCode::kInvalidArgument, std::string("'").append(name, 0, kLongestName) +
                                            "' is no name to share frames under: 1 to " +
                                            std::to_string(kLongestName) +
                                            " letters, digits, '.', '-' and '_'"};
}

SharedMapping::SharedMapping(SharedMapping&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

SharedMapping& SharedMapping::operator=(SharedMapping&& other) noexcept {
  SharedMapping taken(std::move(other));
  std::swap(memory_, taken.memory_);
  std::swap(bytes_, taken.bytes_);
  return *this;
}

SharedFile::SharedFile(SharedFile&& other) noexcept
    : name_(std::exchange(other.name_, {})), file_(std::exchange(other.file_, -1)) {}

SharedFile& SharedFile::operator=(SharedFile&& other) noexcept {
  SharedFile taken(std::move(other));
  std::swap(name_, taken.name_);
  std::swap(file_, taken.file_);
  return *this;
}

#if defined(__linux__)

namespace {

std::string path_of(const std::string& name) { return std::string("/quadrille.").append(name); }

Status refused(const std::string& name, int error) {
  if (error == EACCES || error == EPERM) {
    return {StatusCode::kIoError, "the frames shared as '" + name + "' belong to another user"};
  }
  return {StatusCode::kIoError,
          "shared memory '" + name + "' cannot be opened: " + std::strerror(error)};
}

// Whether the name still means the file that is open: another may have replaced it meanwhile.
bool is_named(int file, const std::string& path) {
  struct stat open_file, named_file;
  const int named = shm_open(path.c_str(), O_RDONLY | O_CLOEXEC, 0);
  const bool same = named >= 0 && fstat(named, &named_file) == 0 && fstat(file, &open_file) == 0 &&
                    named_file.st_ino == open_file.st_ino && named_file.st_dev == open_file.st_dev;
  if (named >= 0) close(named);
  return same;
}

struct flock range_of(int lock) {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = lock;
  range.l_len = 1;
  return range;
}

}  // namespace

std::int32_t process_id() { return static_cast<std::int32_t>(getpid()); }

SharedMapping::~SharedMapping() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

SharedFile::~SharedFile() {
  if (file_ < 0) return;
  if (!name_.empty() && try_lock(0) && is_named(file_, path_of(name_))) {
    shm_unlink(path_of(name_).c_str());
  }
  close(file_);  // ends its locks
}

Result<SharedFile> SharedFile::create(const std::string& name, std::uint64_t bytes) {
  QUADRILLE_RETURN_IF_ERROR(check_name(name));
  if (bytes > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) {
    return Status(StatusCode::kOutOfMemory,
                  "no shared memory can have " + std::to_string(bytes) + " bytes");
  }
  const std::string path = path_of(name);
  // Others take and remove the name at the same time: each try may find what it found replaced.
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    SharedFile file;
    file.file_ = shm_open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file.file_ >= 0) {
      file.name_ = name;
      if (!file.try_lock(0) || !is_named(file.file_, path)) continue;
      if (ftruncate(file.file_, static_cast<off_t>(bytes)) == 0) return file;
      return Status(StatusCode::kOutOfMemory, "the system gave no shared memory of " +
                                                  std::to_string(bytes) +
                                                  " bytes: " + std::strerror(errno));
    }
    if (errno != EEXIST) return refused(name, errno);
    auto existing = open_existing(name);
    if (!existing.is_ok()) {
      if (existing.status().code() == StatusCode::kNotFound) continue;
      return existing.status();
    }
    if (existing->try_lock(0) || !is_named(existing->file_, path)) continue;  // its name goes
    // A watcher that finds out whether a run lives holds its lock for a moment, too.
    if (i + 1 < kTries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    return Status(StatusCode::kInvalidArgument,
                  "a run that is going on is shared as '" + name + "' already");
  }
  return Status(StatusCode::kIoError, "others keep taking the shared name '" + name + "'");
}

Result<SharedFile> SharedFile::open_existing(const std::string& name) {
  SharedFile file;
  file.file_ = shm_open(path_of(name).c_str(), O_RDWR | O_CLOEXEC, 0);
  if (file.file_ < 0 && errno == ENOENT) {
    return Status(StatusCode::kNotFound, "no run is shared as '" + name + "'");
  }
  struct stat about;
  if (file.file_ < 0 || fstat(file.file_, &about) != 0) return refused(name, errno);
  if (about.st_uid != geteuid()) return refused(name, EACCES);
  file.name_ = name;
  return file;
}

Result<SharedFile> SharedFile::open(const std::string& name) {
  QUADRILLE_RETURN_IF_ERROR(check_name(name));
  QUADRILLE_ASSIGN_OR_RETURN(SharedFile file, open_existing(name));
  if (!file.try_lock(0)) return file;
  return Status(StatusCode::kNotFound, "the run that was shared as '" + name +
                                           "' has died; its shared memory is given back");
}

std::uint64_t SharedFile::bytes() const {
  struct stat about;
  return fstat(file_, &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

bool SharedFile::read(std::uint64_t offset, std::span<std::byte> into) const {
  return pread(file_, into.data(), into.size(), static_cast<off_t>(offset)) ==
         static_cast<ssize_t>(into.size());
}

Status SharedFile::back(std::uint64_t offset, std::uint64_t bytes) {
  int error = EINTR;
  while (error == EINTR) {
    error = posix_fallocate(file_, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  }
  if (error == 0) return Status::ok();
  return {StatusCode::kOutOfMemory, "shared memory (/dev/shm) has no room for " +
                                        std::to_string(bytes) +
                                        " bytes more: " + std::strerror(error)};
}

Result<SharedMapping> SharedFile::map(std::uint64_t offset, std::size_t bytes,
                                      bool writable) const {
  void* memory = mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
                      file_, static_cast<off_t>(offset));
  if (memory != MAP_FAILED) return SharedMapping(memory, bytes);
  return Status(StatusCode::kOutOfMemory, "the system mapped no " + std::to_string(bytes) +
                                              " bytes of shared memory: " + std::strerror(errno));
}

bool SharedFile::try_lock(int lock) {
  struct flock range = range_of(lock);
  return fcntl(file_, F_OFD_SETLK, &range) == 0;
}

void SharedFile::unlock(int lock) {
  struct flock range = range_of(lock);
  range.l_type = F_UNLCK;
  fcntl(file_, F_OFD_SETLK, &range);
}

bool SharedFile::is_locked_by_another(int lock) const {
  struct flock range = range_of(lock);
  return fcntl(file_, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

#else

namespace {

Status no_sharing() {
  return {StatusCode::kUnsupported, "frames are shared with other processes on Linux alone"};
}

}  // namespace

std::int32_t process_id() { return 0; }

SharedMapping::~SharedMapping() = default;
SharedFile::~SharedFile() = default;

Result<SharedFile> SharedFile::create(const std::string& name, std::uint64_t) {
  QUADRILLE_RETURN_IF_ERROR(check_name(name));
  return no_sharing();
}
Result<SharedFile> SharedFile::open(const std::string& name) {
  QUADRILLE_RETURN_IF_ERROR(check_name(name));
  return no_sharing();
}
std::uint64_t SharedFile::bytes() const { return 0; }
bool SharedFile::read(std::uint64_t, std::span<std::byte>) const { return false; }
Status SharedFile::back(std::uint64_t, std::uint64_t) { return no_sharing(); }
Result<SharedMapping> SharedFile::map(std::uint64_t, std::size_t, bool) const {
  return no_sharing();
}
bool SharedFile::try_lock(int) { return false; }
void SharedFile::unlock(int) {}
bool SharedFile::is_locked_by_another(int) const { return false; }

#endif

}  // namespace quadrille
