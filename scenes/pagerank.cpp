// pagerank: how often a random walk is at each node, an iteration a step.
#include "kernels/pagerank.h"

#include <algorithm>

#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class PageRankScene final : public KernelWave<PageRankScene, PageRank> {
 public:
  static constexpr const char* kPassName = "iterate";

  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(kernel_, PageRank::create(graph_, options_, context.parallel,
                                                         context.kernels, context.scratch));
    return Status::ok();
  }
  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(node_column("active", ColumnType::kBit));
    schema.add(node_column("rank", ColumnType::kFloat32));
    return schema;
  }
  Status initialize(FrameWriter& frame) override {
    kernel_->start(columns(frame));
    return Status::ok();
  }
  // Each arc's target is read, and the share that it leads to; of each node the record, the score
  // twice, and the share and the rank written.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kArcBytes = sizeof(NodeID) + sizeof(float);
    constexpr std::int64_t kNodeBytes = sizeof(NodeRecord) + 4 * sizeof(float);
    return bytes_a_step(work() * kArcBytes) + graph_.num_nodes() * kNodeBytes;
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    const auto rank = last.column<float>(kRank);
    const float largest = rank.empty() ? 0.0f : *std::max_element(rank.begin(), rank.end());
    return {{"largest", static_cast<double>(largest), ""},
            {"iterations", static_cast<double>(kernel_->iterations()), ""},
            {"change", kernel_->change(), ""},
            {"settled", kernel_->settled() ? 1.0 : 0.0, ""}};
  }

 private:
  friend KernelWave<PageRankScene, PageRank>;
  enum : ColumnID { kActive, kRank };
  static constexpr std::initializer_list<ColumnID> kColumns = {kActive, kRank};

  static PageRankColumns columns(FrameWriter& frame) {
    return {.rank = frame.column<float>(kRank), .active = frame.column<std::uint64_t>(kActive)};
  }
  Status verify_finished(const Frame& last) const override {
    return verify_pagerank(graph_, last.column<float>(kRank), options_.damping,
                           kernel_->settled() ? options_.tolerance : kernel_->change());
  }

  PageRankOptions options_;
};

}  // namespace

std::unique_ptr<Scene> create_pagerank_scene() { return std::make_unique<PageRankScene>(); }

}  // namespace quadrille
