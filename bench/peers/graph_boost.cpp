// Boost.Graph: the one door to it. One thread; a compressed graph, which is its fastest.
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/incremental_components.hpp>
#include <boost/version.hpp>

#include "bench/machine.h"
#include "bench/peers/graph_peer.h"

namespace quadrille::program {
namespace {

struct BoostWeight {
  std::int64_t weight;
};
using BoostGraph =
    boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, BoostWeight,
                                       boost::no_property, int, std::int64_t>;

class BoostPeer final : public GraphPeer {
 public:
  explicit BoostPeer(const GraphView& graph) : nodes_(static_cast<std::size_t>(graph.num_nodes())) {
    std::vector<std::pair<int, int>> arcs;
    std::vector<BoostWeight> weights;
    for (NodeID u = 0; u < graph.num_nodes(); ++u) {
      for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
        arcs.emplace_back(u, graph.out_neigh(u)[i]);
        weights.push_back({graph.weighted() ? graph.out_weights(u)[i] : 1});
      }
    }
    graph_ = BoostGraph(boost::edges_are_sorted, arcs.begin(), arcs.end(), weights.begin(),
                        graph.num_nodes());
  }
  std::string name() const override {
    return "Boost.Graph " + std::to_string(BOOST_VERSION / 100000) + "." +
           std::to_string(BOOST_VERSION / 100 % 1000);
  }
  // Its PageRank does not come within the tolerance of the others, so it is not compared.
  bool can(GraphKernel kernel) const override {
    return kernel != GraphKernel::kPageRank && kernel != GraphKernel::kTriangles;
  }
  Result<double> run(GraphKernel kernel, NodeID source, GraphAnswer& answer) override;

 private:
  double bfs(NodeID source, GraphAnswer& answer) const;
  double sssp(NodeID source, GraphAnswer& answer) const;
  double components(GraphAnswer& answer) const;
  template <class T>
  auto by_vertex(std::vector<T>& values) const {
    return boost::make_iterator_property_map(values.begin(), get(boost::vertex_index, graph_));
  }

  std::size_t nodes_;
  BoostGraph graph_;
};

double BoostPeer::bfs(NodeID source, GraphAnswer& answer) const {
  const std::int64_t begin = now_ns();
  std::vector<int> distance(nodes_, -1), parent(nodes_, -1);
  distance[static_cast<std::size_t>(source)] = 0;
  boost::breadth_first_search(
      graph_, source,
      boost::visitor(boost::make_bfs_visitor(
          std::make_pair(boost::record_distances(by_vertex(distance), boost::on_tree_edge()),
                         boost::record_predecessors(by_vertex(parent), boost::on_tree_edge())))));
  const auto elapsed_ns = static_cast<double>(now_ns() - begin);
  answer.distance.assign(distance.begin(), distance.end());
  return elapsed_ns;
}

double BoostPeer::sssp(NodeID source, GraphAnswer& answer) const {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  const std::int64_t begin = now_ns();
  std::vector<std::int64_t> distance(nodes_);
  std::vector<int> parent(nodes_);
  boost::dijkstra_shortest_paths(graph_, source,
                                 boost::weight_map(get(&BoostWeight::weight, graph_))
                                     .distance_map(by_vertex(distance))
                                     .predecessor_map(by_vertex(parent)));
  const auto elapsed_ns = static_cast<double>(now_ns() - begin);
  answer.distance = std::move(distance);
  for (std::int64_t& value : answer.distance) value = value == kFar ? -1 : value;
  return elapsed_ns;
}

double BoostPeer::components(GraphAnswer& answer) const {
  const std::int64_t begin = now_ns();
  std::vector<int> rank(nodes_), parent(nodes_);
  auto rank_map = by_vertex(rank), parent_map = by_vertex(parent);
  boost::disjoint_sets<decltype(rank_map), decltype(parent_map)> sets(rank_map, parent_map);
  boost::initialize_incremental_components(graph_, sets);
  boost::incremental_components(graph_, sets);
  sets.compress_sets(boost::counting_iterator<int>(0),
                     boost::counting_iterator<int>(static_cast<int>(nodes_)));
  const auto elapsed_ns = static_cast<double>(now_ns() - begin);
  answer.component.assign(parent.begin(), parent.end());
  return elapsed_ns;
}

Result<double> BoostPeer::run(GraphKernel kernel, NodeID source, GraphAnswer& answer) {
  switch (kernel) {
    case GraphKernel::kBfs: return bfs(source, answer);
    case GraphKernel::kSssp: return sssp(source, answer);
    case GraphKernel::kComponents: return components(answer);
    case GraphKernel::kPageRank:
    case GraphKernel::kTriangles: break;
  }
  return Status(StatusCode::kUnsupported, "there is no such kernel");
}

}  // namespace

std::unique_ptr<GraphPeer> boost_graph_peer(const GraphView& graph) {
  return std::make_unique<BoostPeer>(graph);
}

}  // namespace quadrille::program
