// Scene churn: updates from a file or at random, answers repaired, frames that keep their graph.
#include <quadrille/input.h>
#include <quadrille/parallel.h>
#include <quadrille/simulation.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/folder.h"
#include "tests/scenes/scene_facts.h"
#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

using test::scene_fact;

class Churn : public testing::Test {
 protected:
  // On a path of five nodes, weights 1.
  Result<Simulation> make(const std::string& text, std::int64_t batch = 2) {
    std::vector<Edge> edges = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 4, 1}};
    SimulationOptions options;
    options.num_threads = 2;
    options.scene.updates = folder_.write("updates.txt", text);
    options.scene.batch = batch;
    return Simulation::create(
        "churn", test::graph_input(build_graph(edges, {.weighted = true}).value()), options);
  }
  std::string fault(const std::string& text) {
    const auto simulation = make(text);
    EXPECT_EQ(simulation.status().code(), StatusCode::kInvalidInput);
    return folder_.local(simulation.status().message());
  }

 private:
  test::Folder folder_;
};

std::vector<NodeID> ids(const Frame& frame, const char* column) {
  const auto values = frame.column<NodeID>(frame.schema().find(column));
  return {values.begin(), values.end()};
}

TEST_F(Churn, TakesAFilesUpdatesInOrderABatchAStep) {
  auto simulation =
      make("# a comment\n- 1 2\n+ 0 4 7\n\n+ 5 1\r\n+ 6 5 2\n- 0 3\n+ 0 4 8\n+ 2 3\n").value();
  const PinnedFrame before = simulation.reader().latest();
  EXPECT_EQ(ids(*before, "label"), (std::vector<NodeID>{0, 0, 0, 0, 0, 5, 6}));
  EXPECT_EQ(ids(*before, "distance"), (std::vector<NodeID>{0, 1, 2, 3, 4, -1, -1}));
  ASSERT_TRUE(simulation.step().is_ok());
  EXPECT_EQ(ids(simulation.last_completed(), "distance"),
            (std::vector<NodeID>{0, 1, 3, 2, 1, -1, -1}));
  EXPECT_EQ(ids(simulation.last_completed(), "parent"),
            (std::vector<NodeID>{0, 0, 3, 4, 0, -1, -1}));
  const PinnedFrame between = simulation.reader().latest();
  while (!simulation.finished()) ASSERT_TRUE(simulation.step().is_ok());
  EXPECT_EQ(simulation.last_completed().step(), 4);
  EXPECT_EQ(ids(simulation.last_completed(), "label"), (std::vector<NodeID>(7, 0)));
  EXPECT_EQ(scene_fact(simulation, "inserted"), 3);
  EXPECT_EQ(scene_fact(simulation, "deleted"), 1);
  EXPECT_EQ(scene_fact(simulation, "reweighted"), 1);
  EXPECT_EQ(scene_fact(simulation, "ignored"), 2);
  EXPECT_EQ(scene_fact(simulation, "added"), 2);
  EXPECT_EQ(simulation.scene().verify(simulation.last_completed()).message(), "");
  // Frames that are held keep the graph of their step.
  EXPECT_EQ(before.topology()->num_nodes(), 5);
  EXPECT_EQ(before.topology()->num_edges(), 4);
  EXPECT_EQ(between.topology()->num_edges(), 4);
  EXPECT_EQ(between.topology()->out_degree(1), 1);
  const PinnedFrame after = simulation.reader().latest();
  EXPECT_EQ(after.topology()->num_nodes(), 7);
  EXPECT_EQ(after.topology()->out_weights(0)[1], 8);
}

