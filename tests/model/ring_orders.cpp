// The engine's own trace_ring.h under Relacy, as relaxed_orders.cpp does it to the swap of frames:
// one thread records more events than its ring holds, and another copies the ring once, whenever it
// likes. What the copy keeps must be the events that were recorded, each whole and in its place.
#include "engine/trace_ring.h"

#include "tests/model/relacy_search.h"  // last: it gives other meanings to new and delete

namespace quadrille {
namespace {

constexpr std::size_t kWords = 2, kSize = 2;
constexpr std::uint64_t kEvents = 4;

struct Orders : TraceRingOrders {
  using Word = RelacyCounter;
};
struct WriteRelaxed : Orders {
  static constexpr auto kWrite = std::memory_order::relaxed;
};
struct CountRelaxed : Orders {
  static constexpr auto kCount = std::memory_order::relaxed;
};
struct ReadRelaxed : Orders {
  static constexpr auto kRead = std::memory_order::relaxed;
};
struct SeeRelaxed : Orders {
  static constexpr auto kSee = std::memory_order::relaxed;
};

template <class Orders>
using Writer = TraceRingWriter<kWords, Orders>;

// The head says that an event is there before its words are.
struct CountsFirst : Writer<Orders> {
  using Writer<Orders>::Writer;
  std::uint64_t recorded = 0;
  void record(const Event& event) {
    count(recorded + 1);
    write(recorded++, event);
  }
};

template <class Orders>
using Reader = TraceRingReader<kWords, Orders>;

struct LooksOnce : Reader<Orders> {
  using Reader<Orders>::Reader;
  std::uint64_t first_whole() const { return 0; }
};
struct KeepsWhatIsBeingOverwritten : Reader<Orders> {
  using Reader<Orders>::Reader;
  std::uint64_t first_whole() const {
    const std::uint64_t first = Reader<Orders>::first_whole();
    return first == 0 ? 0 : first - 1;
  }
};

// Both words of event n hold n + 1: zeros were never written.
template <class Writer, class Reader>
struct Ring : rl::test_suite<Ring<Writer, Reader>, 2> {
  typename Writer::Word head, words[kSize * kWords];

  void thread(unsigned index) { index == 0 ? record() : copy(); }

  void record() {
    Writer writer({head, words, kSize - 1});
    for (std::uint64_t n = 0; n < kEvents; ++n) writer.record({n + 1, n + 1});
  }

  void copy() {
    const Reader reader({head, words, kSize - 1});
    const std::uint64_t end = reader.end();
    const std::uint64_t first = end > kSize ? end - kSize : 0;
    typename Reader::Event events[kSize];
    for (std::uint64_t n = first; n < end; ++n) events[n - first] = reader.read(n);
    const std::uint64_t whole = reader.first_whole();
    for (std::uint64_t n = whole > first ? whole : first; n < end; ++n) {
      for (const std::uint64_t word : events[n - first]) RL_ASSERT(word == n + 1);
    }
  }
};

constexpr rl::test_result_e kTorn = rl::test_result_user_assert_failed;

template <class Weak>
using Weakened = Ring<Writer<Weak>, Reader<Weak>>;

int run() {
  expect<Weakened<Orders>>(kHolds, "a ring of 2 events, 4 recorded, copied meanwhile");
  expect<Ring<CountsFirst, Reader<Orders>>>(kTorn, "the head before the words: an event is torn");
  expect<Ring<Writer<Orders>, LooksOnce>>(kTorn, "does not look again: an event is torn");
  expect<Ring<Writer<Orders>, KeepsWhatIsBeingOverwritten>>(
      kTorn, "keeps what is being overwritten: an event is torn");
  expect<Weakened<WriteRelaxed>>(kTorn, "A relaxed: an event is torn");
  expect<Weakened<CountRelaxed>>(kTorn, "B relaxed: an event is torn");
  expect<Weakened<ReadRelaxed>>(kTorn, "C relaxed: an event is torn");
  expect<Weakened<SeeRelaxed>>(kTorn, "E relaxed: an event is torn");
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace quadrille

int main() { return quadrille::run(); }
