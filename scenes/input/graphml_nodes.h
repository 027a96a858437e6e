// GraphMlNodes: the nodes of a GraphML file as it calls them, numbered in its order or, where they
// keep their names, in the order of these.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <quadrille/input.h>
#include <quadrille/node_names.h>
#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/memory_budget.h"

namespace quadrille {

class GraphMlNodes {
 public:
  GraphMlNodes(NodeIds ids, MemoryBudget* budget)
      : ids_(ids), charge_(budget, {"names of nodes"}) {}

  // The next one of the file. kInvalidInput: why it is none, for who knows the line;
  // kBudgetExceeded.
  Status add(std::string_view id);
  // Of the node that was added last.
  void set_x(float x) { x_.back() = x; }
  void set_y(float y) { y_.back() = y; }

  // Once, when all are added: what find(), names(), x() and y() say holds from then on.
  void number();
  // The user id; -1: no node is called so. Any thread.
  NodeID find(const std::string& id) const;
  std::int64_t size() const { return std::ssize(in_order_); }
  NodeNames names() const;  // none where they are dense
  std::span<const float> x() const { return has_coordinates() ? x_ : std::span<const float>(); }
  std::span<const float> y() const { return has_coordinates() ? y_ : std::span<const float>(); }

 private:
  bool has_coordinates() const;  // each of them
  bool read_numbers(std::vector<std::uint64_t>& numbers) const;
  std::vector<NodeID> sort_by_numbers(const std::vector<std::uint64_t>& numbers);
  std::vector<NodeID> sort_by_texts();

  NodeIds ids_;
  BufferCharge charge_;
  std::unordered_map<std::string, NodeID> index_;  // in the file's order; looked up, never walked
  std::vector<std::string_view> in_order_;         // its keys
  std::vector<float> x_, y_;                       // NaN where a node has none
  std::vector<NodeID> rank_;                       // by index; none: the same
  std::vector<std::uint64_t> words_;               // numbers, or where texts begin in bytes_
  std::string bytes_;
  bool are_texts_ = false;
};

}  // namespace quadrille
