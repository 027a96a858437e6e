// change_graph: arcs of a graph as the edges of another one, which may leave some of its nodes out.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <iterator>
#include <new>
#include <utility>
#include <vector>

#include <quadrille/arena.h>
#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>

#include "engine/memory_budget.h"
#include "kernels/components.h"
#include "kernels/dispatch.h"

namespace quadrille {
namespace {

std::size_t place_of(std::int64_t i) { return static_cast<std::size_t>(i); }

// What the nodes of a graph become in another one: `node` by internal id is the user id there, -1
// where it is left out; `kept` the user id here by the one there.
struct NodeChoice {
  std::vector<NodeID> node;
  std::vector<NodeID> kept;

  // Of the new user ids: that in which the nodes stand already.
  std::vector<NodeID> order() const {
    std::vector<NodeID> order;
    order.reserve(kept.size());
    std::ranges::copy_if(node, std::back_inserter(order), [](NodeID user) { return user >= 0; });
    return order;
  }
};

// Each arc once, by user ids of the new graph.
class ArcSource final : public EdgeSource {
 public:
  ArcSource(const GraphView& graph, const NodeChoice& choice) : graph_(graph), choice_(choice) {}
  std::int64_t num_chunks() const override {
    return (std::int64_t{graph_.num_nodes()} + kNodeBlockSize - 1) >> kNodeBlockShift;
  }
  Status read(std::int64_t chunk, EdgeSink& sink) override {
    const std::int64_t begin = chunk << kNodeBlockShift;
    const std::int64_t end = std::min<std::int64_t>(begin + kNodeBlockSize, graph_.num_nodes());
    std::array<Edge, 1024> batch;
    std::size_t filled = 0;
    for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
      const NodeID source = choice_.node[place_of(u)];
      if (source < 0) continue;
      const std::span<const NodeID> targets = graph_.out_neigh(u);
      const std::span<const Weight> weights = graph_.out_weights(u);
      for (std::size_t i = 0; i < targets.size(); ++i) {
        // A component's arcs stay inside.
        batch[filled++] = {source, choice_.node[place_of(targets[i])],
                           weights.empty() ? 1 : weights[i]};
        if (filled < batch.size()) continue;
        QUADRILLE_RETURN_IF_ERROR(sink.take(batch));
        filled = 0;
      }
    }
    return sink.take(std::span<const Edge>(batch).first(filled));
  }

 private:
  const GraphView& graph_;
  const NodeChoice& choice_;
};

Result<std::vector<NodeID>> find_components(const GraphView& graph, Parallel& parallel,
                                            MemoryBudget* budget) {
  const auto nodes = place_of(graph.num_nodes());
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  QUADRILLE_ASSIGN_OR_RETURN(Arena scratch,
                             Arena::create({.capacity_bytes = 64 * nodes + (std::size_t{16} << 20),
                                            .name = {"largest component"},
                                            .budget = budget,
                                            .hook = {}}));
  std::vector<NodeID> label(nodes);
  std::vector<std::uint64_t> active((nodes + 63) / 64);
  QUADRILLE_RETURN_IF_ERROR(
      run_components(graph, {.label = label, .active = active}, parallel, *kernels, scratch));
  return label;
}

// A component's label is its lowest user id.
NodeID find_largest(const std::vector<NodeID>& label, std::int64_t& num_components) {
  std::vector<NodeID> size(label.size(), 0);
  for (const NodeID name : label) ++size[place_of(name)];
  num_components = std::ssize(size) - std::ranges::count(size, 0);
  return static_cast<NodeID>(std::ranges::max_element(size) - size.begin());
}

NodeChoice choose(const GraphView& graph, const std::vector<NodeID>& label, NodeID chosen) {
  NodeChoice choice;
  choice.node.assign(place_of(graph.num_nodes()), -1);
  for (NodeID user = 0; user < graph.num_nodes(); ++user) {
    const NodeID v = graph.internal_id(user);
    if (!label.empty() && label[place_of(v)] != chosen) continue;
    choice.node[place_of(v)] = static_cast<NodeID>(choice.kept.size());
    choice.kept.push_back(user);
  }
  return choice;
}

// Names of the nodes that are kept. Where all are, or only the last ones go, they are called as
// before.
class KeptNames {
 public:
  KeptNames(const GraphView& graph, const std::vector<NodeID>& kept) {
    const NodeNames& names = graph.names();
    const bool is_front = kept.empty() || kept.back() + 1 == std::ssize(kept);
    if (names.empty() && is_front) return;
    words_.reserve(kept.size() + 1);
    bytes_.reserve(names.bytes().size());
    if (names.are_texts()) words_.push_back(0);
    for (const NodeID user : kept) {
      if (names.are_texts()) {
        bytes_ += names.text(user);
        words_.push_back(bytes_.size());
      } else {
        words_.push_back(names.empty() ? static_cast<std::uint64_t>(user) : names.number(user));
      }
    }
    names_ = names.are_texts() ? NodeNames(words_, bytes_) : NodeNames(words_);
  }
  KeptNames(const KeptNames&) = delete;
  KeptNames& operator=(const KeptNames&) = delete;
  const NodeNames& names() const { return names_; }

