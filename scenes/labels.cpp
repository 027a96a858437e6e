// labels: communities by label propagation, a round a step.
#include "kernels/labels.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class LabelsScene final : public LabelWave<LabelsScene, Labels, LabelsColumns> {
 public:
  static constexpr const char* kPassName = "round";

  // Each arc's target is read, and the label that it leads to.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = 2 * sizeof(NodeID);
    return bytes_a_step(work() * kArcBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    std::vector<SceneFact> facts = class_facts(last.column<NodeID>(kValue), "communities");
    facts.push_back({"rounds", static_cast<double>(kernel_->rounds()), ""});
    facts.push_back({"settled", kernel_->settled() ? 1.0 : 0.0, ""});
    return facts;
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_labels(graph_, last.column<NodeID>(kValue), kernel_->settled());
  }
};

}  // namespace

std::unique_ptr<Scene> create_labels_scene() { return std::make_unique<LabelsScene>(); }

}  // namespace quadrille
