// quadrille_physics_peers: a heap of discs at rest, and a broad-phase of many, by several engines
// side by side.
#include <algorithm>
#include <cmath>

#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/option_builder.h"
#include "bench/peers/peer_program.h"
#include "bench/peers/physics_peer.h"
#include "bench/peers/physics_scene.h"
#include "bench/statistics.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

struct PhysicsOptions {
  std::int64_t discs = 20'000, settle = 600, rounds = 5, steps = 20, pairs_of = 0;
  double rate = 60;  // steps a second
  double radii = 1;  // of --pairs, the largest over the smallest
  int sub_steps = 4;
  std::uint64_t seed = 1;
  std::vector<std::string> without;
  MachineOptions machine{.threads = 1};
};

constexpr double kContactsDiffer = 0.05;
constexpr double kLongPairs = 1e9;  // ns: a slow broad-phase is not asked again

using PhysicsPeers = std::vector<std::unique_ptr<PhysicsPeer>>;

PhysicsPeers make_physics_peers(const std::vector<std::string>& without, Parallel& parallel) {
  PhysicsPeers peers;
  peers.push_back(quadrille_physics(parallel));
#if defined(QUADRILLE_BOX2D)
  peers.push_back(box2d_physics());
#endif
  leave_out(without, peers);
  return peers;
}

// ---- the heap ----

struct PileRow {
  std::vector<double> step_ns;  // of a round, the mean
  PileFacts facts;
};

Status run_steps_of(PhysicsPeer& peer, std::int64_t steps, double rate) {
  const auto dt = static_cast<float>(1 / rate);
  for (std::int64_t i = 0; i < steps; ++i) QUADRILLE_RETURN_IF_ERROR(peer.step(dt));
  return Status::ok();
}

// The first peer's time over another's, round by round.
std::string times_as_long(const PileRow& ours, const PileRow& theirs) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.step_ns.size(); ++i)
    ratios.push_back(theirs.step_ns[i] / ours.step_ns[i]);
  const Summary summary = summarize(ratios);
  return fmt::format("{} +-{:.0f}%", format_number(summary.median), 100 * summary.spread);
}

std::string pile_table(const PhysicsPeers& peers, const std::vector<PileRow>& rows) {
  Table table({{.head = "engine", .left = true},
               {.head = "ms a step"},
               {.head = "x ours"},
               {.head = "contacts"},
               {.head = "overlap"},
               {.head = "speed"},
               {.head = "top"},
               {.head = "at rest", .left = true}});
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const Summary summary = summarize(rows[i].step_ns);
    const PileFacts& facts = rows[i].facts;
    table.add_row(
        {peers[i]->name(),
         fmt::format("{} +-{:.0f}%", format_number(summary.median / 1e6), 100 * summary.spread),
         times_as_long(rows[0], rows[i]), format_count(facts.contacts),
         fmt::format("{:.2f}%", 100 * facts.overlap), format_number(facts.speed),
         format_number(facts.top), is_at_rest(facts) ? "yes" : "no"});
  }
  return table.to_string(output_width());
}

Status compare_piles(const PhysicsOptions& options, const PhysicsPeers& peers) {
  PhysicsScene scene = heap_of_discs(options.discs, options.seed);
  scene.sub_steps = options.sub_steps;
  std::vector<PileRow> rows(peers.size());
  for (const auto& peer : peers) {
    QUADRILLE_RETURN_IF_ERROR(peer->create(scene));
    QUADRILLE_RETURN_IF_ERROR(run_steps_of(*peer, options.settle, options.rate));
  }
  for (std::int64_t round = 0; round < options.rounds; ++round) {
    for (std::size_t turn = 0; turn < peers.size(); ++turn) {
      const std::size_t i = round % 2 == 0 ? turn : peers.size() - 1 - turn;
      const std::int64_t begin = now_ns();
      QUADRILLE_RETURN_IF_ERROR(run_steps_of(*peers[i], options.steps, options.rate));
      rows[i].step_ns.push_back(static_cast<double>(now_ns() - begin) /
                                static_cast<double>(options.steps));
    }
  }
  for (std::size_t i = 0; i < peers.size(); ++i) {
    PhysicsState state;
    QUADRILLE_RETURN_IF_ERROR(peers[i]->read(state));
    rows[i].facts = facts_of(scene, state);
  }
  fmt::print("{}", pile_table(peers, rows));
  for (std::size_t i = 1; i < peers.size(); ++i) {
    const auto ours = static_cast<double>(rows[0].facts.contacts);
    const double differs = static_cast<double>(rows[i].facts.contacts) / ours - 1;
    fmt::print("{}: {:+.1f} % contacts{}\n", peers[i]->name(), 100 * differs,
               std::abs(differs) <= kContactsDiffer ? "" : ", which is another heap");
  }
  return Status::ok();
}

