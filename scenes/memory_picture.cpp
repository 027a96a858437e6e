#include <quadrille/memory_picture.h>

#include <utility>

#include <quadrille/simulation.h>

#include "engine/replace_file.h"
#include "scenes/memory_drawing.h"
#include "scenes/memory_history.h"

namespace quadrille {

struct MemoryRecorder::State {
  MemoryHistory history;
};

MemoryRecorder::MemoryRecorder() : state_(std::make_unique<State>()) {}
MemoryRecorder::MemoryRecorder(MemoryRecorder&&) noexcept = default;
MemoryRecorder& MemoryRecorder::operator=(MemoryRecorder&&) noexcept = default;
MemoryRecorder::~MemoryRecorder() = default;

void MemoryRecorder::record(const Simulation& simulation) {
  if (!state_->history.wants(simulation.last_completed().step())) return;
  state_->history.add(simulation.memory_map());
}

Status MemoryRecorder::write(const std::string& path, const Simulation& simulation,
                             const std::string& title) {
  if (!path.ends_with(".svg")) {
    return {StatusCode::kInvalidArgument, path + ": a picture that moves has a name in .svg"};
  }
  const MemoryMap map = simulation.memory_map();
  if (map.areas.empty()) {
    return {StatusCode::kInvalidArgument,
            path + ": a memory picture needs SimulationOptions::track_memory"};
  }
  state_->history.add(map);
  return replace_file(path, draw_memory(state_->history, title));
}

}  // namespace quadrille
