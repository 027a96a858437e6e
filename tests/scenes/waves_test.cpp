// The wave scenes as a whole: through Simulation, from a graph to a verified last frame.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <quadrille/generators.h>
#include <quadrille/simulation.h>

#include "tests/kernels/wave_graphs.h"
#include "tests/scenes/scene_facts.h"

namespace quadrille {
namespace {

using test::scene_fact;
using testing::NamedGraph;
using testing::wave_graphs;

const std::vector<std::string>& wave_scenes() {
  static const std::vector<std::string> names = {"bfs",       "sssp",      "components",
                                                 "labels",    "pagerank",  "kcore",
                                                 "triangles", "closeness", "betweenness"};
  return names;
}

SceneInput input_of(Graph graph) {
  SceneInput input;
  input.graph = std::move(graph);
  input.has_graph = true;
  return input;
}

// A lattice: long waves, few nodes a step. A random graph: short ones, most nodes in one step.
Graph generated(const std::string& text) {
  const auto parallel = testing::make_parallel(1);
  const Generator generator = parse_generator(text).value();
  return generate_graph(generator, {.weighted = true}, *parallel).value();
}

SimulationOptions options_with(int threads, std::int64_t publish_interval) {
  SimulationOptions options;
  options.num_threads = threads;
  options.backend = "threads";
  options.publish = publish_interval == 0 ? PublishMode::kNever : PublishMode::kInterval;
  options.publish_interval = publish_interval;
  return options;
}

Status run_to_end(Simulation& simulation) {
  while (!simulation.finished()) QUADRILLE_RETURN_IF_ERROR(simulation.step());
  return Status::ok();
}

template <class T>
bool same_column(const Frame& a, const Frame& b, const std::string& name) {
  const ColumnID id = a.schema().find(name);
  return std::ranges::equal(a.column<T>(id), b.column<T>(id));
}

class Waves : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Scenes, Waves, ::testing::ValuesIn(wave_scenes()));

TEST_P(Waves, EndInAVerifiedStateOnEveryGraph) {
  for (NamedGraph& named : wave_graphs()) {
    SCOPED_TRACE(named.name);
    const NodeID nodes = named.graph.view().num_nodes();
    auto created =
        Simulation::create(GetParam(), input_of(std::move(named.graph)), options_with(2, 1));
    if (nodes == 0 && !created.is_ok()) {
      EXPECT_EQ(created.status().message(), "source 0 is out of range: the graph has 0 nodes");
      continue;
    }
    ASSERT_EQ(created.status().message(), "");
    Simulation simulation = std::move(created).value();
    ASSERT_EQ(run_to_end(simulation).message(), "");
    EXPECT_EQ(simulation.scene().verify(simulation.last_completed()).message(), "");
  }
}

class WholeRuns : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Scenes, WholeRuns, ::testing::Values("bfs", "sssp", "components"));

void expect_same_columns(const Frame& a, const Frame& b) {
  for (const std::string name : {"distance", "parent", "label"}) {
    const ColumnID id = a.schema().find(name);
    if (id < 0) continue;
    EXPECT_TRUE(a.schema()[id].type == ColumnType::kInt64 ? same_column<PathLength>(a, b, name)
                                                          : same_column<NodeID>(a, b, name))
        << name;
  }
}

TEST_P(WholeRuns, EndInOneStepWithTheColumnsOfTheLastOne) {
  for (const bool directed : {false, true}) {
    const testing::GraphShape shape = {
        .nodes = 3000, .edges = 4000, .directed = directed, .weighted = true, .max_weight = 9};
    SimulationOptions options = options_with(2, 1);
    options.scene.source = 5;
    const auto create = [&] {
      return Simulation::create(GetParam(), input_of(testing::random_graph(shape, 4)), options)
          .value();
    };
    Simulation steps = create();
    options.scene.whole_run = true;
    Simulation whole = create();
    EXPECT_FALSE(whole.finished());
    EXPECT_EQ(whole.last_completed().state_hash(), steps.last_completed().state_hash());
    ASSERT_TRUE(run_to_end(steps).is_ok());
    ASSERT_TRUE(run_to_end(whole).is_ok());
    const Frame& last = whole.last_completed();
    EXPECT_EQ(last.step(), 1);
    EXPECT_EQ(whole.scene().verify(last).message(), "");
    EXPECT_GT(whole.scene().work(), 0);
    for (const std::uint64_t word : last.column<std::uint64_t>(last.schema().find("active")))
      EXPECT_EQ(word, 0u);
    expect_same_columns(last, steps.last_completed());
  }
}

