// MemoryMap: who owns which committed bytes of a simulation at one moment, by label. A copy, made
// by Simulation::memory_map() where SimulationOptions::track_memory is on; where it is off nothing
// is recorded and nothing costs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace quadrille {

// Says what an allocation is for. Holds a string literal: it must outlive what it names.
struct Label {
  const char* name = "unlabelled";
};

// What one label came to since the simulation was created.
struct LabelUsage {
  std::string label;  // "frame: distance", "scratch: free", "bfs queue"
  std::int64_t allocations = 0;
  std::int64_t allocated_bytes = 0;  // by these, as asked for
  std::int64_t time_ns = 0;          // in these: pages included, the clock's own cost not
  std::int64_t held_bytes = 0;       // now
  std::int64_t peak_bytes = 0;       // the most that was held at once
};

// 64 KiB (kBlockBytes) of an area; a section's last block and a small section's only one are less.
struct MemoryBlock {
  std::int32_t label = 0;  // index into MemoryMap::labels: what most of its labelled bytes are for
  // In a frame slot: the step that last wrote the block of the column (Frame::last_written_step).
  // In an arena: the step of its newest allocation. -1: nobody says.
  std::int64_t written_step = -1;
};

// kFixed: a region, an image, buffers of the heap: what it holds stays.
enum class MemoryAreaKind : std::uint8_t { kFixed, kArena, kFrameSlot };

// One piece of memory with an owner of its own.
struct MemoryArea {
  std::string name;  // "frame slot 0", "scratch", "graph"
  MemoryAreaKind kind = MemoryAreaKind::kFixed;
  std::int64_t bytes = 0;  // committed
  // Blocks are counted from the begin of each section (a column, a slab); an arena is one section.
  std::vector<MemoryBlock> blocks;
  std::vector<std::size_t> section_begin;  // its first block; as many as there are sections
  std::int64_t reset_step = -1;            // in which the arena was last emptied; -1: never
};

struct MemoryMap {
  std::int64_t step = 0;           // the last completed one
  std::int64_t bytes = 0;          // of all areas and of all labels: Simulation::memory_used()
  std::vector<LabelUsage> labels;  // in the order of their first use; they keep their places
  std::vector<MemoryArea> areas;   // in the order of their creation
};

}  // namespace quadrille
