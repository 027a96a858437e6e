// bfs: breadth-first search from one node, a level a step. Ends when a level reaches nobody.
#include <optional>
#include <utility>

#include "kernels/bfs.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

enum : ColumnID { kActive, kDistance, kParent };

class BfsScene final : public WaveScene {
 public:
  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(source_, choose_source(context));
    QUADRILLE_ASSIGN_OR_RETURN(
        bfs_, Bfs::create(graph_, context.parallel, context.kernels, context.scratch));
    return Status::ok();
  }

  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(node_column("active", ColumnType::kBit));
    schema.add(node_column("distance", ColumnType::kInt32));
    schema.add(node_column("parent", ColumnType::kInt32));
    return schema;
  }

  Status initialize(FrameWriter& frame) override {
    if (source_ != kNoParent) bfs_->start(source_, columns(frame));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"level", [this](FrameWriter& frame) {
               bfs_->step(columns(frame));
               mark_step(frame, bfs_->sparse(), bfs_->changed(), {kActive, kDistance, kParent});
               ++steps_;
               return Status::ok();
             }}};
  }

  bool finished() const override { return bfs_->finished(); }
  std::int64_t work() const override { return bfs_->edges_examined(); }
  // Each arc's target is read; of each node reached the record is read and two columns written.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kNodeBytes = sizeof(NodeRecord) + sizeof(Distance) + sizeof(NodeID);
    constexpr std::int64_t kArcBytes = sizeof(NodeID);
    return bytes_a_step(bfs_->edges_examined() * kArcBytes + bfs_->reached() * kNodeBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    return distance_facts(last.column<Distance>(kDistance), "hops");
  }

 private:
  static BfsColumns columns(FrameWriter& frame) {
    return {.distance = frame.column<Distance>(kDistance),
            .parent = frame.column<NodeID>(kParent),
            .active = frame.column<std::uint64_t>(kActive)};
  }
  Status verify_finished(const Frame& last) const override {
    return verify_bfs(graph_, source_, last.column<Distance>(kDistance),
                      last.column<NodeID>(kParent));
  }

  std::optional<Bfs> bfs_;
  NodeID source_ = 0;  // internal id
};

}  // namespace

std::unique_ptr<Scene> create_bfs_scene() { return std::make_unique<BfsScene>(); }

}  // namespace quadrille