 private:
  std::vector<std::uint64_t> words_;
  std::string bytes_;
  NodeNames names_;
};

std::vector<float> pick(std::span<const float> values, const GraphView& graph,
                        const std::vector<NodeID>& kept) {
  std::vector<float> picked;
  if (values.empty()) return picked;
  picked.reserve(kept.size());
  for (const NodeID user : kept) picked.push_back(values[place_of(graph.internal_id(user))]);
  return picked;
}

// Internal ids are as that order says, or as whoever built the graph wanted them.
bool keeps_order(const GraphView& graph, NodeOrder order) {
  return order == NodeOrder::kFile || (order == NodeOrder::kMorton && !graph.has_coordinates());
}

// How many arcs of a directed graph come back to u from a lower id.
std::int64_t count_returned(const GraphView& graph, NodeID u) {
  std::int64_t count = 0;
  const std::span<const NodeID> in = graph.in_neigh(u);
  auto back = in.begin();
  for (const NodeID v : graph.out_neigh(u)) {
    if (v >= u) break;
    back = std::find_if(back, in.end(), [v](NodeID w) { return w >= v; });
    count += back != in.end() && *back == v;
  }
  return count;
}

struct Rebuild {
  const GraphView& graph;
  const GraphChanges& changes;
  NodeOrder order;
  Parallel& parallel;
  MemoryBudget* budget;
  BuildReport& report;

  Result<Graph> run(const NodeChoice& choice);
  bool symmetrizes() const { return graph.directed() && changes.symmetrize; }
  template <class Count>
  std::int64_t sum_of_dropped(const NodeChoice& choice, Count count) const;
  void add_to_report(const BuildReport& done, const NodeChoice& choice) const;
};

Result<Graph> Rebuild::run(const NodeChoice& choice) {
  const KeptNames names(graph, choice.kept);
  const std::vector<float> x = pick(graph.x(), graph, choice.kept);
  const std::vector<float> y = pick(graph.y(), graph, choice.kept);
  BuildOptions options;
  const std::vector<NodeID> kept_order =
      graph.reordered() && keeps_order(graph, order) ? choice.order() : std::vector<NodeID>();
  options.directed = graph.directed() && !symmetrizes();
  options.weighted = graph.weighted();
  options.real_weights = graph.real_weights();
  options.both_arcs = !graph.directed();
  options.drop_self_loops = changes.drop_self_loops;
  options.num_nodes = std::ssize(choice.kept);
  options.x = x;
  options.y = y;
  options.names = names.names();
  options.order = kept_order.empty() ? order : NodeOrder::kFile;  // which it is then
  options.user_ids = kept_order;
  options.version = graph.version();
  ArcSource source(graph, choice);
  BuildReport done;
  Result<Graph> built = build_graph(source, options, parallel, budget, &done);
  if (built.is_ok()) add_to_report(done, choice);
  return built;
}

// Of count(u) over the nodes that are left out.
template <class Count>
std::int64_t Rebuild::sum_of_dropped(const NodeChoice& choice, Count count) const {
  std::atomic<std::int64_t> total{0};
  parallel.for_range(
      graph.num_nodes(), kNodeBlockSize, [&](std::int64_t begin, std::int64_t end, int) {
        std::int64_t sum = 0;
        for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
          if (choice.node[place_of(u)] < 0) sum += count(u);
        }
        total.fetch_add(sum, std::memory_order_relaxed);  // read after for_range() has ended
      });
  return total.load(std::memory_order_relaxed);
}

