#include "scenes/wave_scene.h"

#include <algorithm>
#include <utility>

#include "kernels/bfs.h"
#include "kernels/sources.h"

namespace quadrille {

bool WaveScene::positions(const Frame&, std::span<const float>& x,
                          std::span<const float>& y) const {
  if (!graph_.has_coordinates()) return false;
  x = graph_.x();
  y = graph_.y();
  return true;
}

Status WaveScene::verify(const Frame& last) const {
  if (graph_.num_nodes() == 0) return Status::ok();
  if (finished()) return verify_finished(last);
  return {StatusCode::kInvalidArgument, "the wave has not come to its end after " +
                                            std::to_string(steps_) +
                                            " steps: there is nothing to verify"};
}

Result<NodeID> WaveScene::choose_source(const SceneContext& context) const {
  if (graph_.num_nodes() == 0 && context.options.source == 0) return kNoParent;
  return find_source(graph_, context.options.source);
}

Result<std::vector<NodeID>> WaveScene::choose_sample(const SceneContext& context) const {
  if (context.options.samples < 0) {
    return Status(
        StatusCode::kInvalidArgument,
        "samples is " + std::to_string(context.options.samples) + "; it must be 0 or more");
  }
  return sample_sources(graph_, context.options.samples, context.options.seed);
}

ColumnSpec WaveScene::node_column(std::string name, ColumnType type) const {
  return {.name = std::move(name),
          .type = type,
          .mode = ColumnMode::kUpdated,
          .size = graph_.num_nodes()};
}

std::int64_t WaveScene::bytes_a_step(std::int64_t bytes) const {
  return steps_ == 0 ? 0 : bytes / steps_;
}

void mark_step(FrameWriter& frame, bool sparse, std::span<const NodeID> changed,
               std::initializer_list<ColumnID> columns) {
  if (sparse) {
    frame.set_changed_ids(changed);
  } else {
    for (const ColumnID column : columns) frame.mark_all(column);
  }
}

std::vector<SceneFact> class_facts(std::span<const NodeID> label, const std::string& name) {
  std::vector<std::int64_t> sizes(label.size(), 0);  // labels are ids of nodes
  for (const NodeID l : label) ++sizes[static_cast<std::size_t>(l)];
  double classes = 0;
  std::int64_t largest = 0;
  for (const std::int64_t size : sizes) {
    classes += size != 0 ? 1 : 0;
    largest = std::max(largest, size);
  }
  return {{name, classes, ""}, {"largest", static_cast<double>(largest), "nodes"}};
}

}  // namespace quadrille
