#include <algorithm>
#include <optional>

#include "bench/machine.h"
#include "bench/peers/graph_peer.h"
#include "kernels/bfs.h"
#include "kernels/components.h"
#include "kernels/dispatch.h"
#include "kernels/node_sets.h"
#include "kernels/pagerank.h"
#include "kernels/path_search.h"
#include "kernels/triangles.h"

namespace quadrille::program {
namespace {

class QuadrillePeer final : public GraphPeer {
 public:
  QuadrillePeer(const GraphView& graph, Parallel& parallel)
      : graph_(graph), parallel_(parallel), parent_(nodes()), label_(nodes()), rank_(nodes()),
        length_(nodes()), active_(static_cast<std::size_t>(bit_words(graph.num_nodes()))) {}
  std::string name() const override { return "quadrille"; }
  bool can(GraphKernel) const override { return true; }
  Result<double> run(GraphKernel kernel, NodeID source, GraphAnswer& answer) override;

 private:
  std::size_t nodes() const { return static_cast<std::size_t>(graph_.num_nodes()); }
  Status call(GraphKernel kernel, NodeID user, const KernelTable& kernels);
  Status count();

  const GraphView& graph_;
  Parallel& parallel_;
  std::optional<Arena> scratch_;  // reset, not made anew: as a user would who searches often
  std::vector<NodeID> parent_, label_;
  std::vector<float> rank_;
  std::vector<PathLength> length_;
  std::vector<std::uint64_t> active_;
  std::int64_t triangles_ = 0;
};

Status QuadrillePeer::count() {
  QUADRILLE_ASSIGN_OR_RETURN(triangles_, count_triangles(graph_, parallel_, *scratch_));
  return Status::ok();
}

Status QuadrillePeer::call(GraphKernel kernel, NodeID user, const KernelTable& kernels) {
  switch (kernel) {
    case GraphKernel::kBfs:
      return run_bfs(graph_, user, {label_, parent_, {}}, parallel_, kernels, *scratch_);
    case GraphKernel::kSssp:
      return run_sssp(graph_, user, 0, {length_, parent_, {}}, parallel_, kernels, *scratch_);
    case GraphKernel::kComponents:
      return run_components(graph_, {label_, active_}, parallel_, kernels, *scratch_);
    case GraphKernel::kPageRank:
      return run_pagerank(
          graph_,
          {.damping = kDamping, .tolerance = kRankTolerance, .max_iterations = kMostRankSteps},
          {rank_, active_}, parallel_, kernels, *scratch_);
    case GraphKernel::kTriangles: return count();
  }
  return {StatusCode::kUnsupported, "there is no such kernel"};
}

Result<double> QuadrillePeer::run(GraphKernel kernel, NodeID source, GraphAnswer& answer) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
  if (!scratch_) {
    ArenaOptions options;
    const auto arcs = static_cast<std::size_t>(graph_.num_arcs());
    options.capacity_bytes = 64 * nodes() + sizeof(NodeID) * arcs + (std::size_t{64} << 20);
    QUADRILLE_ASSIGN_OR_RETURN(scratch_, Arena::create(options));
  }
  scratch_->reset();
  const std::int64_t begin = now_ns();
  QUADRILLE_RETURN_IF_ERROR(call(kernel, graph_.user_id(source), *kernels));
  const auto elapsed_ns = static_cast<double>(now_ns() - begin);
  if (kernel == GraphKernel::kBfs) answer.distance.assign(label_.begin(), label_.end());
  if (kernel == GraphKernel::kSssp) answer.distance.assign(length_.begin(), length_.end());
  if (kernel == GraphKernel::kComponents) answer.component.assign(label_.begin(), label_.end());
  if (kernel == GraphKernel::kPageRank) answer.rank.assign(rank_.begin(), rank_.end());
  answer.triangles = triangles_;
  return elapsed_ns;
}

}  // namespace

std::unique_ptr<GraphPeer> quadrille_graph_peer(const GraphView& graph, Parallel& parallel) {
  return std::make_unique<QuadrillePeer>(graph, parallel);
}

}  // namespace quadrille::program
