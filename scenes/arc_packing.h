// ArcPacking: an arc on its way into the lists of a graph, in as few bytes as its bucket leaves
// open.
//
// A bucket is a range of nodes, a quarter of a node block or less, so an arc in it is a node's
// place in the bucket (`local`) and a target: a number that sorts as the pair does. It fills 32
// bits up to 16 million nodes and 48 above.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <quadrille/graph.h>
#include <quadrille/types.h>

namespace quadrille {

// What a place in a bucket holds, and as what it is sorted.
struct NarrowWord {
  using Number = std::uint32_t;
  static constexpr std::size_t kBytes = 4;
};
struct WideWord {
  using Number = std::uint64_t;
  static constexpr std::size_t kBytes = 6;
};

template <class Word>
typename Word::Number load_word(const std::byte* words, EdgeOffset index) {
  typename Word::Number number = 0;
  const std::byte* const at = words + static_cast<std::size_t>(index) * Word::kBytes;
  if constexpr (Word::kBytes == sizeof number) {
    std::memcpy(&number, at, Word::kBytes);
  } else {
    std::uint32_t low = 0;
    std::uint16_t high = 0;
    std::memcpy(&low, at, sizeof low);
    std::memcpy(&high, at + sizeof low, sizeof high);
    number = std::uint64_t{high} << 32 | low;
  }
  return number;
}

template <class Word>
void store_word(std::byte* words, EdgeOffset index, typename Word::Number number) {
  std::byte* const at = words + static_cast<std::size_t>(index) * Word::kBytes;
  if constexpr (Word::kBytes == sizeof number) {
    std::memcpy(at, &number, Word::kBytes);
  } else {
    const auto low = static_cast<std::uint32_t>(number);
    const auto high = static_cast<std::uint16_t>(number >> 32);
    std::memcpy(at, &low, sizeof low);
    std::memcpy(at + sizeof low, &high, sizeof high);
  }
}

// An arc while it is sorted.
template <class Number, bool kWeighted>
struct PackedArc {
  Number packed;
  PackedArc() = default;
  PackedArc(Number number, Weight) : packed(number) {}
  Weight weight() const { return 1; }
};
template <class Number>
struct PackedArc<Number, true> {
  Number packed;
  Weight w;
  Weight weight() const { return w; }
};

struct ArcPacking {
  std::int64_t num_nodes = 0;
  int target_bits = 1;
  int local_bits = kMostLocalBits;
  bool wide = false;

  // A sort in the cache wants small buckets, scattering wants few of them.
  static constexpr int kMostLocalBits = 10, kLeastLocalBits = 8;
  static_assert(kMostLocalBits <= kNodeBlockShift);

  explicit ArcPacking(std::int64_t nodes) : num_nodes(nodes) {
    const auto largest_id = static_cast<std::uint32_t>(std::max<std::int64_t>(nodes - 1, 1));
    target_bits = static_cast<int>(std::bit_width(largest_id));
    wide = target_bits + kLeastLocalBits > 32;
    if (!wide) local_bits = std::min(kMostLocalBits, 32 - target_bits);
  }

  std::size_t word_bytes() const { return wide ? WideWord::kBytes : NarrowWord::kBytes; }
  int bits() const { return local_bits + target_bits; }
  std::int64_t num_buckets() const {
    return (num_nodes + (std::int64_t{1} << local_bits) - 1) >> local_bits;
  }
  std::size_t bucket_of(NodeID u) const { return static_cast<std::size_t>(u >> local_bits); }

  template <class Number>
  Number pack(NodeID u, NodeID v) const {
    const Number local = static_cast<Number>(u) & ((Number{1} << local_bits) - 1);
    return local << target_bits | static_cast<Number>(v);
  }
  template <class Number>
  NodeID target(Number packed) const {
    return static_cast<NodeID>(packed & ((Number{1} << target_bits) - 1));
  }
  template <class Number>
  std::int64_t local(Number packed) const {
    return static_cast<std::int64_t>(packed >> target_bits);
  }
};

}  // namespace quadrille
