#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr SceneEntry kScenes[] = {
    {"bfs", "breadth-first search from a source, one level a step", SceneNeeds::kGraph,
     create_bfs_scene},
    {"sssp", "shortest paths from a source over weights, one bucket of distances a step",
     SceneNeeds::kGraph, create_sssp_scene},
    {"components", "weakly connected components, in two or three steps", SceneNeeds::kGraph,
     create_components_scene},
    {"labels", "communities by label propagation, one round a step", SceneNeeds::kGraph,
     create_labels_scene},
    {"pagerank", "how often a random walk is at each node, one iteration a step",
     SceneNeeds::kGraph, create_pagerank_scene},
    {"kcore", "core numbers: the fewest neighbours first, one level a step", SceneNeeds::kGraph,
     create_kcore_scene},
    {"churn", "a graph that changes: components and a search repaired after each batch of updates",
     SceneNeeds::kGraph, create_churn_scene},
    {"triangles", "triangles of each node, a sixteenth of them a step", SceneNeeds::kGraph,
     create_triangles_scene},
    {"closeness",
     "how near each node is to the others, from a sample of sources, 64 of them a step",
     SceneNeeds::kGraph, create_closeness_scene},
    {"betweenness", "through which nodes shortest paths lead, from a sample of sources, one a step",
     SceneNeeds::kGraph, create_betweenness_scene},
    {"sort", "radix, merge or quick sort, one pass a step", SceneNeeds::kNothing,
     create_sort_scene},
    {"nbody", "gravity in the plane, every body on every other", SceneNeeds::kPoints,
     create_nbody_scene, check_nbody_options},
    {"collide", "discs that bounce in a box", SceneNeeds::kPoints, create_collide_scene,
     check_collide_options},
    {"layout", "a force-directed drawing of a graph, as it unfolds", SceneNeeds::kGraph,
     create_layout_scene, check_layout_options},
};

}  // namespace

std::span<const SceneEntry> scene_registry() { return kScenes; }

const SceneEntry* find_scene(std::string_view name) {
  for (const SceneEntry& entry : kScenes) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace quadrille
