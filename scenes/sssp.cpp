// Shortest paths from one node over weights, a bucket of distances a step.
#include <optional>
#include <utility>

#include "kernels/bfs.h"
#include "kernels/sssp.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

enum : ColumnID { kActive, kDistance, kParent };

class SsspScene final : public WaveScene {
 public:
  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(source_, choose_source(context));
    QUADRILLE_ASSIGN_OR_RETURN(sssp_, Sssp::create(graph_, context.options.delta, context.parallel,
                                                   context.kernels, context.scratch));
    return Status::ok();
  }

  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(node_column("active", ColumnType::kBit));
    schema.add(node_column("distance", ColumnType::kInt64));
    schema.add(node_column("parent", ColumnType::kInt32));
    return schema;
  }

  Status initialize(FrameWriter& frame) override {
    if (source_ != kNoParent) sssp_->start(source_, columns(frame));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"bucket", [this](FrameWriter& frame) {
               sssp_->step(columns(frame));
               mark_step(frame, sssp_->sparse(), sssp_->changed(), {kActive, kDistance, kParent});
               ++steps_;
               return Status::ok();
             }}};
  }

  bool finished() const override { return sssp_->finished(); }
  std::int64_t work() const override { return sssp_->edges_examined(); }
  // Each arc's target and weight is read, and the distance that it leads to is compared.
  std::int64_t step_bytes() const override {
    const auto arc_bytes =
        static_cast<std::int64_t>(sizeof(NodeID) + (graph_.weighted() ? sizeof(Weight) : 0));
    return bytes_a_step(sssp_->edges_examined() * arc_bytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    std::vector<SceneFact> facts = distance_facts(last.column<PathLength>(kDistance), "");
    facts.push_back({"delta", static_cast<double>(sssp_->delta()), ""});
    return facts;
  }

 private:
  static SsspColumns columns(FrameWriter& frame) {
    return {.distance = frame.column<PathLength>(kDistance),
            .parent = frame.column<NodeID>(kParent),
            .active = frame.column<std::uint64_t>(kActive)};
  }
  Status verify_finished(const Frame& last) const override {
    return verify_sssp(graph_, source_, last.column<PathLength>(kDistance),
                       last.column<NodeID>(kParent));
  }

  std::optional<Sssp> sssp_;
  NodeID source_ = 0;  // internal id
};

}  // namespace

std::unique_ptr<Scene> create_sssp_scene() { return std::make_unique<SsspScene>(); }

}  // namespace quadrille
