#include <quadrille/point_index.h>

#include "bench/peers/space_rounds.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <malloc.h>

#include "bench/format.h"
#include "bench/machine.h"
#include "engine/random.h"
#include "kernels/dispatch.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kSpaceBlock = 64;  // queries between two looks at the clock
constexpr double kQueriesNs = 250e6;      // a peer's turn ends after that, if it is slow
constexpr std::size_t kBruteForced = 10;  // queries
constexpr std::int64_t kMostExpected = std::int64_t{1} << 24;  // hits at a time

std::size_t malloc_bytes() {
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

std::uint64_t hash_of(std::span<const BodyID> ids) {
  std::uint64_t sum = 0;
  for (const BodyID id : ids) sum += mix_bits(static_cast<std::uint64_t>(id) + 1);
  return sum;
}

Status wrong_answer(std::string_view who, std::string_view what, std::size_t query) {
  return {StatusCode::kInvalidInput, fmt::format("{}: {} of query {} is wrong", who, what, query)};
}

}  // namespace

std::string_view name_of(SpaceWork work) {
  constexpr std::array<std::string_view, kSpaceWorks.size()> kNames = {
      "build", "move", "update", "8 nearest", "boxes", "counts"};
  return kNames[static_cast<std::size_t>(work)];
}

double SpaceRounds::squared_distance(std::size_t query, BodyID id) const {
  const auto at = static_cast<std::size_t>(id);
  const double dx = input_.points.wide_x[at] - input_.query_x[query];
  const double dy = input_.points.wide_y[at] - input_.query_y[query];
  return dx * dx + dy * dy;
}

// ---- what is right ----

Status SpaceRounds::prepare(Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  QUADRILLE_ASSIGN_OR_RETURN(
      const PointIndex index,
      PointIndex::create(input_.points.wide_x, input_.points.wide_y, parallel, nullptr, *kernels));
  const QueryPoints all{input_.query_x, input_.query_y};
  nearest_.resize(input_.query_x.size() * kSpaceNeighbors);
  QUADRILLE_RETURN_IF_ERROR(index.nearest(all, kSpaceNeighbors, nearest_, parallel));
  for (std::int64_t next = 0; next < all.size(); next = std::ssize(counts_)) {
    QUADRILLE_ASSIGN_OR_RETURN(const WindowHits found, index.list(all.part(next, all.size() - next),
                                                                  {WindowShape::kBox, input_.half},
                                                                  kMostExpected, parallel));
    for (std::size_t q = 0; q < found.counts.size(); ++q) {
      counts_.push_back(found.counts[q]);
      hashes_.push_back(hash_of(found.of(q)));
    }
  }
  for (std::size_t q = 0; q < std::min(kBruteForced, counts_.size()); ++q) {
    QUADRILLE_RETURN_IF_ERROR(check_brute_force(q));
  }
  return Status::ok();
}

Status SpaceRounds::check_brute_force(std::size_t query) const {
  const std::vector<double>&x = input_.points.wide_x, &y = input_.points.wide_y;
  std::vector<std::pair<double, BodyID>> all;
  std::vector<BodyID> inside;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto id = static_cast<BodyID>(i);
    all.emplace_back(squared_distance(query, id), id);
    if (std::fabs(x[i] - input_.query_x[query]) <= input_.half &&
        std::fabs(y[i] - input_.query_y[query]) <= input_.half)
      inside.push_back(id);
  }
  std::partial_sort(all.begin(), all.begin() + kSpaceNeighbors, all.end());
  for (std::size_t i = 0; i < kSpaceNeighbors; ++i) {
    if (all[i].second != nearest_[query * kSpaceNeighbors + i])
      return wrong_answer("quadrille", "a neighbour", query);
  }
  if (std::ssize(inside) != counts_[query] || hash_of(inside) != hashes_[query])
    return wrong_answer("quadrille", "the box", query);
  return Status::ok();
}

// The same points by (distance, id), or others at the same distances where several are as far.
bool SpaceRounds::is_nearest(std::size_t query, std::span<const BodyID> ids,
                             double tolerance) const {
  if (ids.size() != kSpaceNeighbors) return false;
  std::array<std::pair<double, BodyID>, kSpaceNeighbors> found;
  for (std::size_t i = 0; i < found.size(); ++i)
    found[i] = {squared_distance(query, ids[i]), ids[i]};
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const BodyID expected = nearest_[query * kSpaceNeighbors + i];
    const double distance = squared_distance(query, expected);
    if (i > 0 && found[i].second == found[i - 1].second) return false;
    if (found[i].second != expected && std::fabs(found[i].first - distance) > tolerance * distance)
      return false;
  }
  return true;
}

