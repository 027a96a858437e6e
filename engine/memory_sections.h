// How the engine's own pieces of memory are divided, for a MemoryLedger: a frame slot into its
// columns, a graph's image into its slabs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/frame_layout.h"
#include "engine/memory_ledger.h"

namespace quadrille {

// Of the slot that starts at `slot`, which must outlive the area.
std::vector<MemorySection> frame_sections(const FrameLayout& layout, const std::byte* slot);

// Of a verified image.
std::vector<MemorySection> graph_sections(std::span<const std::byte> image);

}  // namespace quadrille
