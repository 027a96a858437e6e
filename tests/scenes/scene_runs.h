// Scenes of bodies, run as a user runs them.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <quadrille/generators.h>
#include <quadrille/parallel.h>
#include <quadrille/simulation.h>

namespace quadrille::test {

inline Simulation create(const char* scene, SceneInput input,
                         const SimulationOptions& options = {}) {
  return std::move(Simulation::create(scene, std::move(input), options)).value();
}

inline void run(Simulation& simulation, int steps) {
  for (int i = 0; i < steps && !simulation.finished(); ++i)
    ASSERT_EQ(simulation.step().message(), "") << "step " << i;
}

inline double fact(const Simulation& simulation, std::string_view name) {
  for (const SceneFact& fact : simulation.scene().facts(simulation.last_completed())) {
    if (fact.name.starts_with(name)) return fact.value;
  }
  ADD_FAILURE() << "no fact " << name;
  return 0;
}

inline std::string verified(const Simulation& simulation) {
  return simulation.scene().verify(simulation.last_completed()).message();
}

inline PointSet generated(const std::string& text) {
  const auto parallel = std::move(Parallel::create({.backend = TaskBackend::kSerial})).value();
  return generate_points(parse_generator(text).value(), 1, *parallel).value();
}

inline SceneInput generated_points(const std::string& text) {
  SceneInput input;
  input.has_points = true;
  input.points = generated(text);
  return input;
}

}  // namespace quadrille::test
