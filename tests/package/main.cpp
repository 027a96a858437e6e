// What a user writes first: every scene is there, by the public headers alone.
#include <cstdio>

#include <quadrille/simulation.h>

int main() {
  const auto unknown = quadrille::Simulation::create("no such scene", {});
  if (unknown.is_ok() || unknown.status().message().empty()) return 1;
  for (const auto& scene : quadrille::scene_registry()) {
    std::printf("%.*s\n", static_cast<int>(scene.name.size()), scene.name.data());
  }
  return 0;
}
