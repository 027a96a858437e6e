// triangles: of each node those that it is in, a sixteenth of them a step.
#include "kernels/triangles.h"

#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class TrianglesScene final
    : public ValueWave<TrianglesScene, Triangles, TriangleColumns, std::int64_t> {
 public:
  static constexpr const char* kPassName = "count";
  static constexpr const char* kColumnName = "triangles";

  Result<Triangles> create_kernel(const SceneContext& context) const {
    return Triangles::create(graph_, context.parallel, context.scratch);
  }
  // Each list element that is looked up, and its bit.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID) + 1;
    return bytes_a_step(work() * kArcBytes);
  }
  // Transitivity: of the pairs of neighbours of all nodes, those that are neighbours. Clustering:
  // the mean of that share over all nodes, 0 where a node has no pair.
  std::vector<SceneFact> facts(const Frame& last) const override {
    const auto triangles = last.column<std::int64_t>(kValue);
    double pairs = 0, closed = 0, shares = 0;
    for (NodeID v = 0; v < graph_.num_nodes(); ++v) {
      const auto neighbours = static_cast<double>(num_neighbours(graph_, v));
      if (neighbours < 2) continue;
      const double own = neighbours * (neighbours - 1) / 2;
      const auto here = static_cast<double>(triangles[static_cast<std::size_t>(v)]);
      pairs += own;
      closed += here;
      shares += here / own;
    }
    const auto nodes = static_cast<double>(graph_.num_nodes());
    return {{"triangles", static_cast<double>(kernel_->count()), ""},
            {"transitivity", pairs == 0 ? 0 : closed / pairs, ""},
            {"clustering", nodes == 0 ? 0 : shares / nodes, ""}};
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_triangles(graph_, last.column<std::int64_t>(kValue));
  }
};

}  // namespace

std::unique_ptr<Scene> create_triangles_scene() { return std::make_unique<TrianglesScene>(); }

}  // namespace quadrille
