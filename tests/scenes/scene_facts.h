// What a scene says of its last completed step.
#pragma once

#include <string_view>

#include <gtest/gtest.h>

#include <quadrille/simulation.h>

namespace quadrille::test {

inline double scene_fact(const Simulation& simulation, std::string_view name) {
  for (const SceneFact& fact : simulation.scene().facts(simulation.last_completed())) {
    if (fact.name == name) return fact.value;
  }
  ADD_FAILURE() << "no fact is called " << name;
  return -1;
}

}  // namespace quadrille::test
