// Shortest paths from one node over weights, a bucket of distances a step (or all in one).
#include "kernels/sssp.h"
#include "kernels/path_search.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class SsspScene final : public PathWave<SsspScene, Sssp, PathSearch, SsspColumns, PathLength> {
 public:
  static constexpr const char* kPassName = "bucket";

  Result<Sssp> create_kernel(const SceneContext& context) const {
    return Sssp::create(graph_, context.options.delta, context.parallel, context.kernels,
                        context.scratch);
  }
  Result<PathSearch> create_search(const SceneContext& context) const {
    return PathSearch::create(graph_, context.options.delta, context.parallel, context.kernels,
                              context.scratch);
  }
  // Each arc's target and weight is read, and the distance that it leads to is compared.
  std::int64_t step_bytes() const override {
    const auto arc_bytes =
        static_cast<std::int64_t>(sizeof(NodeID) + (graph_.weighted() ? sizeof(Weight) : 0));
    return bytes_a_step(work() * arc_bytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    std::vector<SceneFact> facts = distance_facts(last.column<PathLength>(kDistance), "");
    facts.push_back(
        {"delta", static_cast<double>(search_ ? search_->delta() : kernel_->delta()), ""});
    return facts;
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_sssp(graph_, source_, last.column<PathLength>(kDistance),
                       last.column<NodeID>(kParent));
  }
};

}  // namespace

std::unique_ptr<Scene> create_sssp_scene() { return std::make_unique<SsspScene>(); }

}  // namespace quadrille
