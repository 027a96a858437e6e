// The order of nodes by falling degree.
#pragma once

#include <span>
#include <vector>

#include <quadrille/types.h>

namespace quadrille {

// order[i] is the id that stands at place i; nodes of one degree go by id.
std::vector<NodeID> degree_order(std::span<const std::uint32_t> degrees);

}  // namespace quadrille
