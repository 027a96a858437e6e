// kcore: core numbers, a level of the peeling a step.
#include "kernels/kcore.h"

#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class KcoreScene final : public KernelWave<KcoreScene, Kcore> {
 public:
  static constexpr const char* kPassName = "peel";

  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(kernel_, Kcore::create(graph_, context.parallel, context.scratch));
    return Status::ok();
  }
  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(node_column("active", ColumnType::kBit));
    schema.add(node_column("core", ColumnType::kInt32));
    return schema;
  }
  Status initialize(FrameWriter& frame) override {
    kernel_->start(columns(frame));
    return Status::ok();
  }
  // Each arc's target is read, and the degree that it leads to.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID) + sizeof(std::int32_t);
    return bytes_a_step(work() * kArcBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    double innermost = 0;
    for (const std::int32_t core : last.column<std::int32_t>(kCore)) {
      innermost += core == kernel_->level() && core >= 0 ? 1 : 0;
    }
    const double degeneracy = kernel_->level() < 0 ? 0 : static_cast<double>(kernel_->level());
    return {{"degeneracy", degeneracy, ""}, {"innermost", innermost, "nodes"}};
  }

 private:
  friend KernelWave<KcoreScene, Kcore>;
  enum : ColumnID { kActive, kCore };
  static constexpr std::initializer_list<ColumnID> kColumns = {kActive, kCore};

  static KcoreColumns columns(FrameWriter& frame) {
    return {.core = frame.column<std::int32_t>(kCore),
            .active = frame.column<std::uint64_t>(kActive)};
  }
  Status verify_finished(const Frame& last) const override {
    return verify_cores(graph_, last.column<std::int32_t>(kCore));
  }
};

}  // namespace

std::unique_ptr<Scene> create_kcore_scene() { return std::make_unique<KcoreScene>(); }

}  // namespace quadrille
