// What the C++ standard library offers: new and delete (the C library's heap), and the memory
// resources of <memory_resource>, one a thread.
#include <memory_resource>
#include <new>

#include <gnu/libc-version.h>

#include "bench/peers/heap_loops.h"

namespace quadrille::program {
namespace {

struct NewDelete {
  static constexpr bool kResets = false;
  void* allocate(std::size_t bytes) { return ::operator new(bytes); }
  void release(void* memory, std::size_t bytes) { ::operator delete(memory, bytes); }
};

// With a first buffer that holds everything, at its best: without one, each release() gives the
// pages back to the system.
struct Monotonic {
  static constexpr bool kResets = true;
  explicit Monotonic(std::size_t capacity)
      : buffer(std::make_unique_for_overwrite<std::byte[]>(capacity)),
        resource(buffer.get(), capacity) {}
  void* allocate(std::size_t bytes) { return resource.allocate(bytes, sizeof(Node)); }
  void release(void* memory, std::size_t bytes) {
    resource.deallocate(memory, bytes, sizeof(Node));  // does nothing
  }
  void reset() { resource.release(); }
  std::unique_ptr<std::byte[]> buffer;
  std::pmr::monotonic_buffer_resource resource;
};

struct Pool {
  static constexpr bool kResets = false;
  // Not aligned as malloc would: libstdc++ takes the pool of the size alone, so 24 bytes aligned
  // to 16 lie at a multiple of 8 and contradict what the compiler is told of the result.
  void* allocate(std::size_t bytes) { return resource.allocate(bytes, alignof(Node)); }
  void release(void* memory, std::size_t bytes) {
    resource.deallocate(memory, bytes, alignof(Node));
  }
  std::pmr::unsynchronized_pool_resource resource;
};

}  // namespace

HeapPeer new_delete_peer() {
  return peer_of<NewDelete>(std::string("new, delete (glibc ") + gnu_get_libc_version() + ")");
}
HeapPeer pmr_monotonic_peer() { return peer_of<Monotonic>("pmr monotonic buffer"); }
HeapPeer pmr_pool_peer() { return peer_of<Pool>("pmr pool"); }

}  // namespace quadrille::program
