// SpaceRounds: peers take turns at building, moving and queries, and every answer is checked
// against ours, a few of which are checked against brute force.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <quadrille/status.h>

#include "bench/peers/space_inputs.h"
#include "bench/peers/space_peer.h"

namespace quadrille::program {

inline constexpr std::array kSpaceWorks = {SpaceWork::kBuild,  SpaceWork::kMove,
                                           SpaceWork::kUpdate, SpaceWork::kNearest,
                                           SpaceWork::kBoxes,  SpaceWork::kCount};

std::string_view name_of(SpaceWork work);

struct SpaceResult {
  // A sample a round: nanoseconds of a build, a move or an update, or of a query. In the order of
  // SpaceWork.
  std::array<std::vector<double>, kSpaceWorks.size()> ns;
  double bytes = 0;  // of the index, beyond the points that it was given
  const std::vector<double>& of(SpaceWork work) const { return ns[static_cast<std::size_t>(work)]; }
};

class SpaceRounds {
 public:
  // Both outlive this.
  SpaceRounds(const SpaceInput& input, const SpacePeers& peers)
      : input_(input), peers_(peers), results_(peers.size()) {}
  // What all answers are compared with. kInvalidInput: it is not what brute force finds.
  Status prepare(Parallel& parallel);
  // All peers build, then all are moved or updated, then all answer; every second round backwards.
  // kInvalidInput: one answered something else.
  Status round(bool counts);
  const std::vector<SpaceResult>& results() const { return results_; }

 private:
  Result<double> run(SpaceWork work, std::size_t peer);
  const SpaceSteps& steps_of(const SpacePeer& peer) const {
    return peer.is_in_order() ? input_.in_order : input_;
  }
  Result<double> timed_build(std::size_t peer);
  Result<double> timed_change(SpaceWork work, std::size_t peer);
  Result<double> timed_queries(SpaceWork work, std::size_t peer);
  Status ask(SpaceWork work, SpacePeer& peer, const SpaceQueries& queries);
  Status check(SpaceWork work, const SpacePeer& peer, std::size_t first, std::size_t count) const;
  bool is_right(SpaceWork work, std::size_t query, std::span<const BodyID> ids,
                double tolerance) const;
  bool is_nearest(std::size_t query, std::span<const BodyID> ids, double tolerance) const;
  Status check_brute_force(std::size_t query) const;
  double squared_distance(std::size_t query, BodyID id) const;

  const SpaceInput& input_;
  const SpacePeers& peers_;
  std::vector<SpaceResult> results_;
  std::vector<BodyID> nearest_;        // kSpaceNeighbors a query, by (distance, id)
  std::vector<std::int64_t> counts_;   // of each box
  std::vector<std::uint64_t> hashes_;  // of the ids in it, whatever their order
  SpaceHits hits_;
  std::vector<std::int64_t> found_counts_;
  bool backwards_ = false;
};

}  // namespace quadrille::program
