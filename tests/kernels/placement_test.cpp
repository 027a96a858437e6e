#include "kernels/placement.h"

#include <algorithm>
#include <numeric>

#include "engine/memory_budget.h"
#include "kernels/block_packing.h"
#include "kernels/verify.h"
#include "tests/kernels/wave_graphs.h"

namespace quadrille {
namespace {

using testing::at;
using testing::best_machine;
using testing::Machine;
using testing::NamedGraph;
using testing::wave_graphs;

using Edges = std::vector<Edge>;

Placement place(const GraphView& graph, int threads = 2, bool use_coordinates = true) {
  Machine machine = best_machine(threads);
  return place_nodes(graph, {.use_coordinates = use_coordinates}, machine.parallel, machine.kernels)
      .value();
}

// Ids at random: nothing of the order in which edges were made is left.
Graph shuffled(Edges edges, NodeID nodes, const BuildOptions& options = {}) {
  std::vector<NodeID> name(at(nodes));
  std::iota(name.begin(), name.end(), 0);
  Random random(11);
  for (NodeID i = nodes - 1; i > 0; --i) {
    std::swap(name[at(i)], name[random.next_below(static_cast<std::uint32_t>(i + 1))]);
  }
  for (Edge& edge : edges) edge = {name[at(edge.u)], name[at(edge.v)], edge.w};
  BuildOptions all = options;
  all.num_nodes = nodes;
  return build_graph(edges, all).value();
}

Edges grid_edges(NodeID rows, NodeID columns) {
  Edges edges;
  for (NodeID v = 0; v < rows * columns; ++v) {
    if (v % columns != columns - 1) edges.push_back({v, v + 1, 1});
    if (v + columns < rows * columns) edges.push_back({v, v + columns, 1});
  }
  return edges;
}

Edges tree_edges(NodeID nodes, NodeID children) {
  Edges edges;
  for (NodeID v = 1; v < nodes; ++v) edges.push_back({(v - 1) / children, v, 1});
  return edges;
}

Edges path_edges(NodeID nodes) { return tree_edges(nodes, 1); }

// Hops between all nodes, without direction; -1 between components.
std::vector<std::vector<Distance>> all_distances(const GraphView& graph) {
  std::vector<std::vector<Distance>> distance;
  for (NodeID source = 0; source < graph.num_nodes(); ++source) {
    std::vector<Distance> from(at(graph.num_nodes()), kDistInf);
    std::vector<NodeID> queue{source};
    from[at(source)] = 0;
    for (std::size_t next = 0; next < queue.size(); ++next) {
      const NodeID u = queue[next];
      for (const auto& list : {graph.out_neigh(u), graph.in_neigh(u)}) {
        for (const NodeID v : list) {
          if (from[at(v)] != kDistInf) continue;
          from[at(v)] = from[at(u)] + 1;
          queue.push_back(v);
        }
      }
    }
    distance.push_back(std::move(from));
  }
  return distance;
}

double cross_share(const Placement& placement) {
  return static_cast<double>(placement.cross_block_edges) /
         static_cast<double>(placement.num_edges);
}

TEST(Placement, EveryMachineGivesOneRightPlacementOfEveryShape) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& graph = named.graph.view();
    const Placement expected = place(graph, 1);
    EXPECT_EQ(verify_placement(graph, expected).message(), "");
    for (const int threads : {2, 8}) {
      const Placement placement = place(graph, threads);
      EXPECT_EQ(placement.order, expected.order);
      EXPECT_EQ(placement.boundary, expected.boundary);
      EXPECT_EQ(placement.cross_block_edges, expected.cross_block_edges);
    }
  }
}

TEST(Placement, TheVerifierFindsWhatIsWrong) {
  const Graph graph = shuffled(grid_edges(100, 100), 10000);
  const Placement right = place(graph.view());
  const auto message = [&](auto change) {
    Placement wrong = right;
    change(wrong);
    return verify_placement(graph.view(), wrong).message();
  };
  EXPECT_EQ(message([](Placement&) {}), "");
  EXPECT_NE(message([](Placement& p) { p.order[3] = p.order[4]; }), "");
  EXPECT_NE(message([](Placement& p) { std::swap(p.order[0], p.order[9000]); }), "");
  EXPECT_NE(message([](Placement& p) { ++p.cross_block_edges; }), "");
  EXPECT_NE(message([](Placement& p) { p.boundary[0] ^= 1; }), "");
  EXPECT_NE(message([](Placement& p) { ++p.components[0].num_edges; }), "");
  EXPECT_NE(message([](Placement& p) { --p.components[0].num_nodes; }), "");
  EXPECT_NE(message([](Placement& p) { p.order.pop_back(); }), "");
}

