// What the tests of the wave kernels share: random multigraphs of every shape, small enough for
// naive oracles; columns that hold what no kernel writes; and what a kernel is run on, every
// instruction set of this processor on several numbers of threads.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>

#include "engine/random.h"
#include "kernels/dispatch.h"
#include "kernels/node_sets.h"

namespace quadrille::testing {

struct NamedGraph {
  std::string name;
  Graph graph;
};

struct GraphShape {
  NodeID nodes;
  std::int64_t edges;
  bool directed = false, weighted = false;
  Weight max_weight = 0;   // 0 is a weight as well
  bool hubs = false;       // one end of each edge is among the first few nodes
  bool reordered = false;  // internal ids differ from the user's
};

inline Graph random_graph(const GraphShape& shape, std::uint64_t seed) {
  Random random(seed);
  const auto nodes = static_cast<std::uint32_t>(shape.nodes);
  std::vector<Edge> edges;
  for (std::int64_t i = 0; i < shape.edges; ++i) {
    const auto u = static_cast<NodeID>(
        random.next_below(shape.hubs && i % 3 != 0 ? (nodes + 15) / 16 : nodes));
    const auto v = static_cast<NodeID>(random.next_below(nodes));
    const auto w =
        static_cast<Weight>(random.next_below(static_cast<std::uint32_t>(shape.max_weight) + 1));
    edges.push_back({u, v, w});
    if (i % 7 == 0) edges.push_back({u, v, w / 2});  // a duplicate, lighter
    if (i % 11 == 0) edges.push_back({v, v, w});     // a loop
  }
  std::vector<float> x, y;
  BuildOptions options{
      .directed = shape.directed, .weighted = shape.weighted, .num_nodes = shape.nodes};
  if (shape.reordered) {
    for (NodeID v = 0; v < shape.nodes; ++v) {
      x.push_back(static_cast<float>(random.next_unit()));
      y.push_back(static_cast<float>(random.next_unit()));
    }
    options.x = x;
    options.y = y;
    options.order = NodeOrder::kMorton;
  }
  return build_graph(edges, options).value();
}

// A path, or a comb: long chains make many steps.
inline Graph chain_graph(NodeID nodes, Weight weight, bool directed) {
  std::vector<Edge> edges;
  for (NodeID v = 0; v + 1 < nodes; ++v) edges.push_back({v, v + 1, weight});
  return build_graph(edges, {.directed = directed, .weighted = true, .num_nodes = nodes}).value();
}

// Small graphs of all shapes; those with weights have zeros among them.
inline std::vector<NamedGraph> wave_graphs() {
  std::vector<NamedGraph> graphs;
  const auto add = [&](std::string name, const GraphShape& shape) {
    graphs.push_back({name, random_graph(shape, graphs.size() + 1)});
  };
  add("empty", {.nodes = 0, .edges = 0});
  add("single", {.nodes = 1, .edges = 0});
  add("single with a loop", {.nodes = 1, .edges = 1});
  add("isolated", {.nodes = 70, .edges = 0});
  add("sparse", {.nodes = 300, .edges = 250});
  add("sparse, directed", {.nodes = 300, .edges = 400, .directed = true});
  add("dense", {.nodes = 130, .edges = 3000});
  add("dense, directed", {.nodes = 129, .edges = 3000, .directed = true});
  add("hubs", {.nodes = 5000, .edges = 30000, .hubs = true});
  add("hubs, directed", {.nodes = 5000, .edges = 30000, .directed = true, .hubs = true});
  add("reordered", {.nodes = 700, .edges = 1500, .reordered = true});
  add("reordered, directed", {.nodes = 700, .edges = 1500, .directed = true, .reordered = true});
  add("weighted", {.nodes = 2000, .edges = 6000, .weighted = true, .max_weight = 255});
  add("weighted, directed",
      {.nodes = 2000, .edges = 9000, .directed = true, .weighted = true, .max_weight = 1000});
  add("many zero weights", {.nodes = 1500, .edges = 5000, .weighted = true, .max_weight = 2});
  add("only zero weights",
      {.nodes = 800, .edges = 2000, .directed = true, .weighted = true, .max_weight = 0});
  add("large weights", {.nodes = 900, .edges = 3000, .weighted = true, .max_weight = 0x7ffffffe});
  add("blocks", {.nodes = 20000, .edges = 60000, .weighted = true, .max_weight = 100});
  graphs.push_back({"chain", chain_graph(3000, 3, false)});
  graphs.push_back({"chain, directed", chain_graph(3000, 0x7fffffff, true)});
  return graphs;
}

inline std::unique_ptr<Parallel> make_parallel(int threads) {
  return Parallel::create({.backend = TaskBackend::kThreads, .num_threads = threads}).value();
}

// Threads, memory and bodies for one kernel.
struct Machine {
  explicit Machine(int threads, const KernelTable& table = *all_kernel_tables()[0])
      : kernels(table), owned(make_parallel(threads)), parallel(*owned),
        scratch(Arena::create({.capacity_bytes = std::size_t{1} << 30}).value()) {}