// As if loops had gone and arcs been merged before components did: so it is with lists.
void Rebuild::add_to_report(const BuildReport& done, const NodeChoice& choice) const {
  std::int64_t loops = 0, merged = 0;
  if (changes.drop_self_loops) {
    loops = sum_of_dropped(choice, [&](NodeID u) {
      return std::ranges::binary_search(graph.out_neigh(u), u) ? 1 : 0;
    });
  }
  if (symmetrizes())
    merged = sum_of_dropped(choice, [&](NodeID u) { return count_returned(graph, u); });
  report.dropped_nodes += graph.num_nodes() - std::ssize(choice.kept);
  report.dropped_edges += graph.num_edges() - done.edges_in_input - loops - merged;
  report.dropped_loops += done.dropped_loops + loops;
  report.duplicate_edges += done.duplicate_edges + merged;
  report.isolated_nodes = done.isolated_nodes;
  report.max_out_degree = done.max_out_degree;
  report.placement = done.placement;
  if (symmetrizes()) report.arcs_symmetrized += graph.num_edges();
}

// Internal ids by user id already, as far as that order says.
bool is_in_order(const GraphView& graph, NodeOrder order) {
  return keeps_order(graph, order) || order == NodeOrder::kPlaced;
}

// About what is held of each node meanwhile beside the graphs.
constexpr std::size_t kComponentBytes = 8;  // label and size
constexpr std::size_t kRebuildBytes = 32;   // what it becomes, its order, coordinates and name

Result<Graph> change(Graph given, const GraphChanges& changes, NodeOrder order, Parallel& parallel,
                     MemoryBudget* budget, BuildReport& report) {
  const GraphView& graph = given.view();
  BufferCharge buffers(budget, {"change of a graph"});
  std::vector<NodeID> label;
  NodeID chosen = 0;
  if (changes.largest_component && graph.num_nodes() > 0) {
    QUADRILLE_RETURN_IF_ERROR(buffers.add(kComponentBytes * place_of(graph.num_nodes())));
    QUADRILLE_ASSIGN_OR_RETURN(label, find_components(graph, parallel, budget));
    chosen = find_largest(label, report.components);
  }
  const bool is_rebuilt = (changes.symmetrize && graph.directed()) ||
                          (changes.drop_self_loops && report.self_loops > report.dropped_loops) ||
                          report.components > 1 || !is_in_order(graph, order);
  if (is_rebuilt) {
    QUADRILLE_RETURN_IF_ERROR(
        buffers.add(kRebuildBytes * place_of(graph.num_nodes()) + graph.names().bytes().size()));
    Rebuild rebuild{graph, changes, order, parallel, budget, report};
    return rebuild.run(choose(graph, label, chosen));
  }
  if (order == NodeOrder::kPlaced) return place_graph(given, parallel, budget, &report.placement);
  return given;
}

}  // namespace

Result<Graph> change_graph(Graph graph, const GraphChanges& changes, NodeOrder order,
                           Parallel& parallel, MemoryBudget* budget, BuildReport& report) {
  try {
    return change(std::move(graph), changes, order, parallel, budget, report);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory to change the graph");
  }
}

}  // namespace quadrille
