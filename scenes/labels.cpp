// labels: communities by label propagation, a round a step.
#include <optional>
#include <vector>

#include "kernels/labels.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

enum : ColumnID { kActive, kLabel };

class LabelsScene final : public WaveScene {
 public:
  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(
        labels_, Labels::create(graph_, context.parallel, context.kernels, context.scratch));
    return Status::ok();
  }

  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(node_column("active", ColumnType::kBit));
    schema.add(node_column("label", ColumnType::kInt32));
    return schema;
  }

  Status initialize(FrameWriter& frame) override {
    labels_->start(columns(frame));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"round", [this](FrameWriter& frame) {
               labels_->step(columns(frame));
               mark_step(frame, labels_->sparse(), labels_->changed(), {kActive, kLabel});
               ++steps_;
               return Status::ok();
             }}};
  }

  bool finished() const override { return labels_->finished(); }
  std::int64_t work() const override { return labels_->edges_examined(); }
  // Each arc's target is read, and the label that it leads to.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = 2 * sizeof(NodeID);
    return bytes_a_step(labels_->edges_examined() * kArcBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    std::vector<SceneFact> facts = class_facts(last.column<NodeID>(kLabel), "communities");
    facts.push_back({"rounds", static_cast<double>(labels_->rounds()), ""});
    facts.push_back({"settled", labels_->settled() ? 1.0 : 0.0, ""});
    return facts;
  }

 private:
  static LabelsColumns columns(FrameWriter& frame) {
    return {.label = frame.column<NodeID>(kLabel), .active = frame.column<std::uint64_t>(kActive)};
  }
  Status verify_finished(const Frame& last) const override {
    return verify_labels(graph_, last.column<NodeID>(kLabel), labels_->settled());
  }

  std::optional<Labels> labels_;
};

}  // namespace

std::unique_ptr<Scene> create_labels_scene() { return std::make_unique<LabelsScene>(); }

}  // namespace quadrille
