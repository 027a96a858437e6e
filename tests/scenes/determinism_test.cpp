// The same bytes for any thread count, instruction set, task backend, publish interval, reader,
// compiler and build type: each run's state hash is compared with tests/golden/state_hashes.txt,
// which all builds share. QUADRILLE_LONG=1: a million elements.
// QUADRILLE_UPDATE_GOLDEN=1 writes the file anew (then read the diff).

#include <quadrille/generators.h>
#include <quadrille/parallel.h>
#include <quadrille/simulation.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include "kernels/dispatch.h"
#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

bool flag(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && std::string_view(value) == "1";
}

std::int64_t size() { return flag("QUADRILLE_LONG") ? 1'000'000 : 20'000; }
bool updates() { return flag("QUADRILLE_UPDATE_GOLDEN"); }
constexpr int kSteps = 50, kManySteps = 1000;
const std::string kGoldenFile = QUADRILLE_GOLDEN_DIR "/state_hashes.txt";

// Locked from construction to destruction: ctest runs several of these programs at once.
class LockedGoldenDir {
 public:
  LockedGoldenDir() : folder_(open(QUADRILLE_GOLDEN_DIR, O_RDONLY)) { flock(folder_, LOCK_EX); }
  ~LockedGoldenDir() { close(folder_); }
  LockedGoldenDir(const LockedGoldenDir&) = delete;
  LockedGoldenDir& operator=(const LockedGoldenDir&) = delete;

 private:
  int folder_;
};

class Golden {
 public:
  Golden() { read(); }
  std::string find(const std::string& scene, std::int64_t elements = size()) const {
    const auto found = hashes_.find({scene, elements});
    return found == hashes_.end() ? "none in " + kGoldenFile : found->second;
  }
  void store(const std::string& scene, const std::string& hash, std::int64_t elements = size()) {
    const LockedGoldenDir lock;
    read();
    hashes_[{scene, elements}] = hash;
    std::ofstream file(kGoldenFile);
    file << "# scene, elements, state hash after " << kSteps
         << " steps or the end (nbody's own: " << kManySteps << "). Written by determinism_test.\n";
    for (const auto& [key, value] : hashes_)
      file << key.first << ' ' << key.second << ' ' << value << '\n';
  }

 private:
  void read() {
    std::ifstream file(kGoldenFile);
    for (std::string line; std::getline(file, line);) {
      std::istringstream fields(line);
      std::string scene, hash;
      std::int64_t elements = 0;
      if (fields >> scene >> elements >> hash && scene[0] != '#') hashes_[{scene, elements}] = hash;
    }
  }

  std::map<std::pair<std::string, std::int64_t>, std::string> hashes_;
};

SimulationOptions options_for(int threads) {
  SimulationOptions options;
  options.num_threads = threads;
  options.scene.size = size();
  options.scene.source = 7;
  options.scene.samples = 10;
  return options;
}

std::string final_hash(const SceneEntry& scene, const SimulationOptions& options,
                       bool stalled_reader = false) {
  auto created = Simulation::create(scene.name, test::input_for(scene, size()), options);
  if (!created.is_ok()) return created.status().message();
  Simulation simulation = std::move(created).value();
  PinnedFrame stalled;
  if (stalled_reader) stalled = simulation.reader().latest();
  const StateHash held = stalled ? stalled->state_hash() : StateHash();
  for (int step = 0; step < kSteps && !simulation.finished(); ++step) {
    if (const Status status = simulation.step(); !status.is_ok()) return status.message();
  }
  if (stalled && !(stalled->state_hash() == held)) return "the stalled reader's frame changed";
  return simulation.last_completed().state_hash().to_string();
}

class Determinism : public testing::TestWithParam<std::string> {
 protected:
  // The row of thread counts writes what the others are compared with: they wait for the next run.
  void SetUp() override {
    const std::string_view row = testing::UnitTest::GetInstance()->current_test_info()->name();
    if (updates() && !row.starts_with("AnyThreadCount")) GTEST_SKIP() << "hashes are written anew";
  }
  const SceneEntry& scene() const { return *find_scene(GetParam()); }
  Golden golden_;
};

TEST_P(Determinism, AnyThreadCountGivesTheGoldenBytes) {
  if (updates()) golden_.store(GetParam(), final_hash(scene(), options_for(1)));
  for (const int threads : {1, 2, 3, 8})
    EXPECT_EQ(final_hash(scene(), options_for(threads)), golden_.find(GetParam()))
        << threads << " threads";
}

TEST_P(Determinism, AnyInstructionSetGivesTheGoldenBytes) {
  for (const KernelTable* table : all_kernel_tables()) {
    if (!processor_supports(*table)) continue;
    SimulationOptions options = options_for(2);
    options.isa = table->name;
    EXPECT_EQ(final_hash(scene(), options), golden_.find(GetParam())) << table->name;
  }
}

TEST_P(Determinism, AnyTaskBackendGivesTheGoldenBytes) {
  for (const char* backend : {"serial", "threads"}) {
    SimulationOptions options = options_for(2);
    options.backend = backend;
    EXPECT_EQ(final_hash(scene(), options), golden_.find(GetParam())) << backend;
  }
}

TEST_P(Determinism, AnyPublishIntervalWithAStalledReaderGivesTheGoldenBytes) {
  SimulationOptions options = options_for(2);
  options.readers = 1;
  for (const auto& [mode, interval] :
       {std::pair(PublishMode::kEvery, 1), std::pair(PublishMode::kInterval, 7),
        std::pair(PublishMode::kNever, 0)}) {
    options.publish = mode;
    options.publish_interval = interval;
    for (const bool stalled : {false, true})
      EXPECT_EQ(final_hash(scene(), options, stalled), golden_.find(GetParam()))
          << interval << ' ' << stalled;
  }
}

#if defined(__SSE__)
// Denormals flushed in and out (bits 15 and 6), rounding downwards (bit 13): a game beside an
// interval library.
constexpr unsigned kHostileMode = 0x1f80 | 1u << 15 | 1u << 6 | 1u << 13;

// An integrator's tasks on a thread whose mode is as hostile as the caller's.
void run_in_hostile_mode(void*, std::int64_t num_chunks,
                         void (*chunk)(void* argument, std::int64_t index, int worker),
                         void* argument) {
  std::thread([&] {
    __builtin_ia32_ldmxcsr(kHostileMode);
    for (std::int64_t i = 0; i < num_chunks; ++i) chunk(argument, i, 1);
  }).join();
}

TEST_P(Determinism, AnyFloatModeOfTheCallerAndOfItsThreadsGivesTheGoldenBytes) {
  for (const char* backend : {"serial", "threads", "", "hook"}) {
    SimulationOptions options = options_for(2);
    if (std::string_view(backend) == "hook")
      options.hooks.tasks = {.num_workers = 2, .run = run_in_hostile_mode};
    else
      options.backend = backend;
    const unsigned before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(kHostileMode);
    const std::string hash = final_hash(scene(), options);
    const unsigned after = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before);
    EXPECT_EQ(hash, golden_.find(GetParam())) << backend;
    constexpr unsigned kRaised = 0x3f;
    EXPECT_EQ(after & ~kRaised, kHostileMode) << "the caller's mode is its own: " << backend;
  }
}
#endif

