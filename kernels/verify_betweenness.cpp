#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "engine/integers.h"
#include "kernels/sources.h"
#include "kernels/verify.h"

namespace quadrille {
namespace {

// fraction * 2^exponent, from 0.5 to 1: counts of paths have no bound.
struct PathCount {
  double fraction = 0;
  int exponent = 0;
  void add(const PathCount& other) {
    const int larger = fraction == 0 ? other.exponent : std::max(exponent, other.exponent);
    const double sum = std::ldexp(fraction, exponent - larger) +
                       std::ldexp(other.fraction, other.exponent - larger);
    int shift = 0;
    fraction = std::frexp(sum, &shift);
    exponent = larger + shift;
  }
  double over(const PathCount& other) const {
    return std::ldexp(fraction / other.fraction, exponent - other.exponent);
  }
};

// Brandes's algorithm as it is written down: a queue, paths pushed on, dependencies pushed back.
class Brandes {
 public:
  explicit Brandes(const GraphView& graph)
      : graph_(graph), distance_(at(graph.num_nodes())), paths_(distance_.size()),
        dependency_(distance_.size()) {}

  void add(NodeID source, std::vector<double>& score) {
    search(source);
    std::fill(dependency_.begin(), dependency_.end(), 0.0);
    for (auto w = queue_.rbegin(); w != queue_.rend(); ++w) {
      for (const NodeID v : graph_.in_neigh(*w)) {
        if (distance_[at(v)] == kDistInf || distance_[at(v)] + 1 != distance_[at(*w)]) continue;
        dependency_[at(v)] += paths_[at(v)].over(paths_[at(*w)]) * (1 + dependency_[at(*w)]);
      }
      if (*w != source) score[at(*w)] += dependency_[at(*w)];
    }
  }

 private:
  void search(NodeID source) {
    std::fill(distance_.begin(), distance_.end(), kDistInf);
    std::fill(paths_.begin(), paths_.end(), PathCount{});
    distance_[at(source)] = 0;
    paths_[at(source)] = {0.5, 1};
    queue_.assign(1, source);
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      const NodeID v = queue_[i];
      for (const NodeID w : graph_.out_neigh(v)) {
        if (distance_[at(w)] == kDistInf) {
          distance_[at(w)] = distance_[at(v)] + 1;
          queue_.push_back(w);
        }
        if (distance_[at(w)] == distance_[at(v)] + 1) paths_[at(w)].add(paths_[at(v)]);
      }
    }
  }

  GraphView graph_;
  std::vector<Distance> distance_;
  std::vector<PathCount> paths_;
  std::vector<double> dependency_;
  std::vector<NodeID> queue_;
};

}  // namespace

Status verify_betweenness(const GraphView& graph, std::span<const NodeID> sources,
                          std::span<const float> betweenness) {
  QUADRILLE_RETURN_IF_ERROR(check_distinct_sources(graph, sources));
  if (betweenness.size() != at(graph.num_nodes())) {
    return {StatusCode::kInvalidArgument, "verify: the column has not one element for each node"};
  }
  Brandes brandes(graph);
  std::vector<double> score(betweenness.size(), 0.0);
  double searched = 0;
  for (const NodeID source : sources) {
    brandes.add(source, score);
    searched += graph.out_degree(source) != 0 ? 1 : 0;
  }
  const auto nodes = static_cast<double>(graph.num_nodes());
  const double pairs = (nodes - 1) * (nodes - 2);
  const double standing_for = static_cast<double>(num_nodes_with_arcs(graph)) / searched;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    const double right = score[at(v)] == 0 ? 0 : score[at(v)] * standing_for / pairs;
    const double error = std::abs(static_cast<double>(betweenness[at(v)]) - right);
    // What floats hold with less precision, or not at all, cannot be nearer.
    if (error <= 1e-6 * right + static_cast<double>(std::numeric_limits<float>::min())) continue;
    return {StatusCode::kInvalidInput, "node " + graph.name_of(v) + ": its betweenness is " +
                                           std::to_string(right) + ", not " +
                                           std::to_string(betweenness[at(v)])};
  }
  return Status::ok();
}

}  // namespace quadrille