TEST_F(Churn, SaysWhichLineOfAFileIsWrong) {
  EXPECT_EQ(fault("+ 0 1\n* 1 2\n"), "updates.txt:2: '*' is neither + (insert) nor - (delete)");
  EXPECT_EQ(fault("+0 1\n"), "updates.txt:1: '+0' is neither + (insert) nor - (delete)");
  EXPECT_EQ(fault("+ 0\n"), "updates.txt:1: target is missing");
  EXPECT_EQ(fault("- 0 x\n"), "updates.txt:1: target 'x' is not a number");
  EXPECT_EQ(fault("- 0 5\n"), "updates.txt:1: node 5 is out of range; the graph has 5 nodes");
  EXPECT_EQ(fault("+ 0 5\n+ 1 7\n"),
            "updates.txt:2: node 7 is out of range; the graph has 6 nodes, and a new one is 6");
  EXPECT_EQ(fault("+ 0 1 -3\n"), "updates.txt:1: weight -3 is below 0");
  EXPECT_EQ(fault("+ 0 1 3 9\n"), "updates.txt:1: unexpected '9' after the weight");
  EXPECT_EQ(fault("- 0 1 3\n"), "updates.txt:1: unexpected '3' after the target");
  EXPECT_EQ(fault("+ -1 1\n"), "updates.txt:1: node -1 is below 0");
  EXPECT_EQ(
      fault("+ 0 99999999999999999999\n"),
      "updates.txt:1: node 99999999999999999999 is out of range; dense ids end at 2147483646");
}

TEST(ChurnOfNames, SpeaksOfNodesAsTheirFileDoes) {
  const test::Folder folder;
  const auto parallel = Parallel::create({}).value();
  const std::string list = folder.write("a.csv", "source,target\nann,bob\nbob,c\nd,e\n");
  const auto run = [&](const char* name, const std::string& text) {
    SceneInput input =
        test::graph_input(std::move(read_graph(list, {.ids = NodeIds::kTexts}, *parallel)->graph));
    SimulationOptions options;
    options.scene.updates = folder.write(name, text);
    auto simulation = Simulation::create("churn", std::move(input), options);
    if (!simulation.is_ok()) return folder.local(simulation.status().message());
    EXPECT_TRUE(simulation->step().is_ok());
    const PinnedFrame frame = simulation->reader().latest();
    EXPECT_EQ(simulation->scene().verify(*frame).message(), "");
    return frame.topology()->name_of(frame.topology()->out_neigh(4).front());
  };
  EXPECT_EQ(run("u.csv", "+,\"e\",\"bob\"\n"), "bob");
  EXPECT_EQ(
      run("u.txt", "+ e \"bob\"\n"),
      "u.txt:1: target '\"bob\"' is none of the graph's nodes; where ids are sparse none can be "
      "added");
  EXPECT_EQ(run("u.txt", "+ e\n"), "u.txt:1: target is missing");
  EXPECT_EQ(
      run("u.txt", "- e f\n"),
      "u.txt:1: target 'f' is none of the graph's nodes; where ids are sparse none can be added");
}

TEST_F(Churn, AnEmptyFileEndsAtOnce) {
  const auto simulation = make("# nothing\n");
  EXPECT_TRUE(simulation.value().finished());
}

TEST(ChurnAtRandom, GivesTheSameAnswersAsARunFromScratch) {
  for (const std::int64_t batch : {1, 300, 20000}) {
    SimulationOptions options;
    options.num_threads = 2;
    options.scene.batch = batch;
    auto simulation = Simulation::create("churn", test::random_graph(3000, 2), options).value();
    for (int step = 0; step < 5; ++step) {
      ASSERT_TRUE(simulation.step().is_ok());
      ASSERT_EQ(simulation.scene().verify(simulation.last_completed()).message(), "");
    }
    EXPECT_EQ(simulation.scene().work(), 5 * batch);
  }
}

TEST(ChurnAtRandom, NeedsNoNodes) {
  SceneInput input = test::graph_input(build_graph({}, {.num_nodes = 0}).value());
  auto simulation = Simulation::create("churn", std::move(input), {}).value();
  EXPECT_TRUE(simulation.step().is_ok());
  EXPECT_EQ(simulation.scene().work(), 0);
}

}  // namespace
}  // namespace quadrille
