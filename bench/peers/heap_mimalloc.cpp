// mimalloc. Its shared library replaces malloc in a whole program that is linked to it, so it is
// opened while the program runs, with its names kept to itself, and called by pointer. That costs
// what a call through the linker's table costs.
#include "bench/peers/heap_loops.h"

#if defined(QUADRILLE_MIMALLOC)

#include <dlfcn.h>
#include <mimalloc.h>

namespace quadrille::program {
namespace {

struct Library {
  decltype(&::mi_malloc) malloc = nullptr;
  decltype(&::mi_free) free = nullptr;
};

// Loaded on first use and never unloaded: nobody could know that all its memory is free.
const Library& library() {
  static const Library loaded = [] {
    Library found;
    if (void* handle = ::dlopen(QUADRILLE_MIMALLOC, RTLD_NOW | RTLD_LOCAL)) {
      found.malloc = reinterpret_cast<decltype(found.malloc)>(::dlsym(handle, "mi_malloc"));
      found.free = reinterpret_cast<decltype(found.free)>(::dlsym(handle, "mi_free"));
    }
    return found;
  }();
  return loaded;
}

struct MiMalloc {
  static constexpr bool kResets = false;
  void* allocate(std::size_t bytes) { return mi.malloc(bytes); }
  void release(void* memory, std::size_t) { mi.free(memory); }
  Library mi = library();
};

}  // namespace

HeapPeer mimalloc_peer() {
  constexpr int kVersion = MI_MALLOC_VERSION;  // 209 is 2.0.9
  HeapPeer peer =
      peer_of<MiMalloc>("mimalloc " + std::to_string(kVersion / 100) + "." +
                        std::to_string(kVersion / 10 % 10) + "." + std::to_string(kVersion % 10));
  if (library().malloc == nullptr || library().free == nullptr) peer.missing = "not found";
  return peer;
}

}  // namespace quadrille::program

#else

quadrille::program::HeapPeer quadrille::program::mimalloc_peer() {
  return missing_peer("mimalloc");
}

#endif
