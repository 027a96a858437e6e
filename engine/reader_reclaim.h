// ReaderReclaim: takes back the slots of readers on record that died. The writer's thread only, and
// never on the way of a publication that succeeds.
//
// To pin and to return, a reader on record does
//   1  state = entering              3  state = holding(slot)         5  state = idle
//   2  current_.fetch_add            4  slot.returned.fetch_add
// and it may die between any two of them. Before 2 and after 4 the counters are whole. Between 2
// and 4 a slot was entered and will never be returned; the record does not tell which (before 3),
// or whether 4 was done (before 5), so counters are never corrected by a record. But whenever it
// dies, no slot was returned more often than it was entered: a slot that the counters call free is
// free. All that a death can do is to leave a slot pinned for ever.
//
// So when a reader is known to be dead, its record is struck from the table, and every slot that is
// pinned then, and the current one, is in quarantine. A slot leaves it by itself when its counters
// say that it is free, and is taken back once
//   it is not current, so that nobody can enter it any more and A has told how often it was
//     entered (or A is the compare-exchange that replaces it, and fails if somebody enters), and
//   no reader on record is entering or holding it, and no anonymous pin may be in it. Who was
//     inside at A was on record by then (B behind entering pairs with A), and who is found to be
//     past it has returned it (S pairs with R), so its reads and its return are seen.
// Then every return that is missing is a dead one's, and `returned` is set to `entered`.
//
// A reader that only sleeps, or was stopped, lives: its slot is its own until it returns it. One
// that was stopped just between 1 and 3, some nanoseconds, holds up all slots in quarantine, since
// it may be in any; the others go round as ever.
#pragma once

#include <cstdint>
#include <vector>

#include <quadrille/hooks.h>
#include <quadrille/metrics.h>
#include <quadrille/registered_reader.h>
#include <quadrille/status.h>

#include "engine/frame_pool.h"

namespace quadrille {

class ReaderReclaim {
 public:
  // `pool` outlives this.
  ReaderReclaim(FramePool& pool, const LogHook& log);

  // The caller's word that this reader of this process is dead. kUnsupported: the pool is not
  // reclaimable. kNotFound: there is none.
  Status declare_dead(ReaderID reader, FrameStatistics& counts);
  // Finds out which readers of other processes have died: a system call for each of them.
  void look_for_dead(FrameStatistics& counts);
  // Takes back what can be. True: a slot became free.
  bool take_back(FrameStatistics& counts);
  // FramePool::publish(), for a publication that it refused. Looks for the dead, but at most every
  // millisecond.
  bool publish(FrameSlot slot, int keep, FrameStatistics& counts);

 private:
  void retire(int place, FrameStatistics& counts);

  FramePool& pool_;
  LogHook log_;
  std::vector<std::uint8_t> in_quarantine_;  // a byte a slot
  int num_in_quarantine_ = 0;
  std::int64_t next_look_ns_ = 0;
};

}  // namespace quadrille
