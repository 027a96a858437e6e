// The scenes, one file each; registry.cpp lists them for everyone else.
#pragma once

#include <memory>

#include <quadrille/scene.h>

namespace quadrille {

std::unique_ptr<Scene> create_bfs_scene();
std::unique_ptr<Scene> create_sssp_scene();
std::unique_ptr<Scene> create_components_scene();
std::unique_ptr<Scene> create_labels_scene();
std::unique_ptr<Scene> create_pagerank_scene();
std::unique_ptr<Scene> create_kcore_scene();
std::unique_ptr<Scene> create_churn_scene();
std::unique_ptr<Scene> create_triangles_scene();
std::unique_ptr<Scene> create_closeness_scene();
std::unique_ptr<Scene> create_betweenness_scene();
std::unique_ptr<Scene> create_sort_scene();
std::unique_ptr<Scene> create_nbody_scene();
std::unique_ptr<Scene> create_collide_scene();
std::unique_ptr<Scene> create_layout_scene();

// SceneEntry::check of these.
Status check_nbody_options(const SceneOptions& options);
Status check_collide_options(const SceneOptions& options);
Status check_layout_options(const SceneOptions& options);

}  // namespace quadrille
