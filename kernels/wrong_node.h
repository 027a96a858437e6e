// What a verifier says of the first node whose answer is wrong.
#pragma once

#include <string>

#include <quadrille/graph.h>
#include <quadrille/status.h>

namespace quadrille {

inline Status wrong_node(const GraphView& graph, NodeID v, const std::string& what) {
  return {StatusCode::kInvalidInput, "node " + graph.name_of(v) + ": " + what};
}

}  // namespace quadrille
