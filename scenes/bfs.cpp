// bfs: breadth-first search from one node, a level a step (or all in one). Ends when a level
// reaches nobody.
#include "kernels/bfs.h"
#include "kernels/verify.h"
#include "scenes/scenes.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

class BfsScene final : public PathWave<BfsScene, Bfs, Bfs, BfsColumns, Distance> {
 public:
  static constexpr const char* kPassName = "level";

  Result<Bfs> create_kernel(const SceneContext& context) const {
    return Bfs::create(graph_, context.parallel, context.kernels, context.scratch);
  }
  Result<Bfs> create_search(const SceneContext& context) const { return create_kernel(context); }
  // Each arc's target is read; of each node reached the record is read and two columns written.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kNodeBytes = sizeof(NodeRecord) + sizeof(Distance) + sizeof(NodeID);
    constexpr std::int64_t kArcBytes = sizeof(NodeID);
    return bytes_a_step(work() * kArcBytes + (search_ ? search_ : kernel_)->reached() * kNodeBytes);
  }
  std::vector<SceneFact> facts(const Frame& last) const override {
    return distance_facts(last.column<Distance>(kDistance), "hops");
  }

 private:
  Status verify_finished(const Frame& last) const override {
    return verify_bfs(graph_, source_, last.column<Distance>(kDistance),
                      last.column<NodeID>(kParent));
  }
};

}  // namespace

std::unique_ptr<Scene> create_bfs_scene() { return std::make_unique<BfsScene>(); }

}  // namespace quadrille