TEST_P(Waves, PublishIntervalAndReadersAndThreadsDoNotChangeTheEnd) {
  for (const std::string graph : {"grid:90x110", "kron:11:8"}) {
    SCOPED_TRACE(graph);
    std::map<std::string, int> hashes;
    for (const std::int64_t interval : {1, 7, 0}) {
      for (const int threads : {1, 3}) {
        Simulation simulation = Simulation::create(GetParam(), input_of(generated(graph)),
                                                   options_with(threads, interval))
                                    .value();
        PinnedFrame stalled = simulation.reader().latest();
        const StateHash held = stalled->state_hash();
        ASSERT_EQ(run_to_end(simulation).message(), "");
        EXPECT_EQ(stalled->state_hash(), held);
        ++hashes[simulation.last_completed().state_hash().to_string()];
      }
    }
    EXPECT_EQ(hashes.size(), 1u);
  }
}

// Frames of a run that publishes every step, each held until the next: catch-up must leave out
// nothing.
TEST_P(Waves, EveryPublishedFrameEqualsTheOneOfARunThatNeverPublishes) {
  for (const std::string graph : {"grid:60x60", "kron:10:8"}) {
    SCOPED_TRACE(graph);
    Simulation open =
        Simulation::create(GetParam(), input_of(generated(graph)), options_with(1, 1)).value();
    Simulation closed =
        Simulation::create(GetParam(), input_of(generated(graph)), options_with(2, 0)).value();
    const FrameReader reader = open.reader();
    std::vector<PinnedFrame>
        held;  // the last three, so that slots lag behind by different numbers of steps
    while (!open.finished()) {
      ASSERT_TRUE(open.step().is_ok());
      ASSERT_TRUE(closed.step().is_ok());
      held.push_back(reader.latest());
      ASSERT_EQ(held.back()->step(), closed.last_completed().step());
      ASSERT_EQ(held.back()->state_hash(), closed.last_completed().state_hash());
      if (held.size() > 3) held.erase(held.begin());
    }
    EXPECT_TRUE(closed.finished());
  }
}

TEST_P(Waves, StepsAfterTheEndChangeNoValue) {
  for (const bool whole_run : {false, true}) {
    SimulationOptions options = options_with(1, 1);
    options.scene.whole_run = whole_run;
    Simulation simulation =
        Simulation::create(GetParam(), input_of(generated("grid:20x20")), options).value();
    ASSERT_TRUE(run_to_end(simulation).is_ok());
    const std::int64_t work = simulation.scene().work();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(simulation.step().is_ok());
    EXPECT_TRUE(simulation.finished());
    EXPECT_EQ(simulation.scene().work(), work);
    EXPECT_TRUE(simulation.scene().verify(simulation.last_completed()).is_ok());
    const ColumnID active = simulation.last_completed().schema().find("active");
    for (const std::uint64_t word : simulation.last_completed().column<std::uint64_t>(active))
      EXPECT_EQ(word, 0u);
  }
}

TEST_P(Waves, AnUnfinishedRunIsNotVerified) {
  // A grid is peeled in one step.
  const std::string graph = GetParam() == "kcore" ? "kron:10:8" : "grid:50x50";
  SimulationOptions options = options_with(1, 1);
  options.scene.samples = 65;  // closeness takes 64 of them in a step
  Simulation simulation =
      Simulation::create(GetParam(), input_of(generated(graph)), options).value();
  ASSERT_TRUE(simulation.step().is_ok());
  ASSERT_FALSE(simulation.finished());
  EXPECT_EQ(simulation.scene().verify(simulation.last_completed()).code(),
            StatusCode::kInvalidArgument);
}

TEST_P(Waves, CountTheirWorkAndDrawWhereTheGraphHasCoordinates) {
  Simulation simulation =
      Simulation::create(GetParam(), input_of(generated("grid:30x30")), options_with(1, 1)).value();
  ASSERT_TRUE(run_to_end(simulation).is_ok());
  const GraphView& graph = simulation.input().graph.view();
  const Scene& scene = simulation.scene();
  EXPECT_GE(scene.work(), graph.num_edges());
  EXPECT_EQ(scene.work_unit(), "edges");
  EXPECT_EQ(scene.default_steps(), -1);
  EXPECT_GT(scene.step_bytes(), 0);
  std::span<const float> x, y;
  ASSERT_TRUE(scene.positions(simulation.last_completed(), x, y));
  EXPECT_EQ(x.size(), 900u);
  const Simulation flat =
      Simulation::create(GetParam(), input_of(testing::chain_graph(5, 1, false)),
                         options_with(1, 1))
          .value();
  EXPECT_FALSE(flat.scene().positions(flat.last_completed(), x, y));
}

