#include "scenes/input/graphml_nodes.h"

#include <algorithm>
#include <numeric>

#include "engine/node_names.h"
#include "scenes/input/fields.h"
#include "scenes/input/text.h"

namespace quadrille {
namespace {

// About what a node takes beside its text: a place in the table, a look at it, coordinates, a rank.
constexpr std::size_t kNodeBytes = 128;

std::size_t index_of(NodeID node) { return static_cast<std::size_t>(node); }

// `n5`, as numbers are written since XML has no id that is one, or `5`. No two texts are the same
// number with either.
bool read_number(std::string_view id, std::uint64_t& number) {
  const std::string_view digits = id.substr(id.starts_with('n') ? 1 : 0);
  return parse_node_number(digits, number) && (digits == "0" || !digits.starts_with('0'));
}

void move_to_ranks(const std::vector<NodeID>& rank, std::vector<float>& values) {
  std::vector<float> moved(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) moved[index_of(rank[i])] = values[i];
  values = std::move(moved);
}

}  // namespace

Status GraphMlNodes::add(std::string_view id) {
  const auto fault = [&](const std::string& what) {
    return Status(StatusCode::kInvalidInput, what);
  };
  if (size() >= kMostNodes) return fault("too many nodes");
  const char* const wrong = ids_ == NodeIds::kDense ? nullptr : find_name_fault(id);
  if (wrong != nullptr) return fault("node " + in_quotes(id) + " " + wrong);
  QUADRILLE_RETURN_IF_ERROR(charge_.add(kNodeBytes + 2 * id.size()));
  const auto [place, is_new] = index_.emplace(id, static_cast<NodeID>(size()));
  if (!is_new) return fault("a second node " + in_quotes(id));
  in_order_.push_back(place->first);
  x_.push_back(NAN);
  y_.push_back(NAN);
  return Status::ok();
}

bool GraphMlNodes::has_coordinates() const {
  const auto is_there = [](float value) { return !std::isnan(value); };
  return std::ranges::all_of(x_, is_there) && std::ranges::all_of(y_, is_there);
}

// All of them or none.
bool GraphMlNodes::read_numbers(std::vector<std::uint64_t>& numbers) const {
  if (ids_ != NodeIds::kSparse) return false;
  for (const std::string_view id : in_order_) {
    if (!read_number(id, numbers.emplace_back())) return false;
  }
  std::vector<std::uint64_t> sorted = numbers;
  std::ranges::sort(sorted);
  return std::ranges::adjacent_find(sorted) == sorted.end();
}

std::vector<NodeID> GraphMlNodes::sort_by_numbers(const std::vector<std::uint64_t>& numbers) {
  std::vector<NodeID> order(in_order_.size());
  std::iota(order.begin(), order.end(), NodeID{0});
  const auto number = [&](NodeID node) { return numbers[index_of(node)]; };
  std::ranges::sort(order, {}, number);
  for (const NodeID node : order) words_.push_back(number(node));
  return order;
}

std::vector<NodeID> GraphMlNodes::sort_by_texts() {
  std::vector<NodeID> order(in_order_.size());
  std::iota(order.begin(), order.end(), NodeID{0});
  const auto text = [&](NodeID node) { return in_order_[index_of(node)]; };
  std::ranges::sort(order, {}, text);
  are_texts_ = true;
  words_.push_back(0);
  for (const NodeID node : order) {
    bytes_ += text(node);
    words_.push_back(bytes_.size());
  }
  return order;
}

void GraphMlNodes::number() {
  if (ids_ == NodeIds::kDense || in_order_.empty()) return;
  std::vector<std::uint64_t> numbers;
  const std::vector<NodeID> order =
      read_numbers(numbers) ? sort_by_numbers(numbers) : sort_by_texts();
  rank_.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank_[index_of(order[i])] = static_cast<NodeID>(i);
  move_to_ranks(rank_, x_);
  move_to_ranks(rank_, y_);
}

NodeID GraphMlNodes::find(const std::string& id) const {
  const auto found = index_.find(id);
  if (found == index_.end()) return -1;
  return rank_.empty() ? found->second : rank_[index_of(found->second)];
}

NodeNames GraphMlNodes::names() const {
  if (words_.empty()) return {};
  return are_texts_ ? NodeNames(words_, bytes_) : NodeNames(words_);
}

}  // namespace quadrille