TEST(Placement, MeshesAndTreesInRandomOrderCrossFewBlocks) {
  const Graph grid = shuffled(grid_edges(160, 160), 160 * 160);
  const Graph tree = shuffled(tree_edges(30000, 4), 30000);
  const Graph path = shuffled(path_edges(30000), 30000);
  for (const Graph* graph : {&grid, &tree, &path}) {
    const Placement placement = place(graph->view());
    EXPECT_LE(cross_share(placement), kCrossBlockGoal);
    EXPECT_EQ(placement.components.size(), 1u);
    EXPECT_EQ(verify_placement(graph->view(), placement).message(), "");
  }
}

TEST(Placement, CrossBlockEdgesAsTheGraphIsAreThoseOfBruteForce) {
  for (const bool directed : {false, true}) {
    const Graph graph =
        testing::random_graph({.nodes = 9000, .edges = 12000, .directed = directed}, 3);
    std::vector<std::pair<NodeID, NodeID>> crossing;
    for (NodeID u = 0; u < 9000; ++u) {
      for (const NodeID v : graph.view().out_neigh(u)) {
        if (u / 4096 != v / 4096) crossing.emplace_back(std::min(u, v), std::max(u, v));
      }
    }
    std::sort(crossing.begin(), crossing.end());
    crossing.erase(std::unique(crossing.begin(), crossing.end()), crossing.end());
    Machine machine = best_machine(3);
    EXPECT_EQ(count_cross_block_edges(graph.view(), machine.parallel), std::ssize(crossing));
  }
}

TEST(Placement, DiametersAndCentersOfTreesAreExactAndOthersAtLeastHalf) {
  Random random(2);
  for (int round = 0; round < 12; ++round) {
    const bool is_tree = round % 2 == 0;
    Edges edges;
    for (NodeID v = 1; v < 60; ++v) {
      edges.push_back(
          {static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(v))), v, 1});
      if (!is_tree) edges.push_back({static_cast<NodeID>(random.next_below(60)), v, 1});
    }
    const Graph graph = shuffled(edges, 60, {.directed = round % 3 == 0});
    const Placement placement = place(graph.view());
    ASSERT_EQ(placement.components.size(), 1u);
    const PlacedComponent& component = placement.components[0];
    Distance diameter = 0, radius = 60;
    std::vector<Distance> eccentricity;
    for (const std::vector<Distance>& from : all_distances(graph.view())) {
      eccentricity.push_back(*std::max_element(from.begin(), from.end()));
      diameter = std::max(diameter, eccentricity.back());
      radius = std::min(radius, eccentricity.back());
    }
    EXPECT_EQ(component.center, component.first);
    if (is_tree) {
      EXPECT_EQ(component.diameter, diameter);
      EXPECT_EQ(eccentricity[at(placement.order[at(component.center)])], radius);
    } else {
      EXPECT_LE(component.diameter, diameter);
      EXPECT_GE(2 * component.diameter, diameter);
    }
  }
}

TEST(Placement, ComponentsHaveTheClassOfTheirShape) {
  Edges ring = path_edges(10);
  ring.push_back({9, 0, 1});
  Edges ring_with_branch = ring;
  ring_with_branch.push_back({0, 10, 1});
  Edges clique;
  for (NodeID u = 0; u < 7; ++u) {
    for (NodeID v = 0; v < u; ++v) clique.push_back({u, v, 1});
  }
  Edges deep = path_edges(19);
  deep.push_back({9, 19, 1});
  Edges doubled = tree_edges(7, 2);  // both ways, and loops
  for (const Edge& edge : tree_edges(7, 2)) doubled.push_back({edge.v, edge.u, 1});
  doubled.push_back({3, 3, 1});
  const struct {
    const char* name;
    Edges edges;
    NodeID nodes;
    ComponentClass kind;
  } shapes[] = {
      {"single node", {}, 1, ComponentClass::kChain},
      {"path", path_edges(9), 9, ComponentClass::kChain},
      {"ring", ring, 10, ComponentClass::kChain},
      {"ring with a branch", ring_with_branch, 11, ComponentClass::kChain},
      {"star", tree_edges(9, 8), 9, ComponentClass::kShallowTree},
      {"tree, both ways and a loop", doubled, 7, ComponentClass::kShallowTree},
      {"deep tree", deep, 20, ComponentClass::kDeepTree},
      {"grid", grid_edges(5, 5), 25, ComponentClass::kMesh},
      {"clique", clique, 7, ComponentClass::kDenseMesh},
  };
  for (const auto& shape : shapes) {
    for (const bool directed : {false, true}) {
      SCOPED_TRACE(shape.name);
      const Graph graph = shuffled(shape.edges, shape.nodes, {.directed = directed});
      const Placement placement = place(graph.view());
      ASSERT_EQ(placement.components.size(), 1u);
      EXPECT_EQ(placement.components[0].kind, shape.kind);
    }
  }
}