bool SpaceRounds::is_right(SpaceWork work, std::size_t query, std::span<const BodyID> ids,
                           double tolerance) const {
  if (work == SpaceWork::kNearest) return is_nearest(query, ids, tolerance);
  return std::ssize(ids) == counts_[query] && hash_of(ids) == hashes_[query];
}

Status SpaceRounds::check(SpaceWork work, const SpacePeer& peer, std::size_t first,
                          std::size_t count) const {
  const bool is_count = work == SpaceWork::kCount;
  const std::size_t answers = is_count ? found_counts_.size() : hits_.ends.size();
  if (answers != count) return wrong_answer(peer.name(), "the number of answers from that", first);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = is_count ? 0 : hits_.ends[i];
    const auto ids = std::span<const BodyID>(hits_.ids).subspan(begin, end - begin);
    begin = end;
    if (is_count ? found_counts_[i] != counts_[first + i]
                 : !is_right(work, first + i, ids, peer.tolerance()))
      return wrong_answer(peer.name(), name_of(work), first + i);
  }
  return Status::ok();
}

// ---- what is timed ----

Result<double> SpaceRounds::timed_build(std::size_t peer) {
  SpacePeer& built = *peers_[peer];
  const SpacePoints& points = steps_of(built).points;
  built.drop();
  const std::size_t before = malloc_bytes();
  const std::int64_t begin = now_ns();
  QUADRILLE_RETURN_IF_ERROR(built.build(points));
  const auto elapsed_ns = static_cast<double>(now_ns() - begin);
  results_[peer].bytes = static_cast<double>(malloc_bytes() - before + built.own_bytes());
  QUADRILLE_RETURN_IF_ERROR(built.verify(points));
  return elapsed_ns;
}

Result<double> SpaceRounds::timed_change(SpaceWork work, std::size_t peer) {
  SpacePeer& changed = *peers_[peer];
  const bool moves = work == SpaceWork::kMove;
  const SpacePoints& points = moves ? steps_of(changed).moved : steps_of(changed).strayed;
  const std::int64_t begin = now_ns();
  QUADRILLE_RETURN_IF_ERROR(moves ? changed.move(points) : changed.update(points));
  const auto elapsed_ns = static_cast<double>(now_ns() - begin);
  QUADRILLE_RETURN_IF_ERROR(changed.verify(points));
  return elapsed_ns;
}

Status SpaceRounds::ask(SpaceWork work, SpacePeer& peer, const SpaceQueries& queries) {
  switch (work) {
    case SpaceWork::kNearest: return peer.nearest(queries, hits_);
    case SpaceWork::kBoxes: return peer.boxes(queries, hits_);
    case SpaceWork::kCount: return peer.count(queries, found_counts_);
    case SpaceWork::kBuild:
    case SpaceWork::kMove:
    case SpaceWork::kUpdate: break;
  }
  return {StatusCode::kUnsupported, "that is not a query"};
}

Result<double> SpaceRounds::timed_queries(SpaceWork work, std::size_t peer) {
  SpacePeer& asked = *peers_[peer];
  const SpaceQueries all = input_.queries();
  const std::int64_t block = asked.is_batched() ? all.size() : kSpaceBlock;
  double elapsed_ns = 0;
  std::int64_t next = 0;
  while (next < all.size() && elapsed_ns < kQueriesNs) {
    const SpaceQueries part = all.part(next, std::min(block, all.size() - next));
    hits_.clear();
    found_counts_.clear();
    const std::int64_t begin = now_ns();
    QUADRILLE_RETURN_IF_ERROR(ask(work, asked, part));
    elapsed_ns += static_cast<double>(now_ns() - begin);
    asked.hand_over(hits_);
    QUADRILLE_RETURN_IF_ERROR(check(work, asked, static_cast<std::size_t>(next), part.x.size()));
    next += part.size();
  }
  return elapsed_ns / static_cast<double>(next);
}

Result<double> SpaceRounds::run(SpaceWork work, std::size_t peer) {
  switch (work) {
    case SpaceWork::kBuild: return timed_build(peer);
    case SpaceWork::kMove:
    case SpaceWork::kUpdate: return timed_change(work, peer);
    case SpaceWork::kNearest:
    case SpaceWork::kBoxes:
    case SpaceWork::kCount: break;
  }
  return timed_queries(work, peer);
}

Status SpaceRounds::round(bool counts) {
  for (const SpaceWork work : kSpaceWorks) {
    for (std::size_t turn = 0; turn < peers_.size(); ++turn) {
      const std::size_t peer = backwards_ ? peers_.size() - 1 - turn : turn;
      if (!peers_[peer]->can(work)) continue;
      QUADRILLE_ASSIGN_OR_RETURN(const double elapsed_ns, run(work, peer));
      if (counts) results_[peer].ns[static_cast<std::size_t>(work)].push_back(elapsed_ns);
    }
  }
  backwards_ = !backwards_;
  return Status::ok();
}

}  // namespace quadrille::program
