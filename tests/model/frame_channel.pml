/* engine/frame_channel.h and engine/publish_rule.h, for any number of rounds. channel.pml says how
 * a step is modelled. PRIVATE: steps that are not published come in between. REFUSED: there are
 * fewer slots than for a publication never to be refused; the step then stays private.
 *
 * A frame is its age, in two halves, and an age is a bit: the writer goes from 0 to 1 once, at a
 * step of Spin's choice. The protocol never looks at what frames hold, so if any frame could be
 * torn, or any reader go back to an older one, it could be where the chosen step is in between. */
#include "channel.pml"

#ifdef FAULT_KEEPS_ONE_TOO_FEW
#define KEPT (KEEP - 1)
#else
#define KEPT KEEP
#endif
#ifdef FAULT_TRIES_ONCE
#define ATTEMPTS 1
#else
#define ATTEMPTS 2
#endif

bit left[SLOTS], right[SLOTS];

proctype Reader() {
  byte slot;
  bit first, newest = 0;
  do
  ::
    enter(slot);
    first = left[slot];
    assert(first >= newest);            /* never an older frame */
    newest = first;
#ifdef FAULT_RETURNS_BEFORE_THE_LAST_READ
    give_back(slot);
    assert(right[slot] == first);
#else
    assert(right[slot] == first);       /* never half a frame */
    assert(left[slot] == first);        /* never one that changes while it is held */
    give_back(slot);
#endif
    slot = 0; first = 0                 /* not read again */
  od
}

inline fill(slot) {
  if :: age == 0 -> age = 1 :: skip fi;
  left[slot] = age;
#ifndef FAULT_PUBLISHES_HALF_A_FRAME
  right[slot] = age;
#endif
  assert(FREE(slot))                    /* a free slot stays free */
}

inline publish_if_returned(slot) {
  peek();
  if
  :: returned[latest] == PLUS(entered[latest], exchanged) ->
    compare_exchange(slot, published);
    if
    :: published -> leave(latest)
    :: else
    fi
  :: else
  fi;
  exchanged = 0
}

inline publish_keeping(slot) {
  attempt = 0;
  do
  :: attempt < ATTEMPTS && !published ->
    count_free(slot, KEPT);
    if
    :: free == KEPT -> exchange(slot); published = 1; leave(latest)
    :: free + 1 == KEPT -> publish_if_returned(slot)
    :: free + 1 < KEPT
    fi;
    attempt++
  :: else -> attempt = 0; free = 0; break
  od
}

active proctype Writer() {
  byte entered[SLOTS], latest = 0, mine, found, s, free, attempt, exchanged;
  bit age = 0;
  bool published;
  find_free(NONE, mine);
  do
  ::
    fill(mine);
    published = 0;
    if
    :: publish_keeping(mine);
#ifndef REFUSED
       assert(published)                /* never refused */
#endif
#ifdef PRIVATE
    :: skip
#endif
    fi;
#ifdef FAULT_PUBLISHES_HALF_A_FRAME
    right[mine] = age;
#endif
    if
    :: published -> latest = mine; find_free(NONE, mine)
#if KEEP == 1
    :: !published                       /* the next step goes on in place */
#else
    :: !published -> find_free(mine, found); mine = found; found = 0
#endif
    fi
  od
}

init {
  byte i;
  atomic { for (i : 1 .. READERS) { run Reader() } }
}
