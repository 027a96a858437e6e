// Our arena, as a simulation uses it: reset once a frame.
#include <barrier>

#include <quadrille/arena.h>

#include "bench/peers/heap_loops.h"

namespace quadrille::program {
namespace {

constexpr Label kLabel{"profile"};
constexpr std::size_t kBatch = 256;  // nodes

Result<Arena> create_arena(const HeapOptions& options, bool huge_pages) {
  ArenaOptions arena;
  arena.capacity_bytes =
      static_cast<std::size_t>(options.threads) * (options.capacity_bytes + Arena::kThreadChunk);
  arena.huge_pages = huge_pages;
  return Arena::create(arena);
}

struct OneThread {
  static constexpr bool kResets = true;
  void* allocate(std::size_t bytes) { return arena->try_allocate(bytes, Arena::kGranule, kLabel); }
  void release(void* memory, std::size_t bytes) { arena->release(memory, bytes); }
  void reset() { arena->reset(); }
  Arena* arena;
};

class ArenaHeap : public Heap {
 public:
  explicit ArenaHeap(Arena arena) : arena_(std::move(arena)) {}
  std::unique_ptr<HeapThread> thread() override {
    return std::make_unique<HeapLoops<OneThread>>(&arena_);
  }

 protected:
  Arena arena_;
};

// Many nodes by one call: what a bump costs least.
class BatchLoops : public HeapLoops<OneThread> {
 public:
  using HeapLoops::HeapLoops;
  Node* make_nodes(std::int64_t count) override {
    Node* list = nullptr;
    for (std::int64_t i = 0; i < count;) {
      const std::int64_t end = std::min<std::int64_t>(count, i + std::int64_t{kBatch});
      const std::span<Node> nodes =
          allocator_.arena->try_allocate_array<Node>(static_cast<std::size_t>(end - i), kLabel);
      if (nodes.empty()) return nullptr;
      for (Node& node : nodes) list = new (&node) Node{list, i++};
    }
    keep(list);
    return list;
  }
};

class BatchHeap : public ArenaHeap {
 public:
  using ArenaHeap::ArenaHeap;
  std::unique_ptr<HeapThread> thread() override { return std::make_unique<BatchLoops>(&arena_); }
};

// Threads that share an arena wait for each other at the end of a frame, where one resets it.
class SharedArenaHeap : public Heap {
 public:
  struct Reset {
    void operator()() noexcept { arena->reset(); }
    Arena* arena;
  };
  struct OwnChunk {
    static constexpr bool kResets = true;
    OwnChunk(Arena* shared, std::barrier<Reset>* all)
        : arena(shared), frame_end(all), own(*shared) {}
    OwnChunk(const OwnChunk&) = delete;
    OwnChunk& operator=(const OwnChunk&) = delete;
    ~OwnChunk() { frame_end->arrive_and_drop(); }  // nobody waits for a thread that went
    void* allocate(std::size_t bytes) { return own.try_allocate(bytes, Arena::kGranule, kLabel); }
    void release(void* memory, std::size_t bytes) { arena->release(memory, bytes); }
    void reset() {
      frame_end->arrive_and_wait();
      own.reset();
    }
    Arena* arena;
    std::barrier<Reset>* frame_end;
    ArenaThread own;
  };

  SharedArenaHeap(Arena arena, int threads)
      : arena_(std::move(arena)), frame_end_(threads, Reset{&arena_}) {}
  std::unique_ptr<HeapThread> thread() override {
    return std::make_unique<HeapLoops<OwnChunk>>(&arena_, &frame_end_);
  }

 private:
  Arena arena_;
  std::barrier<Reset> frame_end_;
};

template <class ArenaHeapKind>
HeapPeer arena_row(std::string name, bool huge_pages) {
  HeapPeer peer;
  peer.name = std::move(name);
  peer.takes_threads = false;
  peer.open = [huge_pages](const HeapOptions& options) -> Result<std::unique_ptr<Heap>> {
    QUADRILLE_ASSIGN_OR_RETURN(Arena arena, create_arena(options, huge_pages));
    return std::unique_ptr<Heap>(std::make_unique<ArenaHeapKind>(std::move(arena)));
  };
  return peer;
}

}  // namespace

HeapPeer arena_peer() { return arena_row<ArenaHeap>("arena", false); }
HeapPeer huge_arena_peer() { return arena_row<ArenaHeap>("arena, huge pages", true); }
HeapPeer batch_arena_peer() { return arena_row<BatchHeap>("arena, 256 at a time", false); }

HeapPeer thread_arena_peer() {
  HeapPeer peer;
  peer.name = "arena, chunk a thread";
  peer.open = [](const HeapOptions& options) -> Result<std::unique_ptr<Heap>> {
    QUADRILLE_ASSIGN_OR_RETURN(Arena arena, create_arena(options, false));
    return std::unique_ptr<Heap>(
        std::make_unique<SharedArenaHeap>(std::move(arena), options.threads));
  };
  return peer;
}

}  // namespace quadrille::program
