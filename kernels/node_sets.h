// Sets of nodes as bits (bit i of word w is node 64 w + i) and as lists, and the way from one to
// the other.
#pragma once

#include <cstdint>
#include <span>

#include <quadrille/types.h>

#include <quadrille/parallel.h>

namespace quadrille {

inline std::int64_t bit_words(std::int64_t num_nodes) { return (num_nodes + 63) / 64; }
inline std::uint64_t bit_of(NodeID v) { return std::uint64_t{1} << (v & 63); }

void set_bits(std::span<const NodeID> nodes, std::span<std::uint64_t> bits, Parallel& parallel);
// Clears the whole words in which the nodes lie: enough where no other bits are set.
void clear_words_of(std::span<const NodeID> nodes, std::span<std::uint64_t> bits,
                    Parallel& parallel);
// Writes the nodes of a set in ascending order; `list` has room for them all. Returns how many.
std::int64_t list_bits(std::span<const std::uint64_t> bits, NodeID* list);

// A step that changes no more nodes than this names them one by one; one that changes more marks
// whole columns.
bool is_sparse(std::int64_t num_changed, std::int64_t num_nodes);

}  // namespace quadrille
