#include "scenes/degree_order.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace quadrille {
namespace {

// Higher degrees share one counter, and are few.
constexpr std::uint32_t kMostCounted = 1 << 16;

}  // namespace

std::vector<NodeID> degree_order(std::span<const std::uint32_t> degrees) {
  const auto place_of = [](std::uint32_t degree) {  // falling
    return static_cast<std::size_t>(kMostCounted - std::min(degree, kMostCounted));
  };
  std::vector<NodeID> next(kMostCounted + 2, 0);
  for (const std::uint32_t degree : degrees) ++next[place_of(degree) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  const NodeID num_high = next[1];
  std::vector<NodeID> order(degrees.size());
  for (std::size_t id = 0; id < degrees.size(); ++id) {
    order[static_cast<std::size_t>(next[place_of(degrees[id])]++)] = static_cast<NodeID>(id);
  }
  std::sort(order.begin(), order.begin() + num_high, [&](NodeID a, NodeID b) {
    const std::uint32_t of_a = degrees[static_cast<std::size_t>(a)];
    const std::uint32_t of_b = degrees[static_cast<std::size_t>(b)];
    return of_a != of_b ? of_a > of_b : a < b;
  });
  return order;
}

}  // namespace quadrille
