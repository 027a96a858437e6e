// components: weakly connected components, in two or three steps.
#include "kernels/components.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class ComponentsScene final : public LabelWave<ComponentsScene, Components, ComponentsColumns> {
 public:
  static constexpr const char* kPassName = "join";

  Status prepare(const SceneContext& context) override {
    whole_run_ = context.options.whole_run;
    return LabelWave::prepare(context);
  }
  std::vector<Pass> passes() override {
    if (!whole_run_) return LabelWave::passes();
    return {{"components", [this](FrameWriter& frame) {
               const bool is_over = finished();  // then nothing changes any more
               if (!is_over) kernel_->run(columns(frame));
               mark_step(frame, is_over, {}, kColumns);
               ++steps_;
               return Status::ok();
             }}};
  }
  bool finished() const override { return whole_run_ ? steps_ > 0 : LabelWave::finished(); }

  // Each step reads the forest when it compresses and again when it writes the labels.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID);
    constexpr std::int64_t kNodeBytes = 4 * sizeof(NodeID);
    return bytes_a_step(work() * kArcBytes) + graph_.num_nodes() * kNodeBytes;
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    return class_facts(last.column<NodeID>(kValue), "components");
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_components(graph_, last.column<NodeID>(kValue));
  }

  bool whole_run_ = false;  // all steps in one
};

}  // namespace

std::unique_ptr<Scene> create_components_scene() { return std::make_unique<ComponentsScene>(); }

}  // namespace quadrille
