// The same bytes of each input of `collide` on any thread count, instruction set and compiler,
// after many steps: falling, meeting, coming to rest, falling asleep. Hashes stand in
// tests/golden/collide_hashes.txt. QUADRILLE_LONG=1: 1,000 steps instead of 120.
// QUADRILLE_UPDATE_GOLDEN=1 writes the file anew.
#include <quadrille/generators.h>
#include <quadrille/parallel.h>
#include <quadrille/simulation.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "kernels/dispatch.h"

namespace quadrille {
namespace {

const std::string kCollideHashes = QUADRILLE_GOLDEN_DIR "/collide_hashes.txt";

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && std::string_view(value) == "1";
}

int steps_to_take() { return is_set("QUADRILLE_LONG") ? 1000 : 120; }

// By input and steps.
std::map<std::string, std::string> golden_hashes() {
  std::map<std::string, std::string> hashes;
  std::ifstream file(kCollideHashes);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string input, steps, hash;
    if (fields >> input >> steps >> hash && input[0] != '#') hashes[input + " " + steps] = hash;
  }
  return hashes;
}

void store_hash(const std::string& key, const std::string& hash) {
  std::map<std::string, std::string> hashes = golden_hashes();
  hashes[key] = hash;
  std::ofstream file(kCollideHashes);
  file << "# input, steps, state hash. Written by collide_determinism_test.\n";
  for (const auto& [of, value] : hashes) file << of << ' ' << value << '\n';
}

std::string hash_after(const std::string& input, int threads, std::string_view isa) {
  const auto parallel = Parallel::create({.num_threads = 1}).value();
  SceneInput points;
  points.has_points = true;
  points.points = generate_points(parse_generator(input).value(), 1, *parallel).value();
  SimulationOptions options;
  options.num_threads = threads;
  options.isa = isa;
  auto created = Simulation::create("collide", std::move(points), options);
  if (!created.is_ok()) return created.status().message();
  Simulation simulation = std::move(created).value();
  for (int i = 0; i < steps_to_take(); ++i) {
    if (const Status status = simulation.step(); !status.is_ok()) return status.message();
  }
  return simulation.last_completed().state_hash().to_string();
}

class CollideDeterminism : public testing::TestWithParam<std::string> {};

// Each thread count with another instruction set, and all of these with one thread count.
TEST_P(CollideDeterminism, AnyThreadCountAndInstructionSetGivesTheGoldenBytes) {
  const std::string key = GetParam() + " " + std::to_string(steps_to_take());
  if (is_set("QUADRILLE_UPDATE_GOLDEN")) store_hash(key, hash_after(GetParam(), 1, "portable"));
  const std::string golden = golden_hashes()[key];
  for (const int threads : {1, 2, 3, 8})
    EXPECT_EQ(hash_after(GetParam(), threads, ""), golden) << threads << " threads";
  for (const KernelTable* table : all_kernel_tables()) {
    if (!processor_supports(*table)) continue;
    EXPECT_EQ(hash_after(GetParam(), 2, table->name), golden) << table->name;
  }
}

INSTANTIATE_TEST_SUITE_P(Inputs, CollideDeterminism,
                         testing::Values("hourglass:1500", "dam:1500", "mixed:1500", "uniform:1500",
                                         "clusters:1500"),
                         [](const auto& input) {
                           return input.param.substr(0, input.param.find(':'));
                         });

}  // namespace
}  // namespace quadrille
