/* What the models share: the words of engine/frame_channel.h, and its operations under sequential
 * consistency. Each step of a process is one atomic operation of the code, or half of a read or
 * write of a frame. A process that is never scheduled again is a reader that stalls for ever: Spin
 * looks at that for every reader at every point.
 *
 * Counters wrap at WRAP, as the word's count of entries wraps at 2^48 in the code; WRAP is more
 * than there can be pins. Of the totals only differences are looked at, so that the writer may
 * let both begin at 0 again. */
#ifndef READERS
#define READERS 2      /* of one pin each */
#endif
#ifndef KEEP
#define KEEP 1         /* slots that are free after a publication; 2: passes read one, write another */
#endif
#ifndef SLOTS
#define SLOTS (READERS + KEEP + 1)
#endif
#ifndef WRAP
#define WRAP (READERS + 1)
#endif
#ifdef FAULT_TOTALS_WRAP_LATER
#define TOTAL_WRAP (2 * WRAP)
#else
#define TOTAL_WRAP WRAP
#endif
#define NONE SLOTS
#define PLUS(total, more) (((total) + (more)) % TOTAL_WRAP)

byte current, entries;                  /* the current word: slot, and entries since then */
bit touched;                            /* it was entered since the writer looked last */
bit used, was_used;                     /* it was entered since it is the newest; the one before */
byte returned[SLOTS];                   /* readers' totals; the writer has its own in `entered` */

/* ---- readers ---- */

inline enter(slot) {   /* B */
#ifdef FAULT_COUNTS_AFTER_LOOKING
  slot = current;
  d_step { entries = (entries + 1) % WRAP; touched = 1; used = 1 }
#else
  d_step { slot = current; entries = (entries + 1) % WRAP; touched = 1; used = 1 }
#endif
}

inline give_back(slot) {   /* C */
  returned[slot] = PLUS(returned[slot], 1)
}

/* ---- the writer: `latest` is its own copy of `current`, `entered` its totals ---- */

#if defined(FAULT_LOOKS_AT_NO_COUNT)
#define FREE(slot) ((slot) != latest)
#elif defined(FAULT_REFILLS_THE_CURRENT)
#define FREE(slot) (returned[slot] == entered[slot])
#else
#define FREE(slot) ((slot) != latest && returned[slot] == entered[slot])   /* D */
#endif

inline exchange(slot) {   /* A */
#ifdef FAULT_LOADS_THEN_STORES
  exchanged = entries;
  d_step { entries = 0; current = slot; was_used = used; used = 0 }
#else
  d_step { exchanged = entries; entries = 0; current = slot; was_used = used; used = 0 }
#endif
}

inline peek() {
  d_step { exchanged = entries; touched = 0 }
}

/* Succeeds if the word is what peek() saw. That its count came round in between is out of the
 * question at 2^48, and not at WRAP: so a bit tells it. */
inline compare_exchange(slot, done) {
  if
#ifdef FAULT_EXCHANGES_UNCHECKED
  :: d_step { entries = 0; current = slot; was_used = used; used = 0 }; done = 1
#else
  :: d_step { !touched -> entries = 0; current = slot; was_used = used; used = 0 }; done = 1
  :: touched -> done = 0
#endif
  fi
}

#ifdef FAULT_TRUSTS_THE_COUNT
#define WAS_USED (exchanged != 0)
#else
#define WAS_USED was_used
#endif

/* The slot that was current has its entries counted: no operation on shared words. It was free when
 * it was published; if nobody entered it, it is taken for free without another look. `used` is what
 * the count says together with `worn`. */
inline leave(slot) {
  assert(WAS_USED || returned[slot] == PLUS(entered[slot], exchanged));
  was_used = 0;
#if defined(FAULT_FORGETS_TOTALS)
  entered[slot] = exchanged;
#elif defined(FAULT_RESETS_RETURNED)
  d_step { entered[slot] = exchanged; returned[slot] = 0 }
#else
  d_step {
    returned[slot] = PLUS(returned[slot], TOTAL_WRAP - PLUS(entered[slot], exchanged));
    entered[slot] = 0
  }
#endif
  exchanged = 0
}

#ifdef LOWEST          /* of free slots the first: they differ by number alone. Fewer states */
#define CHOOSE break
#else
#define CHOOSE if :: break :: s++ fi
#endif

/* A free slot other than `except`, whatever order the writer looks in. */
inline find_free(except, found) {
  found = NONE; s = 0;
  do
  :: s < SLOTS && s != except && FREE(s) -> found = s; CHOOSE
  :: s < SLOTS && !(s != except && FREE(s)) -> s++
  :: s == SLOTS -> break
  od;
  s = 0;
  assert(found != NONE)                 /* the writer always has a slot */
}

inline count_free(except, at_most) {
  free = 0; s = 0;
  do
  :: s < SLOTS && free < at_most && s != except && FREE(s) -> free++; s++
  :: s < SLOTS && free < at_most && !(s != except && FREE(s)) -> s++
  :: s == SLOTS || free == at_most -> s = 0; break
  od
}
