// pagerank: how often a random walk is at each node, an iteration a step.
#include "kernels/pagerank.h"

#include <algorithm>

#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class PageRankScene final : public ValueWave<PageRankScene, PageRank, PageRankColumns, float> {
 public:
  static constexpr const char* kPassName = "iterate";
  static constexpr const char* kColumnName = "rank";

  Result<PageRank> create_kernel(const SceneContext& context) {
    options_ = {.damping = context.options.damping,
                .tolerance = context.options.tolerance,
                .max_iterations = context.options.iterations};
    return PageRank::create(graph_, options_, context.parallel, context.kernels, context.scratch);
  }
  // Each arc's target is read, and the share that it leads to; of each node the record, both scores
  // and the inverse of its degree, and a score, the share and the rank are written.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID) + sizeof(float);
    constexpr std::int64_t kNodeBytes = sizeof(NodeRecord) + 6 * sizeof(float);
    return bytes_a_step(work() * kArcBytes) + graph_.num_nodes() * kNodeBytes;
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    const auto rank = last.column<float>(kValue);
    const float largest = rank.empty() ? 0.0f : *std::max_element(rank.begin(), rank.end());
    return {{"largest", static_cast<double>(largest), ""},
            {"iterations", static_cast<double>(kernel_->iterations()), ""},
            {"change", kernel_->change(), ""},
            {"settled", kernel_->settled() ? 1.0 : 0.0, ""}};
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_pagerank(graph_, last.column<float>(kValue), options_.damping,
                           kernel_->most_change());
  }

  PageRankOptions options_;
};

}  // namespace

std::unique_ptr<Scene> create_pagerank_scene() { return std::make_unique<PageRankScene>(); }

}  // namespace quadrille
