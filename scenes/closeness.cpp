// closeness: how near each node is to the others, of a sample of sources; 64 of them a step.
#include "kernels/closeness.h"

#include <algorithm>

#include "kernels/sources.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class ClosenessScene final : public KernelWave<ClosenessScene, Closeness> {
 public:
  static constexpr const char* kPassName = "search";

  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(sources_, choose_sample(context));
    QUADRILLE_ASSIGN_OR_RETURN(kernel_, Closeness::create(graph_, sources_, context.parallel,
                                                          context.kernels, context.scratch));
    return Status::ok();
  }
  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(node_column("active", ColumnType::kBit));
    schema.add(node_column("closeness", ColumnType::kFloat32));
    schema.add(node_column("distance_sum", ColumnType::kInt64));
    schema.add(node_column("reached_by", ColumnType::kInt32));
    schema.add(node_column("farthest", ColumnType::kInt32));
    return schema;
  }
  Status initialize(FrameWriter& frame) override {
    kernel_->start(columns(frame));
    return Status::ok();
  }
  // Each arc's target is read, and the word that it leads to.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID) + sizeof(std::uint64_t);
    return bytes_a_step(work() * kArcBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    double pairs = 0, hops = 0;
    for (const std::int32_t sources : last.column<std::int32_t>(kReachedBy)) pairs += sources;
    for (const std::int64_t sum : last.column<std::int64_t>(kDistanceSum))
      hops += static_cast<double>(sum);
    pairs -= static_cast<double>(kernel_->sources_searched());  // each reaches itself
    Distance farthest = 0;
    for (const Distance d : last.column<Distance>(kFarthest)) farthest = std::max(farthest, d);
    return {{"sources", static_cast<double>(kernel_->sources_searched()), ""},
            {"mean distance", pairs == 0 ? 0 : hops / pairs, "hops"},
            {"farthest", static_cast<double>(farthest), "hops"}};
  }

 private:
  friend KernelWave<ClosenessScene, Closeness>;
  enum : ColumnID { kActive, kCloseness, kDistanceSum, kReachedBy, kFarthest };
  static constexpr std::initializer_list<ColumnID> kColumns = {kActive, kCloseness, kDistanceSum,
                                                               kReachedBy, kFarthest};

  static ClosenessColumns columns(FrameWriter& frame) {
    return {.closeness = frame.column<float>(kCloseness),
            .distance_sum = frame.column<std::int64_t>(kDistanceSum),
            .reached_by = frame.column<std::int32_t>(kReachedBy),
            .farthest = frame.column<Distance>(kFarthest),
            .active = frame.column<std::uint64_t>(kActive)};
  }
  Status verify_finished(const Frame& last) const override {
    return verify_closeness(graph_, sources_,
                            {.closeness = last.column<float>(kCloseness),
                             .distance_sum = last.column<std::int64_t>(kDistanceSum),
                             .reached_by = last.column<std::int32_t>(kReachedBy),
                             .farthest = last.column<Distance>(kFarthest)});
  }

  std::vector<NodeID> sources_;
};

}  // namespace

std::unique_ptr<Scene> create_closeness_scene() { return std::make_unique<ClosenessScene>(); }

}  // namespace quadrille
