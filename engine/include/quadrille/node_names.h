// NodeNames: what a user calls the nodes of a graph, where that is not 0 .. n - 1: whole numbers of
// 64 bits, or texts.
//
// Names ascend, numbers by value and texts by their bytes, and no two are alike: the user id of a
// node is the rank of its name. A text is UTF-8 that can stand in an edge list: 1 to kMostNameBytes
// bytes without blanks, commas, semicolons, quotation marks and control characters, that does not
// begin as a comment does (# or %).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <quadrille/types.h>

namespace quadrille {

inline constexpr std::size_t kMostNameBytes = 1024;

// A look at names that lie elsewhere. Any number of threads may read.
class NodeNames {
 public:
  NodeNames() = default;  // none: users call nodes 0 .. n - 1
  explicit NodeNames(std::span<const std::uint64_t> numbers) : numbers_(numbers) {}
  // Name i is `bytes` from offsets[i] to offsets[i + 1]; there is one offset more than names.
  NodeNames(std::span<const std::uint64_t> offsets, std::string_view bytes)
      : offsets_(offsets), bytes_(bytes) {}

  bool empty() const { return numbers_.empty() && offsets_.empty(); }
  bool are_texts() const { return !offsets_.empty(); }
  NodeID size() const {
    return static_cast<NodeID>(are_texts() ? offsets_.size() - 1 : numbers_.size());
  }
  std::uint64_t number(NodeID user) const { return numbers_[static_cast<std::size_t>(user)]; }
  std::string_view text(NodeID user) const {
    const std::uint64_t* const at = offsets_.data() + user;
    return {bytes_.data() + static_cast<std::size_t>(at[0]),
            static_cast<std::size_t>(at[1] - at[0])};
  }
  // As one reads it; the user id itself where there are no names.
  std::string operator[](NodeID user) const;
  // The user id of a name, -1: no node has it. Of texts a text, of numbers one as it is written;
  // not to be asked where there are none.
  NodeID find(std::string_view name) const;

  std::span<const std::uint64_t> numbers() const { return numbers_; }
  std::span<const std::uint64_t> offsets() const { return offsets_; }
  std::string_view bytes() const { return bytes_; }

 private:
  std::span<const std::uint64_t> numbers_, offsets_;
  std::string_view bytes_;
};

// Digits alone, of at most 64 bits.
bool parse_node_number(std::string_view text, std::uint64_t& number);

}  // namespace quadrille
