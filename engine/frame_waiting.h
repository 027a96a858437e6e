// FrameWaiting: sleeping until the next frame, apart from the swap.
//   notify()   wait-free while nobody asked: one relaxed load. Else one system call. The writer's
//              thread, after each publication.
//   wait()     blocks. Any thread of any process that maps the word.
//
// Who writes what. A waiter sets `asked`; the writer takes that back, advances `epoch` and wakes
// all sleepers: who still has nothing new asks again. So `asked` is a flag and not a count: one
// that died in its sleep, or gave up at its deadline, costs the writer a single wake, not a system
// call for ever after.
//
//   waiter                                writer
//   1  ticket = epoch.load(acquire)       a  current_.exchange(.., acq_rel), the publication
//   2  asked.store(1, relaxed)            b  asked.load(relaxed): 0, nobody asked; else
//   3  an add to the channel's current    c  asked.store(0, relaxed)
//      word (acq_rel): look(), acquire()  d  epoch.fetch_add(1, release)
//   4  sleep while epoch is the ticket    e  wake all
//
//   release                    acquire that it pairs with
//   3 the waiter's add         a: all later adds to the word continue its release sequence
//   d the writer's advance     1
//
// No publication is slept through. Of 3 and a, both changes of one word, one comes first.
//   a first: 3 sees the new slot, and the waiter does not sleep.
//   3 first: a pairs with 3, so b sees the waiter's 2 or something later. If it sees that somebody
//     asked, e wakes the waiter, or 4 finds that the epoch has changed: that is the futex's own
//     promise, which holds because d comes before e. It sees 0 only if a former round's c comes
//     after 2 in the order of the changes of `asked`. Then 1 cannot have read what that round's d
//     wrote: it would pair with that d, c would happen before 2, and come before it in that order.
//     So the ticket is older than that d, which has happened, and 4 does not sleep.
// No operation is sequentially consistent and there is no fence: ThreadSanitizer follows all of it.
#pragma once

#include <atomic>
#include <cstdint>

#include <quadrille/types.h>

#include "engine/futex.h"

namespace quadrille {

// On a line of its own: the writer reads it at each publication, and nobody writes it while nobody
// waits. May lie in memory that several processes map.
struct alignas(kCacheLineBytes) WakeWord {
  std::atomic<std::uint32_t> epoch{0};
  std::atomic<std::uint32_t> asked{0};
};

class FrameWaiting {
 public:
  // `word` outlives this. kShared: it lies in memory that several processes map.
  FrameWaiting(WakeWord& word, FutexScope scope) : word_(&word), scope_(scope) {}

  void notify() const {
    if (word_->asked.load(std::memory_order_relaxed) != 0) wake();  // b
  }

  // Until `found()` is true; false, if it is not by the deadline (of monotonic_ns()). `found` must
  // add to the channel's current word each time (acquire() or look()), and say whether what it saw
  // there is what the caller waits for.
  template <class Found>
  bool wait(std::int64_t deadline_ns, Found found) const {
    for (;;) {
      const std::uint32_t ticket = word_->epoch.load(std::memory_order_acquire);   // 1
      word_->asked.store(1, std::memory_order_relaxed);                            // 2
      if (found()) return true;                                                    // 3
      if (!futex_wait(word_->epoch, ticket, deadline_ns, scope_)) return found();  // 4
    }
  }

 private:
  void wake() const;

  WakeWord* word_;
  FutexScope scope_;
};

}  // namespace quadrille
