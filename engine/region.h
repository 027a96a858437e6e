// Region: a reservation of address space, committed on demand from its base upward and accounted in
// a MemoryBudget. MappedFile: a file's bytes, read-only.
// Together the one door to memory pages: nothing else calls mmap, mprotect or madvise.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <quadrille/hooks.h>
#include <quadrille/status.h>

#include "engine/memory_budget.h"
#include "engine/memory_ledger.h"

namespace quadrille {

struct RegionOptions {
  MemoryBudget* budget = nullptr;  // not owned; null: not accounted
  Label label{"region"};           // who owns it, for the budget's ledger
  AllocationHook hook{};           // when set, the whole reservation comes from it at once
  bool huge_pages = true;          // ask for transparent huge pages, from 2 MiB on
  // Moves base() up (rounded to a cache line), so that columns do not alias in the cache.
  std::size_t stagger_bytes = 0;
};

class Region {
 public:
  static Result<Region> reserve(std::size_t capacity_bytes, const RegionOptions& options = {});
  Region() = default;
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  ~Region();

  // Makes the first `bytes` usable (zeroed when first committed). Typed error, and nothing changed,
  // over the hard limit.
  Status commit(std::size_t bytes);
  // Gives pages beyond the first `bytes` back to the system.
  void decommit_after(std::size_t bytes);

  std::byte* base() const { return base_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t committed() const { return committed_; }
  // Of the budget's ledger; kNoMemoryArea: there is none.
  MemoryAreaID area() const { return area_; }

 private:
  Status take_from_hook(std::size_t bytes);
  Status map(std::size_t bytes);
  Status commit_pages(std::size_t bytes);
  std::size_t pages_end(std::size_t bytes) const;
  void refund(std::size_t bytes) const;
  // What was charged to the budget is now there.
  void tell_ledger(std::size_t bytes, std::int64_t begin_ns) const;

  std::byte* base_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t committed_ = 0;
  void* reservation_ = nullptr;
  std::size_t reservation_bytes_ = 0;
  MemoryAreaID area_ = kNoMemoryArea;
  RegionOptions options_;
};

class MappedFile {
 public:
  // Sentences: "roads.gr: no such file", "roads.gr: is a folder", "roads.gr: permission denied".
  static Result<MappedFile> open(const std::string& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const char> bytes() const { return {data_, size_}; }
  // The pages of [begin, end) are not needed again soon: lets the system drop them from our
  // resident size.
  void release_range(std::size_t begin, std::size_t end) const;

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace quadrille