TEST(WaveFacts, OfAChainFromItsEnd) {
  const Graph chain = testing::chain_graph(5, 3, true);
  Simulation bfs =
      Simulation::create("bfs", input_of(testing::chain_graph(5, 3, true)), options_with(1, 1))
          .value();
  ASSERT_TRUE(run_to_end(bfs).is_ok());
  EXPECT_EQ(scene_fact(bfs, "reached"), 5);
  EXPECT_EQ(scene_fact(bfs, "eccentricity"), 4);
  EXPECT_EQ(scene_fact(bfs, "sum"), 10);
  SimulationOptions options = options_with(1, 1);
  options.scene.source = 2;
  options.scene.delta = 2;
  Simulation sssp =
      Simulation::create("sssp", input_of(testing::chain_graph(5, 3, true)), options).value();
  ASSERT_TRUE(run_to_end(sssp).is_ok());
  EXPECT_EQ(scene_fact(sssp, "reached"), 3);
  EXPECT_EQ(scene_fact(sssp, "eccentricity"), 6);
  EXPECT_EQ(scene_fact(sssp, "sum"), 9);
  EXPECT_EQ(scene_fact(sssp, "delta"), 2);
}

TEST(WaveFacts, OfTwoPartsAndALonelyNode) {
  const std::vector<Edge> edges = {{3, 1, 1}, {1, 0, 1}, {4, 2, 1}};
  for (const std::string scene : {"components", "labels"}) {
    Simulation simulation =
        Simulation::create(scene,
                           input_of(build_graph(edges, {.directed = true, .num_nodes = 6}).value()),
                           options_with(1, 1))
            .value();
    ASSERT_TRUE(run_to_end(simulation).is_ok());
    EXPECT_EQ(scene_fact(simulation, scene == "labels" ? "communities" : "components"), 3);
    EXPECT_EQ(scene_fact(simulation, "largest"), 3);
  }
}

// Morton order gives nodes other ids inside; labels name nodes as the user does all the same.
TEST(WaveScenes, LabelsAreTheUsersIdsWhateverTheOrderInside) {
  const auto parallel = testing::make_parallel(1);
  const Generator generator = parse_generator("grid:24x24").value();
  for (const std::string scene : {"components", "labels"}) {
    std::vector<std::vector<NodeID>> labels;
    for (const bool morton : {false, true}) {
      Graph graph =
          generate_graph(generator, {.order = morton ? NodeOrder::kMorton : NodeOrder::kFile},
                         *parallel)
              .value();
      ASSERT_EQ(graph.view().reordered(), morton);
      Simulation simulation =
          Simulation::create(scene, input_of(std::move(graph)), options_with(1, 1)).value();
      ASSERT_TRUE(run_to_end(simulation).is_ok());
      const GraphView& view = simulation.input().graph.view();
      const auto column = simulation.last_completed().column<NodeID>(
          simulation.last_completed().schema().find("label"));
      labels.emplace_back();
      for (NodeID user = 0; user < view.num_nodes(); ++user) {
        labels.back().push_back(column[testing::at(view.internal_id(user))]);
      }
    }
    EXPECT_EQ(labels[0], labels[1]);
  }
}

TEST(WaveScenes, RefuseASourceThatIsNoNode) {
  for (const std::string scene : {"bfs", "sssp"}) {
    SimulationOptions options = options_with(1, 1);
    options.scene.source = 5;
    const auto created =
        Simulation::create(scene, input_of(testing::chain_graph(5, 1, false)), options);
    EXPECT_EQ(created.status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(created.status().message(), "source 5 is out of range: the graph has 5 nodes");
  }
}

TEST(Waves, AnEmptyGraphIsDoneAtOnce) {
  for (const std::string& scene : wave_scenes()) {
    for (const bool whole_run : {false, true}) {
      auto simulation = Simulation::create(scene, input_of(build_graph({}).value()),
                                           {.scene = {.whole_run = whole_run}});
      ASSERT_TRUE(simulation.is_ok()) << scene << ": " << simulation.status().message();
      for (int i = 0; i < 5; ++i) ASSERT_TRUE(simulation->step().is_ok()) << scene;
      EXPECT_TRUE(simulation->finished()) << scene;
      EXPECT_TRUE(simulation->scene().verify(simulation->last_completed()).is_ok()) << scene;
    }
  }
}

TEST(Waves, ANegativeSampleIsRefusedAndNoneAtAllIsDoneAtOnce) {
  for (const std::string scene : {"closeness", "betweenness"}) {
    const auto create = [&](std::int64_t samples) {
      return Simulation::create(scene, input_of(generated("grid:9x9")),
                                {.scene = {.samples = samples}});
    };
    EXPECT_EQ(create(-1).status().message(), "samples is -1; it must be 0 or more");
    auto simulation = create(0);
    ASSERT_TRUE(simulation.is_ok());
    ASSERT_TRUE(run_to_end(simulation.value()).is_ok());
    EXPECT_TRUE(simulation->scene().verify(simulation->last_completed()).is_ok()) << scene;
  }
}

TEST(Waves, ASourceThatIsAskedForInAnEmptyGraphIsAnError) {
  SceneInput input;
  input.graph = build_graph(std::span<const Edge>()).value();
  input.has_graph = true;
  auto simulation = Simulation::create("bfs", std::move(input), {.scene = {.source = 3}});
  EXPECT_EQ(simulation.status().message(), "source 3 is out of range: the graph has 0 nodes");
}

}  // namespace
}  // namespace quadrille
