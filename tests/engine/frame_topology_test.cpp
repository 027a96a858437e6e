// Frames of a graph that changes: who pins one reads the graph as its step knew it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/random.h"
#include "engine/time_stepper.h"
#include "engine/topology.h"
#include "tests/engine/graph_images.h"
#include "tests/engine/stepper_model.h"

namespace quadrille {
namespace {

constexpr NodeID kEditedNodes = 2 * kNodeBlockSize;
#if defined(QUADRILLE_SANITIZED)
constexpr int kEditedSteps = 60;
#else
constexpr int kEditedSteps = 400;
#endif

std::int64_t sum_of_targets(const GraphView& graph) {
  std::int64_t sum = 0;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    for (const NodeID v : graph.out_neigh(u)) sum += (u + 1) * std::int64_t{v};
  }
  return sum;
}

// A step makes 200 random edits; its frame says what the targets of the graph sum up to.
class EditedRun {
 public:
  explicit EditedRun(const FrameOptions& options) {
    const Graph graph = Graph::adopt(make_image(random_edges(kEditedNodes, 9000, false, false, 1)));
    store = TopologyStore::create(graph.view(), *parallel_).value();
    FrameSchema schema;
    schema.add({"sum", ColumnType::kInt64, ColumnMode::kRewritten, 1, 1});
    const auto show = [this](FrameWriter& frame) {
      frame.set_topology(store->current());
      frame.column<std::int64_t>(0)[0] = sum_of_targets(store->current().view());
      return Status::ok();
    };
    stepper = TimeStepper::create(schema, options, show, *parallel_, nullptr, {}).value();
    stepper->set_passes({{"edit", [this, show](FrameWriter& frame) {
                            std::vector<EdgeEdit> edits;
                            for (int i = 0; i < 200; ++i) {
                              const auto u = static_cast<NodeID>(random_.next_below(kEditedNodes));
                              const auto v = static_cast<NodeID>(random_.next_below(kEditedNodes));
                              edits.push_back({u, v, 1, i % 2 == 0});
                            }
                            QUADRILLE_RETURN_IF_ERROR(store->edit(edits));
                            return show(frame);
                          }}});
  }

 private:
  std::unique_ptr<Parallel> parallel_ = test::make_parallel(TaskBackend::kThreads, 2);
  Random random_{7};

 public:
  std::unique_ptr<TopologyStore> store;
  std::unique_ptr<TimeStepper> stepper;
};

bool is_consistent(const PinnedFrame& frame) {
  return frame.topology() != nullptr && frame.topology()->version() == frame->topology_version() &&
         frame->column<std::int64_t>(0)[0] == sum_of_targets(*frame.topology());
}

TEST(FrameTopology, AReaderSeesTheGraphOfItsFrameWhileEditsGoOn) {
  EditedRun run({.readers = 2, .pins_per_reader = 2});
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0, seen = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&, reader = run.stepper->reader()] {
      PinnedFrame held = reader.latest();  // an older one beside
      while (!stop.load(std::memory_order_relaxed)) {
        PinnedFrame frame = reader.latest();
        wrong += !is_consistent(frame) || !is_consistent(held);
        if (++seen % 3 == 0) held = std::move(frame);
      }
    });
  }
  for (int step = 0; step < kEditedSteps; ++step) ASSERT_TRUE(run.stepper->step(1).is_ok());
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_GT(seen.load(), 0);
}

TEST(FrameTopology, AVersionGoesWithTheLastFrameThatCanBeRead) {
  EditedRun run({.readers = 2, .pins_per_reader = 1});
  const auto step = [&](int count) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(run.stepper->step(1).is_ok());
  };
  PinnedFrame held = run.stepper->reader().latest();
  const std::int64_t sum = held->column<std::int64_t>(0)[0];
  step(30);
  EXPECT_EQ(run.store->live_versions(), 3U);  // held, the last one, and the one before it
  EXPECT_EQ(sum_of_targets(*held.topology()), sum);
  held.release();
  EXPECT_EQ(held.topology(), nullptr);
  step(2);
  EXPECT_EQ(run.store->live_versions(), 2U);
}

TEST(FrameTopology, IsNullWhereTheGraphDoesNotChange) {
  const auto parallel = test::make_parallel(TaskBackend::kSerial, 1);
  FrameSchema schema;
  schema.add({"value", ColumnType::kInt32, ColumnMode::kUpdated, 4, 1});
  const auto stepper = TimeStepper::create(schema, {}, [](FrameWriter&) { return Status::ok(); },
                                           *parallel, nullptr, {})
                           .value();
  EXPECT_EQ(stepper->reader().latest().topology(), nullptr);
  EXPECT_EQ(PinnedFrame().topology(), nullptr);
}

}  // namespace
}  // namespace quadrille
