// SharedFile: memory under a name, which processes of one user map; and locks on it that die with
// their owner. With region.h the one door to memory pages.
//
// The file lies in the system's shared memory, readable and writable by its owner alone. While it
// is in use its creator holds lock 0, so a file without that lock is what a dead process left:
// whoever gets the lock removes the name, if that still means the same file. Locks belong to an
// open file, not to a process (Linux calls them open file description locks): two users in one
// process are two owners, and a lock ends when the last copy of that open file is closed, as by a
// death. A fork without exec copies it: such a child keeps its parent's locks alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <quadrille/status.h>

namespace quadrille {

// Pages of a SharedFile in this process; unmapped at the end.
class SharedMapping {
 public:
  SharedMapping() = default;
  SharedMapping(void* memory, std::size_t bytes)
      : memory_(static_cast<std::byte*>(memory)), bytes_(bytes) {}
  SharedMapping(SharedMapping&& other) noexcept;
  SharedMapping& operator=(SharedMapping&& other) noexcept;
  ~SharedMapping();

  std::byte* base() const { return memory_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

// Of this process, for reports.
std::int32_t process_id();

class SharedFile {
 public:
  // A new file of zeros, with lock 0 held; what a dead process left under the name is replaced.
  // kInvalidArgument: a name with other than letters, digits, '.', '-' and '_', or in use by one
  // that lives. kUnsupported: not on this system. Its pages are not backed before back() is called.
  static Result<SharedFile> create(const std::string& name, std::uint64_t bytes);
  // kNotFound: no such file, or its creator has died (then the name is gone).
  // kIoError: another user's.
  static Result<SharedFile> open(const std::string& name);
  // kInvalidArgument: no file can have that name.
  static Status check_name(const std::string& name);
  SharedFile() = default;
  SharedFile(SharedFile&& other) noexcept;
  SharedFile& operator=(SharedFile&& other) noexcept;
  ~SharedFile();  // mappings stay valid; the name goes, unless its creator lives and is another

  std::uint64_t bytes() const;  // as of now: another process may still be making it
  // Copies from the file. False: the file ends before.
  bool read(std::uint64_t offset, std::span<std::byte> into) const;
  // Gives these bytes memory, so that touching them cannot fail. kOutOfMemory: there is none.
  Status back(std::uint64_t offset, std::uint64_t bytes);
  // `offset`: a multiple of 64 KiB. Pages past the file's end fault when touched.
  Result<SharedMapping> map(std::uint64_t offset, std::size_t bytes, bool writable) const;

  // Locks 0, 1, ... System calls. try_lock: false: another has it.
  bool try_lock(int lock);
  void unlock(int lock);
  bool is_locked_by_another(int lock) const;

 private:
  static Result<SharedFile> open_existing(const std::string& name);

  std::string name_;  // empty: it is another user's
  int file_ = -1;
};

}  // namespace quadrille
