// components: weakly connected components, in three steps.
#include <algorithm>
#include <optional>
#include <vector>

#include "kernels/components.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

enum : ColumnID { kActive, kLabel };

class ComponentsScene final : public WaveScene {
 public:
  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(components_, Components::create(graph_, context.parallel,
                                                               context.kernels, context.scratch));
    return Status::ok();
  }

  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(node_column("active", ColumnType::kBit));
    schema.add(node_column("label", ColumnType::kInt32));
    return schema;
  }

  Status initialize(FrameWriter& frame) override {
    components_->start(columns(frame));
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"join", [this](FrameWriter& frame) {
               components_->step(columns(frame));
               mark_step(frame, false, {}, {kActive, kLabel});
               ++steps_;
               return Status::ok();
             }}};
  }

  bool finished() const override { return components_->finished(); }
  std::int64_t work() const override { return components_->edges_examined(); }
  // Each step reads the forest when it compresses and again when it writes the labels.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID);
    constexpr std::int64_t kNodeBytes = 4 * sizeof(NodeID);
    return bytes_a_step(components_->edges_examined() * kArcBytes) +
           graph_.num_nodes() * kNodeBytes;
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    return class_facts(last.column<NodeID>(kLabel), "components");
  }

 private:
  static ComponentsColumns columns(FrameWriter& frame) {
    return {.label = frame.column<NodeID>(kLabel), .active = frame.column<std::uint64_t>(kActive)};
  }
  Status verify_finished(const Frame& last) const override {
    return verify_components(graph_, last.column<NodeID>(kLabel));
  }

  std::optional<Components> components_;
};

}  // namespace

std::unique_ptr<Scene> create_components_scene() { return std::make_unique<ComponentsScene>(); }

}  // namespace quadrille
