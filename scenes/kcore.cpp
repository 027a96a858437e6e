// kcore: core numbers, a level of the peeling a step.
#include "kernels/kcore.h"

#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class KcoreScene final : public ValueWave<KcoreScene, Kcore, KcoreColumns, std::int32_t> {
 public:
  static constexpr const char* kPassName = "peel";
  static constexpr const char* kColumnName = "core";

  Result<Kcore> create_kernel(const SceneContext& context) const {
    return Kcore::create(graph_, context.parallel, context.scratch);
  }
  // Each arc's target is read, and the degree that it leads to.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID) + sizeof(std::int32_t);
    return bytes_a_step(work() * kArcBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    double innermost = 0;
    for (const std::int32_t core : last.column<std::int32_t>(kValue)) {
      innermost += core == kernel_->level() && core >= 0 ? 1 : 0;
    }
    const double degeneracy = kernel_->level() < 0 ? 0 : static_cast<double>(kernel_->level());
    return {{"degeneracy", degeneracy, ""}, {"innermost", innermost, "nodes"}};
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_cores(graph_, last.column<std::int32_t>(kValue));
  }
};

}  // namespace

std::unique_ptr<Scene> create_kcore_scene() { return std::make_unique<KcoreScene>(); }

}  // namespace quadrille