TEST(Placement, SmallComponentsStandWholeInOneBlockLikeOnesTogether) {
  Edges edges;
  NodeID nodes = 0;
  const auto add = [&](const Edges& more, NodeID count) {
    for (const Edge& edge : more) edges.push_back({edge.u + nodes, edge.v + nodes, 1});
    nodes += count;
  };
  add(grid_edges(70, 70), 4900);  // one that does not fit into a block
  for (NodeID i = 0; i < 300; ++i) {
    add(tree_edges(2 + i % 97, 96), 2 + i % 97);
    add(grid_edges(3, 3), 9);
    add({}, 1);
  }
  const Graph graph = shuffled(edges, nodes);
  const Placement placement = place(graph.view());
  EXPECT_EQ(verify_placement(graph.view(), placement).message(), "");
  EXPECT_EQ(placement.components[0].num_nodes, 4900);
  int changes_of_class = 0;
  for (std::size_t k = 1; k < placement.components.size(); ++k) {
    const PlacedComponent& component = placement.components[k];
    EXPECT_EQ(component.first / kNodeBlockSize,
              (component.first + component.num_nodes - 1) / kNodeBlockSize);
    EXPECT_EQ(component.center, component.first);
    changes_of_class += component.kind != placement.components[k - 1].kind;
  }
  EXPECT_LE(changes_of_class, 4 + 2 * nodes / kNodeBlockSize);  // two where a block is filled
}

// Components that cannot fill blocks: long ones are cut, others only where none of those is left.
TEST(Placement, ABlocksEndCutsTheLongComponentsFirst) {
  std::vector<PackedComponent> components;
  for (int i = 0; i < 40; ++i) components.push_back({3000, ComponentClass::kMesh, true});
  for (int i = 0; i < 40; ++i) components.push_back({3000, ComponentClass::kChain, false});
  std::int64_t place = 0, cut_compact = 0, cut_long = 0;
  for (const std::int32_t i : pack_components(components, 0)) {
    const std::int64_t end = place + 3000;
    if (place / kNodeBlockSize != (end - 1) / kNodeBlockSize)
      ++(components[at(i)].is_compact ? cut_compact : cut_long);
    place = end;
  }
  EXPECT_EQ(cut_long, 40);
  EXPECT_LT(cut_compact, 30);
}

TEST(Placement, TheCenterOfALargeComponentLeadsItsBlock) {
  const Graph graph = shuffled(grid_edges(150, 151), 150 * 151);
  const Placement placement = place(graph.view());
  EXPECT_EQ(placement.components[0].center % kNodeBlockSize, 0);
  EXPECT_EQ(placement.components[0].diameter, 149 + 150);
}

TEST(Placement, CoordinatesAreUsedUnlessTheySayNothing) {
  constexpr NodeID kSide = 130, kNodes = kSide * kSide;
  std::vector<float> x, y, random_x, random_y;
  Random random(4);
  for (NodeID v = 0; v < kNodes; ++v) {
    x.push_back(static_cast<float>(v % kSide));
    y.push_back(static_cast<float>(v / kSide));
    random_x.push_back(static_cast<float>(random.next_unit()));
    random_y.push_back(static_cast<float>(random.next_unit()));
  }
  const Edges edges = grid_edges(kSide, kSide);
  const Graph plain = build_graph(edges, {.x = x, .y = y}).value();
  EXPECT_TRUE(place(plain.view()).by_coordinates);
  EXPECT_EQ(verify_placement(plain.view(), place(plain.view())).message(), "");
  EXPECT_FALSE(place(plain.view(), 2, false).by_coordinates);
  const Graph useless = build_graph(edges, {.x = random_x, .y = random_y}).value();
  const Placement placement = place(useless.view());
  EXPECT_FALSE(placement.by_coordinates);
  EXPECT_LE(cross_share(placement), kCrossBlockGoal);
}

