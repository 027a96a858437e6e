// Answers that are repaired after each batch of edits equal those of a run from scratch.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/topology.h"
#include "kernels/bfs_repair.h"
#include "kernels/components.h"
#include "kernels/components_repair.h"
#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::best_machine;
using testing::Machine;
using testing::NamedGraph;

constexpr NodeID kAdded = 70;  // nodes

Arena make_arena() { return Arena::create({.capacity_bytes = std::size_t{1} << 30}).value(); }

// Half of them delete an edge that is there, if there is one near.
std::vector<EdgeEdit> random_edits(const GraphView& graph, Random& random, int count) {
  std::vector<EdgeEdit> edits;
  const auto nodes = static_cast<std::uint32_t>(graph.num_nodes());
  for (int i = 0; nodes > 0 && i < count; ++i) {
    const auto u = static_cast<NodeID>(random.next_below(nodes));
    const auto near = graph.out_neigh(u);
    if (random.next_below(2) == 0 && !near.empty()) {
      const std::uint32_t which = random.next_below(static_cast<std::uint32_t>(near.size()));
      edits.push_back({u, near[which], 1, false});
    } else {
      edits.push_back({u, static_cast<NodeID>(random.next_below(nodes)), 1, i % 5 != 0});
    }
    if (i % 9 == 0) edits.push_back({edits.back().u, edits.back().v, 1, i % 2 == 0});
  }
  return edits;
}

// A graph that changes, and what is kept of it.
struct Repaired {
  Repaired(const GraphView& graph, Machine& machine_used)
      : machine(machine_used),
        store(TopologyStore::create(graph, machine.parallel,
                                    {.most_nodes = graph.num_nodes() + kAdded})
                  .value()),
        most(graph.num_nodes() + kAdded), label(at(most), 77), distance(at(most), 77),
        parent(at(most), 77),
        components(ComponentsRepair::create(most, machine.parallel, machine.kernels,
                                            machine.scratch, rerun_components)
                       .value()),
        bfs(BfsRepair::create(most, machine.parallel, machine.kernels, machine.scratch, rerun_bfs)
                .value()) {
    EXPECT_TRUE(components.start(view(), label).is_ok());
    EXPECT_TRUE(bfs.start(view(), 0, columns()).is_ok());
  }

  GraphView view() const { return store->current().view(); }
  BfsColumns columns() { return {.distance = distance, .parent = parent, .active = {}}; }

  // Repairs after the edits, and looks whether what is said to have changed has.
  void apply(std::span<const EdgeEdit> edits) {
    ASSERT_TRUE(store->edit(edits).is_ok());
    const auto label_before = label;
    const auto distance_before = distance;
    const auto parent_before = parent;
    ASSERT_TRUE(components.repair(view(), edits, label).is_ok());
    ASSERT_TRUE(bfs.repair(view(), edits, columns()).is_ok());
    std::vector<NodeID> relabelled, moved;
    for (NodeID v = 0; v < most; ++v) {
      if (label[at(v)] != label_before[at(v)]) relabelled.push_back(v);
      if (distance[at(v)] != distance_before[at(v)] || parent[at(v)] != parent_before[at(v)]) {
        moved.push_back(v);
      }
    }
    EXPECT_EQ(sorted(components.changed()), relabelled);
    EXPECT_EQ(sorted(bfs.changed()), moved);
  }

  void expect_as_from_scratch() {
    Arena scratch = make_arena();
    const GraphView graph = view();
    const NodeID nodes = graph.num_nodes();
    testing::LabelColumns<ComponentsColumns> labels(nodes);
    ASSERT_TRUE(
        run_components(graph, labels.spans(), machine.parallel, machine.kernels, scratch).is_ok());
    testing::PathColumns<BfsColumns, Distance> paths(nodes);
    ASSERT_TRUE(
        run_bfs(graph, graph.user_id(0), paths.spans(), machine.parallel, machine.kernels, scratch)
            .is_ok());
    for (NodeID v = nodes; v < most; ++v) {
      labels.label.push_back(v);
      paths.distance.push_back(kDistInf);
      paths.parent.push_back(kNoParent);
    }
    ASSERT_EQ(label, labels.label);
    ASSERT_EQ(distance, paths.distance);
    ASSERT_EQ(parent, paths.parent);
  }