// ---- each scene of nbody, long enough for a last bit to become another galaxy ----

struct NbodyRun {
  const char *name, *generate, *time_steps, *box;
};
constexpr NbodyRun kNbodyRuns[] = {{"nbody_plummer", "plummer", "", ""},
                                   {"nbody_collision", "collision", "", ""},
                                   {"nbody_collapse", "collapse", "block:4", ""},
                                   {"nbody_orbit", "orbit", "", ""},
                                   {"nbody_periodic", "plummer", "", "periodic:4"}};

std::int64_t nbody_size() { return flag("QUADRILLE_LONG") ? 400 : 60; }

std::string hash_of_nbody(const NbodyRun& of, int threads, const std::string& isa) {
  const auto parallel = std::move(Parallel::create({.backend = TaskBackend::kSerial})).value();
  SceneInput input;
  input.has_points = true;
  const std::string text = of.generate + (':' + std::to_string(nbody_size()));
  input.points = generate_points(parse_generator(text).value(), 1, *parallel).value();
  SimulationOptions options;
  options.num_threads = threads;
  options.isa = isa;
  options.scene.time_steps = of.time_steps;
  options.scene.box = of.box;
  Simulation simulation = Simulation::create("nbody", std::move(input), options).value();
  for (int step = 0; step < kManySteps; ++step) {
    if (const Status status = simulation.step(); !status.is_ok()) return status.message();
  }
  return simulation.last_completed().state_hash().to_string();
}

TEST(NbodyDeterminism, AThousandStepsOfEachSceneGiveTheGoldenBytes) {
  Golden golden;
  for (const NbodyRun& of : kNbodyRuns) {
    if (updates()) golden.store(of.name, hash_of_nbody(of, 1, ""), nbody_size());
    const std::string expected = golden.find(of.name, nbody_size());
    for (const int threads : {1, 2, 3, 8}) {
      if (!flag("QUADRILLE_LONG") && threads != 2) continue;
      EXPECT_EQ(hash_of_nbody(of, threads, ""), expected) << of.name << ' ' << threads;
    }
    for (const KernelTable* table : all_kernel_tables()) {
      const bool is_wanted = flag("QUADRILLE_LONG") || std::string_view(table->name) == "portable";
      if (!is_wanted || !processor_supports(*table)) continue;
      EXPECT_EQ(hash_of_nbody(of, 1, std::string(table->name)), expected)
          << of.name << ' ' << table->name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scenes, Determinism, testing::ValuesIn(test::scene_names()),
                         [](const auto& scene) { return scene.param; });

}  // namespace
}  // namespace quadrille
