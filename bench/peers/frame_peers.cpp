#include <algorithm>
#include <array>

#include "bench/peers/frame_peer.h"

namespace quadrille::program {

std::span<const FramePeerEntry> frame_peers() {
  static const std::array entries = {
      channel_peer(),    simulation_peer(),    mutex_peer(),    shared_mutex_peer(),
      shared_ptr_peer(), triple_buffer_peer(), hazard_peer(),   seqlock_peer(),
      left_right_peer(), rcu_peer(),           rcu_sync_peer(),
  };
  return entries;
}

const FramePeerEntry* find_frame_peer(std::string_view name) {
  const auto entries = frame_peers();
  const auto found = std::ranges::find_if(
      entries, [&](const FramePeerEntry& entry) { return entry.traits.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace quadrille::program
