// The rule by which a slot may be published: the writer keeps free slots to go on in, so that it
// never waits for a reader. A template, so that a proof runs the same code as a simulation.
// The writer's thread only; wait-free.
#pragma once

#include "engine/frame_channel.h"

namespace quadrille {

// How many of `slots`, other than `except`, are free; stops at `at_most`. Those that are known to
// be free first: mostly they are enough, and no line that a reader wrote has to come from its core.
template <class Orders, class Slots>
int count_free(const BasicFrameChannel<Orders>& channel, const Slots& slots, FrameSlot except,
               int at_most) {
  int count = 0;
  for (const FrameSlot slot : slots) {
    if (count == at_most) return count;
    count += slot != except && channel.is_known_free(slot) ? 1 : 0;
  }
  for (const FrameSlot slot : slots) {
    if (count == at_most) return count;
    if (slot == except || channel.is_known_free(slot)) continue;
    count += channel.is_free(slot) ? 1 : 0;
  }
  return count;
}

// Publishes `slot` if at least `keep` other slots of `slots` are then free: they stay free whatever
// readers do. False: nothing changed. Readers that keep to k pins each in k*R + keep + 1 slots
// never make it false.
template <class Orders, class Slots>
bool publish_keeping(BasicFrameChannel<Orders>& channel, const Slots& slots, FrameSlot slot,
                     int keep) {
  // Twice: a reader may return a slot that was counted as pinned, then enter the current one. After
  // publish_if_returned() has seen that entry the return is visible, and no other slot can have
  // been pinned meanwhile, since only the current one can be entered.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const int free = count_free(channel, slots, slot, keep);
    if (free >= keep) {
      channel.publish(slot);
      return true;
    }
    if (free + 1 == keep && channel.publish_if_returned(slot)) return true;
  }
  return false;
}

}  // namespace quadrille
