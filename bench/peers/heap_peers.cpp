#include "bench/peers/heap_loops.h"

namespace quadrille::program {
namespace {

struct Nothing {
  static constexpr bool kResets = true;
  void* allocate(std::size_t) { return block; }
  void release(void*, std::size_t) {}
  void reset() {}
  alignas(Node) std::byte block[4096];  // more than anyone asks for
};

HeapPeer aged(HeapPeer peer) {
  peer.name = "  on an aged heap";
  peer.is_aged = true;
  peer.takes_threads = false;  // only the heap of its first thread is aged
  return peer;
}

}  // namespace

HeapPeer nothing_peer() { return peer_of<Nothing>("nothing: the loop itself"); }

std::vector<HeapPeer> heap_peers() {
  return {arena_peer(),         batch_arena_peer(),      huge_arena_peer(), thread_arena_peer(),
          new_delete_peer(),    aged(new_delete_peer()), mimalloc_peer(),   jemalloc_peer(),
          pmr_monotonic_peer(), pmr_pool_peer(),         boost_pool_peer(), nothing_peer()};
}

}  // namespace quadrille::program
