// A trace's ring: the events of one thread, which alone records them, and whoever copies them
// meanwhile.
//
//   TraceRingWriter   wait-free, the owner's thread.
//   TraceRingReader   wait-free, any thread; never makes the owner wait.
//
// Event n lies in the words at n modulo the ring's size; the head counts the events that are whole.
// The owner writes the words of event n while the head is n, so whoever sees a word of event n
// finds the head at n or more when it looks again, and drops what n lies over: event n - size.
//
//   release                            acquire that it pairs with
//   A owner: words[i].store(release)   C: who reads a word of event n sees the head >= n at D
//   B owner: head.store(release)       E: the events before the head are whole
//   C reader: words[i].load(acquire)   A
//   D reader: head.load(relaxed)       after C: A's release has carried the store of the head along
//   E reader: head.load(acquire)       B
// On x86 all of these are plain moves. A fence in place of A would do the same elsewhere for less,
// but ThreadSanitizer does not follow fences.
//
// A, B, C and E are weakened one at a time, and A and B exchanged, and each is caught:
// tests/model/run. So the orders and the type of the words are a parameter.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace quadrille {

struct TraceRingOrders {
  using Word = std::atomic<std::uint64_t>;
  static constexpr std::memory_order kWrite = std::memory_order_release;    // A
  static constexpr std::memory_order kCount = std::memory_order_release;    // B
  static constexpr std::memory_order kRead = std::memory_order_acquire;     // C
  static constexpr std::memory_order kRecheck = std::memory_order_relaxed;  // D
  static constexpr std::memory_order kSee = std::memory_order_acquire;      // E
};

// Where a ring lies: `words` holds `mask` + 1 events, a power of two.
template <class Word>
struct TraceRingPlace {
  Word& head;
  Word* words;
  std::uint64_t mask;
};

// The owner's side. As cheap to make as to copy, as is the other one.
template <std::size_t kWords, class Orders = TraceRingOrders>
class TraceRingWriter {
 public:
  using Word = typename Orders::Word;
  using Event = std::array<std::uint64_t, kWords>;

  explicit TraceRingWriter(const TraceRingPlace<Word>& place) : place_(place) {}

  void record(const Event& event) {
    const std::uint64_t n = place_.head.load(std::memory_order_relaxed);  // the owner's own
    write(n, event);
    count(n + 1);
  }

 protected:
  void write(std::uint64_t n, const Event& event) {
    Word* words = place_.words + (n & place_.mask) * kWords;
    for (std::size_t i = 0; i < kWords; ++i) words[i].store(event[i], Orders::kWrite);  // A
  }
  void count(std::uint64_t events) { place_.head.store(events, Orders::kCount); }  // B

 private:
  TraceRingPlace<Word> place_;
};

template <std::size_t kWords, class Orders = TraceRingOrders>
class TraceRingReader {
 public:
  using Word = typename Orders::Word;
  using Event = std::array<std::uint64_t, kWords>;

  explicit TraceRingReader(const TraceRingPlace<const Word>& place) : place_(place) {}

  std::uint64_t size() const { return place_.mask + 1; }
  // Events recorded so far: those before it may be read, as far as the ring reaches back.
  std::uint64_t end() const { return place_.head.load(Orders::kSee); }  // E
  // Torn, if the owner has come round meanwhile: first_whole(), called afterwards, says so.
  Event read(std::uint64_t n) const {
    Event event;
    const Word* words = place_.words + (n & place_.mask) * kWords;
    for (std::size_t i = 0; i < kWords; ++i) event[i] = words[i].load(Orders::kRead);  // C
    return event;
  }
  // What was read before this call is whole from this event on. The event that the head names may
  // be half written: it lies over the one of a ring's size before.
  std::uint64_t first_whole() const {
    const std::uint64_t head = place_.head.load(Orders::kRecheck);  // D
    return head >= size() ? head - size() + 1 : 0;
  }

 private:
  TraceRingPlace<const Word> place_;
};

}  // namespace quadrille
