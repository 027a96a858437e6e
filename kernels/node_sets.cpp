#include "kernels/node_sets.h"

#include <atomic>
#include <bit>

namespace quadrille {
namespace {

constexpr std::int64_t kMemberGrain = 8192;
constexpr std::int64_t kAlwaysSparse = 256;
constexpr std::int64_t kSparseShare =
    64;  // n/64 nodes in random places touch nearly all blocks of a column

}  // namespace

void set_bits(std::span<const NodeID> nodes, std::span<std::uint64_t> bits, Parallel& parallel) {
  const auto count = static_cast<std::int64_t>(nodes.size());
  const bool shared = parallel.num_workers() > 1 && count > kMemberGrain;
  parallel.for_range(count, kMemberGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      const NodeID v = nodes[static_cast<std::size_t>(i)];
      std::uint64_t& word = bits[static_cast<std::size_t>(v >> 6)];
      if (shared) {
        std::atomic_ref(word).fetch_or(bit_of(v), std::memory_order_relaxed);
      } else {
        word |= bit_of(v);
      }
    }
  });
}

void clear_words_of(std::span<const NodeID> nodes, std::span<std::uint64_t> bits,
                    Parallel& parallel) {
  const auto count = static_cast<std::int64_t>(nodes.size());
  parallel.for_range(count, kMemberGrain, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::uint64_t& word = bits[static_cast<std::size_t>(nodes[static_cast<std::size_t>(i)] >> 6)];
      std::atomic_ref(word).store(
          0, std::memory_order_relaxed);  // another worker may clear the same word
    }
  });
}

std::int64_t list_bits(std::span<const std::uint64_t> bits, NodeID* list) {
  NodeID* end = list;
  for (std::size_t w = 0; w < bits.size(); ++w) {
    for (std::uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
      *end++ = static_cast<NodeID>(w * 64) + std::countr_zero(rest);
    }
  }
  return end - list;
}

bool is_sparse(std::int64_t num_changed, std::int64_t num_nodes) {
  return num_changed <= kAlwaysSparse || num_changed <= num_nodes / kSparseShare;
}

}  // namespace quadrille