  template <class Kernel, class... Options>
  Kernel make(const GraphView& graph, Options... options) {
    return Kernel::create(graph, options..., parallel, kernels, scratch).value();
  }

  // run_bfs and its like.
  template <class Function, class... Arguments>
  Status run(Function* function, Arguments... arguments) {
    return function(arguments..., parallel, kernels, scratch);
  }

  const KernelTable& kernels;
  std::unique_ptr<Parallel> owned;
  Parallel& parallel;
  Arena scratch;
};

// With the bodies that users get.
inline Machine best_machine(int threads) {
  return Machine(threads, *choose_kernel_table("").value());
}

// Calls run(machine) for each instruction set of this processor on each number of threads.
template <class Run>
void for_each_machine(Run run) {
  for (const KernelTable* kernels : all_kernel_tables()) {
    if (!processor_supports(*kernels)) continue;
    for (const int threads : {1, 2, 3, 8}) {
      SCOPED_TRACE(std::string(kernels->name) + ", threads " + std::to_string(threads));
      Machine machine(threads, *kernels);
      run(machine);
    }
  }
}

template <class T>
std::size_t at(T v) {
  return static_cast<std::size_t>(v);
}

// Of kernels that go out from one node; `Spans` are the kernel's own.
template <class Spans, class Distance>
struct PathColumns {
  explicit PathColumns(NodeID nodes)
      : distance(at(nodes), 77), parent(at(nodes), 77), active(at(bit_words(nodes)), 77) {}
  Spans spans() { return {distance, parent, active}; }
  bool is_active(NodeID v) const { return (active[at(v >> 6)] & bit_of(v)) != 0; }
  friend bool operator==(const PathColumns&, const PathColumns&) = default;
  std::vector<Distance> distance;
  std::vector<NodeID> parent;
  std::vector<std::uint64_t> active;
};

// Of kernels that label every node.
template <class Spans>
struct LabelColumns {
  explicit LabelColumns(NodeID nodes) : label(at(nodes), 77), active(at(bit_words(nodes)), 77) {}
  Spans spans() { return {label, active}; }
  bool is_active(NodeID v) const { return (active[at(v >> 6)] & bit_of(v)) != 0; }
  friend bool operator==(const LabelColumns&, const LabelColumns&) = default;
  std::vector<NodeID> label;
  std::vector<std::uint64_t> active;
};

// The rest of the steps; returns how many.
template <class Kernel, class Columns>
std::int64_t run_to_end(Kernel& kernel, Columns& columns) {
  std::int64_t steps = 0;
  for (; !kernel.finished(); ++steps) kernel.step(columns.spans());
  return steps;
}

}  // namespace quadrille::testing
