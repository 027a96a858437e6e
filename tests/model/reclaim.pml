/* engine/reader_reclaim.h: readers on record that may die between any two steps, and the slots that
 * come back from them. channel.pml says how a step is modelled. A place of the table is taken by the
 * next reader once the writer has struck the dead one from it. */
#ifndef LOST
#define LOST 1              /* pins of dead readers that were not taken back yet: so many at a time */
#endif
#define WRAP (READERS + LOST + 1)
#include "channel.pml"

#define IDLE 0
#define ENTERING 1
#define HOLDING(slot) ((slot) + 2)

byte record[READERS];
bit dead[READERS];          /* and known to be: its lock is gone */

/* No part of the protocol: the slot + 1 that a reader, dead or not, is in; lost pins. */
byte inside[READERS], lost;

#define OR_DIE :: d_step { lost < LOST -> dead[me] = 1; lost = lost + (inside[me] != 0) }; goto died

proctype Reader(byte me) {
  byte slot;
born:
  do
  ::
#ifdef FAULT_RECORDS_AFTER_ENTERING
    d_step { enter(slot); inside[me] = slot + 1 }
#else
    if :: record[me] = ENTERING OR_DIE fi;
    if :: d_step { enter(slot); inside[me] = slot + 1 } OR_DIE fi;
#endif
    if :: record[me] = HOLDING(slot) OR_DIE fi;
#ifdef FAULT_IDLE_BEFORE_RETURNING
    if :: record[me] = IDLE OR_DIE fi;
    if :: d_step { give_back(slot); inside[me] = 0 } OR_DIE fi;
#else
    if :: d_step { give_back(slot); inside[me] = 0 } OR_DIE fi;
    if :: record[me] = IDLE OR_DIE fi;
#endif
    slot = 0                            /* not read again */
  od;
died:
  slot = 0;
  !dead[me] -> goto born
}

inline fill(slot) {
  d_step {
    i = 0;
    do
    :: i < READERS -> assert(dead[i] || inside[i] != slot + 1); i++     /* no living reader's */
    :: else -> break
    od;
    i = 0
  }
}

#ifdef FAULT_FORGETS_WHO_IS_ENTERING
#define MAY_BE_IN(slot) (record[i] == HOLDING(slot))
#else
#define MAY_BE_IN(slot) (record[i] == HOLDING(slot) || record[i] == ENTERING)
#endif

/* No reader that lives is inside of `slot`: each record is looked at once. */
inline nobody_holds(slot, answer) {
  answer = 1;
  do
  :: i < READERS && MAY_BE_IN(slot) -> answer = 0; break
  :: i < READERS && !MAY_BE_IN(slot) -> i++
  :: i == READERS -> break
  od;
  i = 0
}

/* A reader is known to be dead: it is struck, and what it may be in is put in quarantine. */
inline retire() {
  do
  :: i < READERS && !dead[i] -> i++
  :: i < READERS && dead[i] ->
#ifdef FAULT_CORRECTS_BY_ONE
    if
    :: record[i] >= HOLDING(0) -> give_back((record[i] - HOLDING(0)))
    :: else
    fi;
#else
    do
    :: s < SLOTS -> quarantine[s] = quarantine[s] || !FREE(s); s++
    :: else -> break
    od;
    s = 0;
#endif
    d_step { record[i] = IDLE; inside[i] = 0; dead[i] = 0 }
    break
  :: i == READERS -> break
  od;
  i = 0
}

inline forget_pins(slot) {
  d_step {
    lost = lost - PLUS(entered[slot], TOTAL_WRAP - returned[slot]);
    returned[slot] = entered[slot]
  }
}

inline take_back() {
  do
  :: t < SLOTS && quarantine[t] && t != latest ->
    if
    :: returned[t] == entered[t] -> quarantine[t] = 0
    :: else -> nobody_holds(t, nobody);
       if
       :: nobody -> forget_pins(t); quarantine[t] = 0
       :: else
       fi
    fi;
    t++
  :: t < SLOTS && !(quarantine[t] && t != latest) -> t++
  :: t == SLOTS -> break
  od;
  t = 0; nobody = 0
}

/* The slot that is current would be the free one: it is, if only dead readers are in it. */
inline publish_if_abandoned(slot) {
  peek();
  nobody_holds(latest, nobody);
  if
  :: nobody ->
    compare_exchange(slot, published);
    if
    :: published -> leave(latest); forget_pins(latest); quarantine[latest] = 0
    :: else
    fi
  :: else
  fi;
  exchanged = 0; nobody = 0
}

inline publish_or_reclaim(slot) {
  count_free(slot, KEEP);
  if
  :: free == KEEP -> exchange(slot); published = 1; leave(latest)
  :: else ->
    take_back();
    count_free(slot, KEEP);
    if
    :: free == KEEP -> exchange(slot); published = 1; leave(latest)
    :: free + 1 == KEEP && quarantine[latest] -> publish_if_abandoned(slot)
    :: else
    fi
  fi;
  free = 0
}

/* Who is pinned is in it, or was when he died, and then it is in quarantine. */
inline no_slot_is_lost() {
  d_step {
    for (s : 0 .. SLOTS - 1) {
      t = 0;
      for (i : 0 .. READERS - 1) { t = t + (inside[i] == s + 1) }
#ifndef EFFECTS            /* a fault is to go on until a reader or the writer suffers from it */
      assert(s == latest || quarantine[s] || returned[s] == PLUS(entered[s], TOTAL_WRAP - t))
#endif
    }
    s = 0; t = 0; i = 0
  }
}

active proctype Writer() {
  byte entered[SLOTS], latest = 0, mine, s, t, i, free, exchanged;
  bit quarantine[SLOTS];
  bool published, nobody;
  find_free(NONE, mine);
  do
  ::
    fill(mine);
    published = 0;
    publish_or_reclaim(mine);
    if
    :: published -> latest = mine; find_free(NONE, mine)
    :: !published                       /* the next step goes on in place */
    fi;
    retire();
    no_slot_is_lost()
  od
}

init {
  byte r;
  atomic { for (r : 0 .. READERS - 1) { run Reader(r) } }
}
