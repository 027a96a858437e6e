// jemalloc, from its archive with its names changed to je_malloc and so on (CMakeLists.txt): under
// its own names it would replace malloc in the whole program, and opened while the program runs it
// does not fit into the thread-local storage that is left by then.
#include "bench/peers/heap_loops.h"

#if defined(QUADRILLE_JEMALLOC)

#define JEMALLOC_NO_RENAME
#include <jemalloc/jemalloc.h>

namespace quadrille::program {
namespace {

struct JeMalloc {
  static constexpr bool kResets = false;
  void* allocate(std::size_t bytes) { return ::je_malloc(bytes); }
  // The quicker of its two ways, and what its operator delete does.
  void release(void* memory, std::size_t bytes) { ::je_sdallocx(memory, bytes, 0); }
};

}  // namespace

HeapPeer jemalloc_peer() {
  return peer_of<JeMalloc>("jemalloc " + std::to_string(JEMALLOC_VERSION_MAJOR) + "." +
                           std::to_string(JEMALLOC_VERSION_MINOR) + "." +
                           std::to_string(JEMALLOC_VERSION_BUGFIX));
}

}  // namespace quadrille::program

#else

quadrille::program::HeapPeer quadrille::program::jemalloc_peer() {
  return missing_peer("jemalloc");
}

#endif
