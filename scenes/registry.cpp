#include <quadrille/scene.h>

namespace quadrille {

std::span<const SceneEntry> scene_registry() { return {}; }

const SceneEntry* find_scene(std::string_view name) {
  for (const SceneEntry& entry : scene_registry()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace quadrille
