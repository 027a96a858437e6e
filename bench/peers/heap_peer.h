// What a user would take small objects from, our arena and its peers: a row each of `quadrille
// profile arena`. One file a peer, its library's only door; heap_peers.cpp lists them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/status.h>

namespace quadrille::program {

// An object of 16 bytes. A list of them needs no array of pointers beside it, so that what is
// measured is the allocator's memory alone.
struct Node {
  Node* next;
  std::int64_t value;
};
static_assert(sizeof(Node) == 16);

struct Block {
  void* memory;
  std::size_t bytes;
};

// One thread's use of a heap. The loops stand in the peer's own file, so that its calls are
// inlined there as in a user's program.
class HeapThread {
 public:
  virtual ~HeapThread() = default;
  // A list of new nodes, the newest first, or null where the heap has no memory for them.
  virtual Node* make_nodes(std::int64_t count) = 0;
  // Gives back a whole list: by a reset where the allocator has one, else each node.
  virtual void give_back(Node* list) = 0;
  // A frame: a block of each size, its first bytes written, then all given back. `blocks` has room
  // for all. False where the heap has no memory.
  virtual bool run_frame(std::span<const std::uint32_t> sizes, std::span<void*> blocks) = 0;
  // One by one; null where the heap has no memory.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(const Block& block) = 0;
};

// What a heap must hold at a time, for those that are made for a size.
struct HeapOptions {
  std::size_t capacity_bytes = 0;  // of one thread
  int threads = 1;
};

class Heap {
 public:
  virtual ~Heap() = default;
  virtual std::unique_ptr<HeapThread> thread() = 0;  // once a thread; on any
};

struct HeapPeer {
  std::string name;           // "mimalloc 2.0.9"
  std::string missing;        // why it cannot be measured: "not built", "not found"; empty: it can
  bool takes_threads = true;  // false: made for one thread
  bool is_aged = false;       // to be measured on a heap that was given holes
  // Fails where the machine lacks the memory or the library.
  std::function<Result<std::unique_ptr<Heap>>(const HeapOptions&)> open;
};

// In the order of the table, our plain arena first.
std::vector<HeapPeer> heap_peers();

HeapPeer nothing_peer();       // one block for all: what the loops themselves cost
HeapPeer arena_peer();         // heap_arena.cpp
HeapPeer huge_arena_peer();    // in huge pages
HeapPeer thread_arena_peer();  // a chunk a thread
HeapPeer batch_arena_peer();   // 256 nodes a call
HeapPeer new_delete_peer();    // heap_standard.cpp
HeapPeer pmr_monotonic_peer();
HeapPeer pmr_pool_peer();
HeapPeer mimalloc_peer();    // heap_mimalloc.cpp
HeapPeer jemalloc_peer();    // heap_jemalloc.cpp
HeapPeer boost_pool_peer();  // heap_boost_pool.cpp

inline HeapPeer missing_peer(std::string name) {
  HeapPeer peer;
  peer.name = std::move(name);
  peer.missing = "not built";  // its package was not there when the program was configured
  return peer;
}

}  // namespace quadrille::program
