#include "scenes/wave_scene.h"

#include <utility>

namespace quadrille {

bool WaveScene::positions(const Frame&, std::span<const float>& x,
                          std::span<const float>& y) const {
  if (!graph_.has_coordinates()) return false;
  x = graph_.x();
  y = graph_.y();
  return true;
}

Status WaveScene::verify(const Frame& last) const {
  if (finished()) return verify_finished(last);
  return {StatusCode::kInvalidArgument, "the wave has not come to its end after " +
                                            std::to_string(steps_) +
                                            " steps: there is nothing to verify"};
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

}  // namespace quadrille