TEST(Placement, AReorderedGraphHoldsWhatTheUserKnows) {
  for (const NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const GraphView& before = named.graph.view();
    const Placement placement = place(before);
    std::vector<std::byte> image;
    for (const int threads : {1, 3}) {
      Machine machine = best_machine(threads);
      const Graph graph = reorder_graph(before, placement.order, machine.parallel).value();
      ASSERT_EQ(verify_graph_image(graph.image()).message(), "");
      if (image.empty()) image.assign(graph.image().begin(), graph.image().end());
      EXPECT_TRUE(std::ranges::equal(image, graph.image()));
      const GraphView& after = graph.view();
      ASSERT_EQ(after.num_edges(), before.num_edges());
      EXPECT_EQ(count_cross_block_edges(after, machine.parallel), placement.cross_block_edges);
      for (NodeID user = 0; user < before.num_nodes(); ++user) {
        const NodeID u = before.internal_id(user), placed = after.internal_id(user);
        ASSERT_EQ(placement.order[at(placed)], u);
        std::vector<std::pair<NodeID, Weight>> lists[2];
        const auto list = [](const GraphView& of, NodeID v, auto& into) {
          for (std::size_t i = 0; i < of.out_neigh(v).size(); ++i) {
            into.emplace_back(of.user_id(of.out_neigh(v)[i]),
                              of.weighted() ? of.out_weights(v)[i] : 1);
          }
          std::sort(into.begin(), into.end());
        };
        list(before, u, lists[0]);
        list(after, placed, lists[1]);
        ASSERT_EQ(lists[0], lists[1]);
        if (before.has_coordinates()) {
          ASSERT_EQ(before.x()[at(u)], after.x()[at(placed)]);
        }
      }
    }
  }
}

// Two blocks: what differs is in the last arc of the second one.
TEST(Placement, AWeightThatDiffersInALaterBlockIsFound) {
  constexpr NodeID kNodes = 2 * kNodeBlockSize;
  for (const Weight other : {5, 6}) {
    Edges edges;
    for (NodeID v = 0; v + 1 < kNodes; ++v) {
      edges.push_back({v, v + 1, 5});
      edges.push_back({v + 1, v, v + 2 == kNodes ? other : 5});
    }
    const Graph graph = build_graph(edges, {.directed = true, .weighted = true}).value();
    const Placement placement = place(graph.view());
    for (const int threads : {1, 3}) {
      Machine machine = best_machine(threads);
      const Graph moved = reorder_graph(graph.view(), placement.order, machine.parallel).value();
      EXPECT_EQ(verify_graph_image(moved.image()).message(), "");  // of both directions
    }
  }
}

// Arcs both ways of one weight are moved once and copied; one that differs must be found.
TEST(Placement, AReorderedTransposeHoldsItsOwnWeights) {
  for (const Weight other : {5, 6}) {
    const Edges edges = {{0, 1, 5}, {1, 0, other}, {1, 2, 7}, {2, 1, 7}};
    const Graph graph = shuffled(edges, 3, {.directed = true, .weighted = true});
    const Placement placement = place(graph.view());
    Machine machine = best_machine(1);
    const Graph moved = reorder_graph(graph.view(), placement.order, machine.parallel).value();
    EXPECT_EQ(verify_graph_image(moved.image()).message(), "");
    const GraphView& view = moved.view();
    for (NodeID v = 0; v < 3; ++v) {
      for (std::size_t i = 0; i < view.in_neigh(v).size(); ++i) {
        const NodeID u = view.in_neigh(v)[i];
        const auto out = view.out_neigh(u);
        const auto at_v =
            static_cast<std::size_t>(std::find(out.begin(), out.end(), v) - out.begin());
        const Weight* const weights = view.in().weights + first_edge(view.in(), v);
        EXPECT_EQ(weights[i], view.out_weights(u)[at_v]);
      }
    }
  }
}

TEST(Placement, ABudgetThatIsTooSmallIsATypedError) {
  const Graph graph = shuffled(grid_edges(200, 200), 40000);
  MemoryBudget budget({.hard_bytes = 100000});
  Machine machine = best_machine(2);
  const auto placement = place_nodes(graph.view(), {}, machine.parallel, machine.kernels, &budget);
  EXPECT_FALSE(placement.is_ok());
  std::vector<NodeID> order(40000);
  std::iota(order.begin(), order.end(), 0);
  EXPECT_EQ(reorder_graph(graph.view(), order, machine.parallel, &budget).status().code(),
            StatusCode::kBudgetExceeded);
}

}  // namespace
}  // namespace quadrille
