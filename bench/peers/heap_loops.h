// HeapLoops: a HeapThread from the three calls of an allocator. `Allocator` has
//   void* allocate(std::size_t bytes);                null or std::bad_alloc: no memory
//   void release(void* memory, std::size_t bytes);    of one block
//   void reset();                                     of everything; only where kResets
//   static constexpr bool kResets;
#pragma once

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "bench/peers/heap_peer.h"

namespace quadrille::program {

// The compiler must assume that `memory` is read and written by someone.
inline void keep(const void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

template <class Allocator>
class HeapLoops : public HeapThread {
 public:
  template <class... Arguments>
  explicit HeapLoops(Arguments&&... arguments)
      : allocator_(std::forward<Arguments>(arguments)...) {}

  Node* make_nodes(std::int64_t count) override try {
    Node* list = nullptr;
    for (std::int64_t i = 0; i < count; ++i) {
      void* memory = allocator_.allocate(sizeof(Node));
      if (memory == nullptr) return nullptr;
      list = new (memory) Node{list, i};
    }
    keep(list);
    return list;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }

  void give_back(Node* list) override {
    if constexpr (Allocator::kResets) {
      allocator_.reset();
    } else {
      while (list != nullptr) allocator_.release(std::exchange(list, list->next), sizeof(Node));
    }
  }

  bool run_frame(std::span<const std::uint32_t> sizes, std::span<void*> blocks) override try {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      blocks[i] = allocator_.allocate(sizes[i]);
      if (blocks[i] == nullptr) return false;
      new (blocks[i]) Node{nullptr, 0};
    }
    keep(blocks.data());
    if constexpr (Allocator::kResets) {
      allocator_.reset();
    } else {
      for (std::size_t i = 0; i < sizes.size(); ++i) allocator_.release(blocks[i], sizes[i]);
    }
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }

  void* allocate(std::size_t bytes) override try {
    return allocator_.allocate(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  void release(const Block& block) override { allocator_.release(block.memory, block.bytes); }

 protected:
  Allocator allocator_;
};

// A peer whose threads share nothing that we hold: each has an Allocator of its own, made for a
// capacity where it wants one. What the library shares among threads is its own affair.
template <class Allocator>
class HeapOfThreads : public Heap {
 public:
  explicit HeapOfThreads(std::size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}
  std::unique_ptr<HeapThread> thread() override {
    if constexpr (std::is_constructible_v<Allocator, std::size_t>) {
      return std::make_unique<HeapLoops<Allocator>>(capacity_bytes_);
    } else {
      return std::make_unique<HeapLoops<Allocator>>();
    }
  }

 private:
  std::size_t capacity_bytes_;
};

template <class Allocator>
HeapPeer peer_of(std::string name) {
  HeapPeer peer;
  peer.name = std::move(name);
  peer.open = [](const HeapOptions& options) -> Result<std::unique_ptr<Heap>> {
    return std::unique_ptr<Heap>(
        std::make_unique<HeapOfThreads<Allocator>>(options.capacity_bytes));
  };
  return peer;
}

}  // namespace quadrille::program
