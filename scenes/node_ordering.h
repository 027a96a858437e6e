// NodeOrdering: which user id stands at which internal one, and back.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <quadrille/types.h>

namespace quadrille {

class NodeOrdering {
 public:
  NodeOrdering() = default;  // ids are the same inside and outside
  // order[v]: the user id at internal id v.
  explicit NodeOrdering(std::vector<NodeID> order)
      : user_(std::move(order)), internal_(user_.size()) {
    for (std::size_t v = 0; v < user_.size(); ++v)
      internal_[static_cast<std::size_t>(user_[v])] = static_cast<NodeID>(v);
  }

  bool is_reordered() const { return !user_.empty(); }
  const std::vector<NodeID>& user() const { return user_; }
  // By user id; null: the same.
  const NodeID* internal() const { return is_reordered() ? internal_.data() : nullptr; }

 private:
  std::vector<NodeID> user_, internal_;
};

}  // namespace quadrille