// ---- the broad-phase ----

// Medians; all must find the same number of pairs, in every round.
Status compare_pairs(const PhysicsOptions& options, const PhysicsPeers& peers) {
  const PhysicsScene scene = scattered_discs(options.pairs_of, options.seed, options.radii);
  Table table({{.head = "broad-phase", .left = true}, {.head = "ms"}, {.head = "pairs"}});
  std::int64_t first = -1;
  for (const auto& peer : peers) {
    std::vector<double> rounds;
    for (std::int64_t i = 0; i < options.rounds; ++i) {
      std::int64_t pairs = 0;
      QUADRILLE_ASSIGN_OR_RETURN(const double elapsed_ns, peer->find_pairs(scene, pairs));
      rounds.push_back(elapsed_ns);
      if (first < 0) first = pairs;
      if (first != pairs) {
        return {StatusCode::kInvalidInput,
                fmt::format("{} finds {} pairs, {} finds {}", peers[0]->name(), first, peer->name(),
                            pairs)};
      }
      if (elapsed_ns > kLongPairs) break;
    }
    const Summary summary = summarize(rounds);
    table.add_row(
        {peer->name(),
         fmt::format("{} +-{:.0f}%", format_number(summary.median / 1e6), 100 * summary.spread),
         format_count(first)});
  }
  fmt::print("{}", table.to_string(output_width()));
  return Status::ok();
}

// ---- the program ----

Status compare_physics(const PhysicsOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  const PhysicsPeers peers = make_physics_peers(options.without, *parallel);
  if (peers.empty()) return {StatusCode::kInvalidArgument, "--without leaves no engine"};
  const Machine machine = describe_machine("");
  fmt::print("{}; quadrille on {}\n", machine_line(machine, 1),
             plural(parallel->num_workers(), "thread"));
  if (options.pairs_of > 0) {
    fmt::print("{} discs at random places, radii 1:{:g}\n\n", format_count(options.pairs_of),
               options.radii);
    return compare_pairs(options, peers);
  }
  fmt::print("{} discs in a heap, {} steps of 1/{:g} s after they began to fall\n\n",
             format_count(options.discs), format_count(options.settle), options.rate);
  return compare_piles(options, peers);
}

int run_physics_peers(int argc, const char* const* argv) {
  PhysicsOptions options;
  CLI::App app("Discs by several physics engines side by side");
  add_number(&app, "--discs", options.discs, {10, 1e7}, "In the heap. Default: 20,000");
  add_number(&app, "--settle", options.settle, {0, 1e6},
             "Steps before the first round. Default: 600");
  add_number(&app, "--rounds", options.rounds, {1, 1000}, "Default: 5");
  add_number(&app, "--steps", options.steps, {1, 1e6}, "Of a round. Default: 20");
  add_number(&app, "--rate", options.rate, {1, 1e6}, "Steps a second. Default: 60");
  add_number(&app, "--sub-steps", options.sub_steps, {1, 64},
             "Of engines that have them. Default: 4");
  add_number(&app, "--pairs", options.pairs_of, {10, 1e8},
             "Find the pairs of so many scattered discs instead");
  add_number(&app, "--radii", options.radii, {1, 1e4},
             "Of those discs, the largest radius over the smallest. Default: 1");
  add_without(&app, options.without);
  add_machine_options(&app, options.machine);
  add_seed(&app, options.seed);
  return run_peer_program("quadrille_physics_peers", app, argc, argv,
                          [&options] { return compare_physics(options); });
}

}  // namespace
}  // namespace quadrille::program

int main(int argc, char** argv) { return quadrille::program::run_physics_peers(argc, argv); }