  static std::vector<NodeID> sorted(std::span<const NodeID> nodes) {
    std::vector<NodeID> copy(nodes.begin(), nodes.end());
    std::ranges::sort(copy);
    return copy;
  }

  Machine& machine;
  Arena rerun_components = make_arena(), rerun_bfs = make_arena();
  std::unique_ptr<TopologyStore> store;
  NodeID most;
  std::vector<NodeID> label;
  std::vector<Distance> distance;
  std::vector<NodeID> parent;
  ComponentsRepair components;
  BfsRepair bfs;
};

TEST(Repair, GivesWhatARunFromScratchGivesOnGraphsOfEveryShape) {
  for (const NamedGraph& named : testing::wave_graphs()) {
    if (named.graph.view().num_nodes() == 0) continue;
    SCOPED_TRACE(named.name);
    Machine machine = best_machine(2);
    Repaired graph(named.graph.view(), machine);
    Random random(11);
    for (int round = 0; round < 12; ++round) {
      SCOPED_TRACE(round);
      if (round == 5) {
        ASSERT_TRUE(graph.store->add_nodes(kAdded).is_ok());
      }
      graph.apply(random_edits(graph.view(), random, 1 << (round % 8)));
      graph.expect_as_from_scratch();
      if (::testing::Test::HasFatalFailure()) return;
    }
    EXPECT_EQ(graph.components.reruns(), 0);
    EXPECT_EQ(graph.bfs.reruns(), 0);
  }
}

// All edges of a path, a star and a tree go, one or several at a time, and come again.
TEST(Repair, TreesThatFallApartAndGrowTogetherAreFollowed) {
  for (const int shape : {0, 1, 2}) {
    SCOPED_TRACE(shape);
    constexpr NodeID kNodes = 120;
    Random random(3);
    std::vector<NodeID> name(kNodes);
    for (NodeID v = 0; v < kNodes; ++v) name[at(v)] = v;
    for (NodeID v = kNodes - 1; v > 0; --v) {
      std::swap(name[at(v)], name[random.next_below(static_cast<std::uint32_t>(v + 1))]);
    }
    std::vector<Edge> edges;
    for (NodeID v = 1; v < kNodes; ++v) {
      const NodeID above = shape == 0 ? v - 1 : shape == 1 ? 0 : (v - 1) / 2;
      edges.push_back({name[at(above)], name[at(v)], 1});
    }
    const Graph built = build_graph(edges, {.num_nodes = kNodes}).value();
    Machine machine = best_machine(1);
    Repaired graph(built.view(), machine);
    for (const bool is_insert : {false, true}) {
      for (std::size_t i = 0; i < edges.size();) {
        std::vector<EdgeEdit> batch;
        for (std::uint32_t left = 1 + random.next_below(4); left > 0 && i < edges.size(); --left) {
          batch.push_back({edges[i].u, edges[i].v, 1, is_insert});
          ++i;
        }
        graph.apply(batch);
        graph.expect_as_from_scratch();
        if (::testing::Test::HasFatalFailure()) return;
      }
    }
    EXPECT_EQ(graph.components.reruns(), 0);
  }
}

TEST(Repair, ABatchThatChangesAlmostAllIsComputedAnew) {
  const Graph built =
      testing::random_graph({.nodes = 40000, .edges = 160000, .directed = false}, 5);
  Machine machine = best_machine(2);
  Repaired graph(built.view(), machine);
  std::vector<EdgeEdit> batch;
  for (NodeID u = 0; u < built.view().num_nodes(); ++u) {
    for (const NodeID v : built.view().out_neigh(u)) {
      if (u <= v && (u + v) % 4 != 0) batch.push_back({u, v, 1, false});
    }
  }
  graph.apply(batch);
  graph.expect_as_from_scratch();
  EXPECT_EQ(graph.bfs.reruns(), 1);
  std::ranges::for_each(batch, [](EdgeEdit& edit) { edit.is_insert = true; });
  graph.apply(batch);
  graph.expect_as_from_scratch();
}

}  // namespace
}  // namespace quadrille
