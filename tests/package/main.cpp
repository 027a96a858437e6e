// What a user writes first: every scene is there, by the public headers alone.
#include <cstdio>

#include <quadrille/multipole.h>
#include <quadrille/radial_field.h>
#include <quadrille/simulation.h>

int main() {
  const auto unknown = quadrille::Simulation::create("no such scene", {});
  if (unknown.is_ok() || unknown.status().message().empty()) return 1;
  for (const auto& scene : quadrille::scene_registry()) {
    std::printf("%.*s\n", static_cast<int>(scene.name.size()), scene.name.data());
  }
  // Operators of a law of one's own are compiled here, from installed headers.
  const quadrille::FieldOperators own = quadrille::radial_operators<quadrille::InverseLaw>(4);
  return quadrille::Multipole::check({.order = 4}).is_ok() && own.num_moments > 0 ? 0 : 1;
}
