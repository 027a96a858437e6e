#include "bench/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>

namespace quadrille::program {

std::size_t default_hard_limit() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), page_bytes = ::sysconf(_SC_PAGESIZE);
  std::size_t limit = SIZE_MAX;
  if (pages > 0 && page_bytes > 0) {
    limit = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page_bytes);
  }
  // The first is control group 2's as a container sees it, the second version 1's. "max" is no
  // number and leaves the limit alone.
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::size_t bytes = 0;
    if (std::ifstream(path) >> bytes && bytes > 0) limit = std::min(limit, bytes);
  }
  return limit == SIZE_MAX ? limit : limit / 8 * 7;  // the rest: the system and our own small needs
}

}  // namespace quadrille::program
