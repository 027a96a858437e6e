// betweenness: through which nodes shortest paths lead, of a sample of sources, one of them a step.
#include "kernels/betweenness.h"

#include <algorithm>

#include "kernels/sources.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class BetweennessScene final
    : public ValueWave<BetweennessScene, Betweenness, BetweennessColumns, float> {
 public:
  static constexpr const char* kPassName = "source";
  static constexpr const char* kColumnName = "betweenness";

  Result<Betweenness> create_kernel(const SceneContext& context) {
    QUADRILLE_ASSIGN_OR_RETURN(sources_, choose_sample(context));
    return Betweenness::create(graph_, sources_, context.parallel, context.kernels,
                               context.scratch);
  }
  // Each arc's target is read, and the number that it leads to.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID) + sizeof(double);
    return bytes_a_step(work() * kArcBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    const auto betweenness = last.column<float>(kValue);
    const auto largest = std::max_element(betweenness.begin(), betweenness.end());
    std::vector<SceneFact> facts = {
        {"sources", static_cast<double>(kernel_->sources_searched()), ""}};
    if (largest != betweenness.end()) {
      const auto node = static_cast<NodeID>(largest - betweenness.begin());
      facts.push_back({"largest", static_cast<double>(*largest), ""});
      // A name is no number.
      if (graph_.names().empty())
        facts.push_back({"at node", static_cast<double>(graph_.user_id(node)), ""});
    }
    return facts;
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_betweenness(graph_, sources_, last.column<float>(kValue));
  }

  std::vector<NodeID> sources_;
};

}  // namespace

std::unique_ptr<Scene> create_betweenness_scene() { return std::make_unique<BetweennessScene>(); }

}  // namespace quadrille
