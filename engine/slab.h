// The bytes of a slab image: a header slab, then the slabs that it names, all by offset from the
// header's first byte. An image is valid wherever it lies: in a region, a file, a mapping, shared
// memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

enum class SlabKind : std::uint32_t { kGraph = 1, kQuadtree = 2 };

// Where one array of the image lies; length 0: the image has no such array.
struct SlabRange {
  std::uint64_t offset;  // bytes from the first byte of the header slab; a multiple of 64
  std::uint64_t length;  // bytes
};

enum SlabName : std::uint32_t {  // index into HeaderSlab::slabs
  kSlabBlockTable = 0,           // NodeBlock[]
  kSlabNodes = 1,                // NodeRecord[] or Quadrant[]
  kSlabEdges = 2,                // NodeID[], targets
  kSlabWeights = 3,              // Weight[] at the edge's index
  kSlabInBlockTable = 4,         // the transpose of a directed graph: the same four
  kSlabInNodes = 5,
  kSlabInEdges = 6,
  kSlabInWeights = 7,
  kSlabX = 8,  // float[] coordinates, where the input has them
  kSlabY = 9,
  kSlabUserIds = 10,      // NodeID[]: user id of an internal id; absent: the same
  kSlabInternalIds = 11,  // NodeID[]: internal id of a user id
  kSlabOrder = 12,        // BodyID[]: the body at a place of the Morton order
  kSlabExactX = 13,       // double[]: the input's coordinates, where floats do not hold them
  kSlabExactY = 14,
  kSlabNameNumbers = 15,  // std::uint64_t[]: the user's names of nodes by user id; absent: the same
  kSlabNameOffsets = 16,  // std::uint64_t[]: or texts, where they begin, and the end of the last
  kSlabNameBytes = 17,    // char[]
  kNumSlabs = 18,
};

// 512 bytes, 64-byte aligned. Unused bytes are zero: images are hashed and written to disk.
struct HeaderSlab {
  std::uint64_t magic;   // kSlabMagic
  std::uint32_t format;  // kSlabFormat
  SlabKind kind;
  std::uint64_t image_bytes;  // all of it, header included
  std::uint64_t version;      // topology version
  std::int64_t num_nodes;     // quadtree: quadrants
  std::int64_t num_edges;  // graph: edges after cleaning, an undirected one once; quadtree: bodies
  std::int64_t num_arcs;   // graph: entries of the edge slab; quadtree: leaves
  std::uint32_t flags;     // graph: kGraphDirected | kGraphWeighted | kGraphRealWeights
  std::int32_t root;
  std::int32_t depth;
  std::uint32_t reserved0;
  double bounds[4];  // min x, min y, max x, max y
  SlabRange slabs[kNumSlabs];
  std::uint8_t reserved1[512 - 104 - 16 * kNumSlabs];
};
static_assert(sizeof(HeaderSlab) == 512 && std::is_trivially_copyable_v<HeaderSlab>);

// "QADRILLE" read as little-endian bytes.
inline constexpr std::uint64_t kSlabMagic = 0x454c4c4952444151ULL;
inline constexpr std::uint32_t kSlabFormat = 1;
inline constexpr std::uint32_t kGraphDirected = 1, kGraphWeighted = 2, kGraphRealWeights = 4;

inline const HeaderSlab& header_of(const std::byte* image) {
  return *reinterpret_cast<const HeaderSlab*>(image);
}

// First element of an array of the image; null where it has none.
template <class T>
const T* slab_of(const std::byte* image, std::uint32_t name) {
  const SlabRange& range = header_of(image).slabs[name];
  return range.length == 0
             ? nullptr
             : reinterpret_cast<const T*>(image + static_cast<std::size_t>(range.offset));
}

// A header without slabs: they are appended, each on a 64-byte boundary behind the last one.
HeaderSlab plan_header(SlabKind kind);
void append_slab(HeaderSlab& header, SlabName name, std::int64_t count, std::size_t element_bytes);

// An image holds only what it names: it is hashed as a whole, and nothing may hide between slabs.
void clear_padding(std::byte* image, const HeaderSlab& header);
bool has_clear_padding(const std::byte* image, const HeaderSlab& header);

// Whether untrusted bytes stand on a 64-byte boundary and begin with a header of that kind whose
// image they are. Counts and slabs are not looked at. kInvalidInput, kUnsupported: another format.
Status check_image(std::span<const std::byte> image, SlabKind kind);

}  // namespace quadrille
