// quadrille_space_peers: indexes of points in the plane side by side, on the same points and
// queries, alternating, with checked answers.
#include <algorithm>
#include <optional>

#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/option_builder.h"
#include "bench/peers/peer_program.h"
#include "bench/peers/space_peer.h"
#include "bench/peers/space_rounds.h"
#include "bench/statistics.h"
#include "bench/table.h"

namespace quadrille::program {
namespace {

struct SpaceOptions {
  std::string generate = "uniform:1000000";
  std::vector<std::string> without;
  std::int64_t rounds = 5, queries = 100'000;
  std::uint64_t seed = 1;
  MachineOptions machine{.threads = 1};
};

// Those whose names hold one of `without` are left out.
SpacePeers make_space_peers(const std::vector<std::string>& without, Parallel& parallel) {
  SpacePeers peers;
  add_quadrille_space(parallel, peers);
#if defined(QUADRILLE_BOOST_SPACE)
  add_boost_space(peers);
#endif
#if defined(QUADRILLE_NANOFLANN)
  add_nanoflann_space(peers);
#endif
#if defined(QUADRILLE_CGAL)
  add_cgal_space(peers);
#endif
#if defined(QUADRILLE_GEOS)
  add_geos_space(peers);
#endif
#if defined(QUADRILLE_SPATIALINDEX)
  add_spatialindex_space(peers);
#endif
  leave_out(without, peers);
  return peers;
}

// ---- what is said of them ----

bool is_query(SpaceWork work) { return work >= SpaceWork::kNearest; }

// Milliseconds, or thousand queries a second, with the spread.
std::string cell_of(const SpaceResult& result, SpaceWork work) {
  if (result.of(work).empty()) return "-";
  const Summary summary = summarize(result.of(work));
  const double value = is_query(work) ? 1e6 / summary.median : summary.median / 1e6;
  return fmt::format("{} +-{:.0f}%", format_number(value), 100 * summary.spread);
}

std::string table_of(const SpacePeers& peers, const std::vector<SpaceResult>& results,
                     std::int64_t num_points) {
  Table table({{.head = "index", .left = true},
               {.head = "build"},
               {.head = "move"},
               {.head = "update"},
               {.head = "nearest"},
               {.head = "boxes"},
               {.head = "counts"},
               {.head = "B/point"}});
  for (std::size_t i = 0; i < peers.size(); ++i) {
    std::vector<std::string> row = {peers[i]->name()};
    for (const SpaceWork work : kSpaceWorks) row.push_back(cell_of(results[i], work));
    row.push_back(fmt::format("{:.1f}", results[i].bytes / static_cast<double>(num_points)));
    table.add_row(std::move(row));
  }
  return table.to_string(output_width());
}

// What the others do instead of it.
SpaceWork instead_of(SpaceWork work) {
  if (work == SpaceWork::kMove || work == SpaceWork::kUpdate) return SpaceWork::kBuild;
  return work == SpaceWork::kCount ? SpaceWork::kBoxes : work;
}

// Who of the others has the best median.
std::optional<std::size_t> best_peer(const SpacePeers& peers,
                                     const std::vector<SpaceResult>& results, SpaceWork work) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (peers[i]->is_ours() || results[i].of(work).empty()) continue;
    if (!best || summarize(results[i].of(work)).median < summarize(results[*best].of(work)).median)
      best = i;
  }
  return best;
}

std::string ratios_of(const SpacePeers& peers, const std::vector<SpaceResult>& results) {
  Table table({{.head = "ours", .left = true},
               {.head = "", .left = true},
               {.head = "times as fast"},
               {.head = "as the best of the others", .left = true}});
  for (const SpaceWork work : kSpaceWorks) {
    const SpaceWork theirs = instead_of(work);
    const std::optional<std::size_t> best = best_peer(peers, results, theirs);
    if (!best) continue;
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (!peers[i]->is_ours() || results[i].of(work).empty()) continue;
      if (!is_query(work) && peers[i]->is_batched()) continue;  // said once
      std::vector<double> ratios;                               // round by round
      for (std::size_t r = 0; r < results[i].of(work).size(); ++r)
        ratios.push_back(results[*best].of(theirs)[r] / results[i].of(work)[r]);
      const Summary summary = summarize(ratios);
      table.add_row(
          {peers[i]->name(), std::string(name_of(work)),
           fmt::format("{} +-{:.0f}%", format_number(summary.median), 100 * summary.spread),
           peers[*best]->name() + (work == theirs ? "" : fmt::format(", {}", name_of(theirs)))});
    }
  }
  return table.to_string(output_width());
}

// ---- the program ----

Status compare_space(const SpaceOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  QUADRILLE_ASSIGN_OR_RETURN(
      const SpaceInput input,
      make_space_input(options.generate, options.queries, options.seed, *parallel));
  const SpacePeers peers = make_space_peers(options.without, *parallel);
  const Machine machine = describe_machine("");
  fmt::print(
      "{}, {}\n{}: {} points, {} queries at random points, {:.4g} hits a box; quadrille on {}\n\n",
      one_line(machine.cpu), machine.compiler, one_line(options.generate),
      format_count(input.points.size()), format_count(input.queries().size()), input.hits,
      plural(parallel->num_workers(), "thread"));
  SpaceRounds rounds(input, peers);
  QUADRILLE_RETURN_IF_ERROR(rounds.prepare(*parallel));
  for (std::int64_t i = 0; i <= options.rounds; ++i) {
    QUADRILLE_RETURN_IF_ERROR(rounds.round(i > 0));
  }
  fmt::print(
      "build, move, update: ms; nearest, boxes, counts: thousand queries a second\n{}\n{}"
      "medians of {} rounds, half of the interquartile range; all answers agree\n",
      table_of(peers, rounds.results(), input.points.size()), ratios_of(peers, rounds.results()),
      options.rounds);
  return Status::ok();
}

int run_space_peers(int argc, const char* const* argv) {
  SpaceOptions options;
  CLI::App app("Indexes of points in the plane, of several libraries side by side");
  app.add_option("--generate", options.generate,
                 "Points as quadrille run generates them, or far:N, line:N, same:N. Default: "
                 "uniform:1000000")
      ->option_text("NAME:N");
  add_without(&app, options.without);
  add_number(&app, "--rounds", options.rounds, {1, 1000}, "Rounds that count. Default: 5");
  add_number(&app, "--queries", options.queries, {1, 10'000'000}, "Default: 100,000");
  add_machine_options(&app, options.machine);
  add_seed(&app, options.seed);
  return run_peer_program("quadrille_space_peers", app, argc, argv,
                          [&options] { return compare_space(options); });
}

}  // namespace
}  // namespace quadrille::program

int main(int argc, char** argv) { return quadrille::program::run_space_peers(argc, argv); }
