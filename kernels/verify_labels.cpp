#include <algorithm>
#include <string>
#include <vector>

#include "engine/integers.h"
#include "kernels/both_directions.h"
#include "kernels/verify.h"
#include "kernels/wrong_node.h"

namespace quadrille {
namespace {

Status check_range(const GraphView& graph, std::span<const NodeID> label) {
  if (label.size() != at(graph.num_nodes())) {
    return {StatusCode::kInvalidArgument, "verify: the column has not one element for each node"};
  }
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (label[at(v)] < 0 || label[at(v)] >= graph.num_nodes()) {
      return wrong_node(graph, v, "its label " + std::to_string(label[at(v)]) + " is no node's id");
    }
  }
  return Status::ok();
}

// Floods the component of `seed`: component[v] = seed for each node in it. `stack` is spare memory.
void flood(const GraphView& graph, NodeID seed, std::vector<NodeID>& component,
           std::vector<NodeID>& stack) {
  component[at(seed)] = seed;
  stack.assign(1, seed);
  while (!stack.empty()) {
    const NodeID v = stack.back();
    stack.pop_back();
    for_both_directions(graph, v, [&](NodeID u) {
      if (component[at(u)] == seed) return;
      component[at(u)] = seed;
      stack.push_back(u);
    });
  }
}

// The most frequent of v's own label and its neighbours'; of equally frequent ones the smallest.
NodeID most_frequent(const GraphView& graph, std::span<const NodeID> label, NodeID v,
                     std::vector<NodeID>& seen) {
  seen.assign(1, label[at(v)]);
  for_both_directions(graph, v, [&](NodeID u) { seen.push_back(label[at(u)]); });
  std::sort(seen.begin(), seen.end());
  NodeID best = seen[0];
  std::ptrdiff_t most = 0;
  for (auto run = seen.begin(); run != seen.end();) {
    const auto end = std::upper_bound(run, seen.end(), *run);
    if (end - run > most) best = *run, most = end - run;
    run = end;
  }
  return best;
}

}  // namespace

Status verify_components(const GraphView& graph, std::span<const NodeID> label) {
  QUADRILLE_RETURN_IF_ERROR(check_range(graph, label));
  std::vector<NodeID> component(at(graph.num_nodes()), -1), stack;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (label[at(v)] != graph.user_id(v)) continue;
    if (component[at(v)] != -1) return wrong_node(graph, v, "its component has two labels");
    flood(graph, v, component, stack);
  }
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    const NodeID name = label[at(v)];
    if (name > graph.user_id(v)) {
      return wrong_node(graph, v, "its label " + graph.names()[name] + " is not the smallest id");
    }
    if (component[at(v)] != graph.internal_id(name)) {
      return wrong_node(graph, v, "its label " + graph.names()[name] + " is of another component");
    }
  }
  return Status::ok();
}

Status verify_labels(const GraphView& graph, std::span<const NodeID> label, bool settled) {
  QUADRILLE_RETURN_IF_ERROR(check_range(graph, label));
  std::vector<NodeID> component(at(graph.num_nodes()), -1), spare;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    if (component[at(v)] == -1) flood(graph, v, component, spare);
  }
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    const NodeID name = label[at(v)];
    if (component[at(v)] != component[at(graph.internal_id(name))]) {
      return wrong_node(graph, v, "its label " + graph.names()[name] + " is of another component");
    }
    if (!settled) continue;
    const NodeID best = most_frequent(graph, label, v, spare);
    if (best != name) {
      return wrong_node(graph, v,
                        "its label is " + graph.names()[name] + "; among its neighbours' " +
                            graph.names()[best] + " wins");
    }
  }
  return Status::ok();
}

}  // namespace quadrille
