// igraph: the one door to it. One thread.
#include <igraph/igraph.h>

#include "bench/machine.h"
#include "bench/peers/graph_peer.h"

namespace quadrille::program {
namespace {

class IntVector {
 public:
  IntVector() { igraph_vector_int_init(&vector_, 0); }
  ~IntVector() { igraph_vector_int_destroy(&vector_); }
  IntVector(const IntVector&) = delete;
  IntVector& operator=(const IntVector&) = delete;
  igraph_vector_int_t* get() { return &vector_; }
  igraph_integer_t operator[](igraph_integer_t i) const { return VECTOR(vector_)[i]; }
  igraph_integer_t size() const { return igraph_vector_int_size(&vector_); }

 private:
  igraph_vector_int_t vector_;
};

class RealVector {
 public:
  RealVector() { igraph_vector_init(&vector_, 0); }
  ~RealVector() { igraph_vector_destroy(&vector_); }
  RealVector(const RealVector&) = delete;
  RealVector& operator=(const RealVector&) = delete;
  igraph_vector_t* get() { return &vector_; }
  void push_back(double value) { igraph_vector_push_back(&vector_, value); }
  const double* begin() const { return VECTOR(vector_); }
  const double* end() const { return begin() + igraph_vector_size(&vector_); }

 private:
  igraph_vector_t vector_;
};

class IgraphPeer final : public GraphPeer {
 public:
  explicit IgraphPeer(const GraphView& graph) : nodes_(graph.num_nodes()) {
    igraph_set_error_handler(igraph_error_handler_ignore);
    IntVector ends;
    for (NodeID u = 0; u < nodes_; ++u) {
      for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
        const NodeID v = graph.out_neigh(u)[i];
        if (v < u) continue;  // an edge once
        igraph_vector_int_push_back(ends.get(), u);
        igraph_vector_int_push_back(ends.get(), v);
        weights_.push_back(graph.weighted() ? graph.out_weights(u)[i] : 1);
      }
    }
    igraph_create(&graph_, ends.get(), nodes_, IGRAPH_UNDIRECTED);
  }
  ~IgraphPeer() override { igraph_destroy(&graph_); }
  IgraphPeer(const IgraphPeer&) = delete;
  IgraphPeer& operator=(const IgraphPeer&) = delete;

  std::string name() const override { return std::string("igraph ") + IGRAPH_VERSION; }
  bool can(GraphKernel) const override { return true; }
  Result<double> run(GraphKernel kernel, NodeID source, GraphAnswer& answer) override;

 private:
  igraph_error_t bfs(NodeID source, GraphAnswer& answer);
  igraph_error_t sssp(NodeID source, GraphAnswer& answer);
  igraph_error_t components(GraphAnswer& answer);
  igraph_error_t page_rank(GraphAnswer& answer);
  igraph_error_t triangles(GraphAnswer& answer);
  igraph_error_t call(GraphKernel kernel, NodeID source, GraphAnswer& answer);
  // Calls the library; the time of that alone is kept.
  template <class Call>
  igraph_error_t timed(Call library_call) {
    const std::int64_t begin = now_ns();
    const igraph_error_t error = library_call();
    elapsed_ns_ = static_cast<double>(now_ns() - begin);
    return error;
  }

  NodeID nodes_;
  igraph_t graph_;
  RealVector weights_;
  double elapsed_ns_ = 0;
};

igraph_error_t IgraphPeer::bfs(NodeID source, GraphAnswer& answer) {
  IntVector order, layers, parents;
  const igraph_error_t error = timed([&] {
    return igraph_bfs_simple(&graph_, source, IGRAPH_ALL, order.get(), layers.get(), parents.get());
  });
  answer.distance.assign(static_cast<std::size_t>(nodes_), -1);
  for (igraph_integer_t layer = 0; layer + 1 < layers.size(); ++layer) {
    for (igraph_integer_t i = layers[layer]; i < layers[layer + 1]; ++i)
      answer.distance[static_cast<std::size_t>(order[i])] = layer;
  }
  return error;
}

igraph_error_t IgraphPeer::sssp(NodeID source, GraphAnswer& answer) {
  igraph_matrix_t distance;
  igraph_matrix_init(&distance, 0, 0);
  const igraph_error_t error = timed([&] {
    return igraph_distances_dijkstra(&graph_, &distance, igraph_vss_1(source), igraph_vss_all(),
                                     weights_.get(), IGRAPH_ALL);
  });
  answer.distance.assign(static_cast<std::size_t>(nodes_), -1);
  for (NodeID v = 0; error == IGRAPH_SUCCESS && v < nodes_; ++v) {
    const double value = MATRIX(distance, 0, v);
    if (value < IGRAPH_INFINITY)
      answer.distance[static_cast<std::size_t>(v)] = static_cast<std::int64_t>(value);
  }
  igraph_matrix_destroy(&distance);
  return error;
}

igraph_error_t IgraphPeer::components(GraphAnswer& answer) {
  IntVector membership;
  const igraph_error_t error = timed([&] {
    return igraph_connected_components(&graph_, membership.get(), nullptr, nullptr, IGRAPH_WEAK);
  });
  answer.component.clear();
  for (igraph_integer_t v = 0; v < membership.size(); ++v)
    answer.component.push_back(membership[v]);
  return error;
}

igraph_error_t IgraphPeer::page_rank(GraphAnswer& answer) {
  RealVector rank;
  const igraph_error_t error = timed([&] {
    return igraph_pagerank(&graph_, IGRAPH_PAGERANK_ALGO_PRPACK, rank.get(), nullptr,
                           igraph_vss_all(), IGRAPH_UNDIRECTED, kDamping, nullptr, nullptr);
  });
  answer.rank.assign(rank.begin(), rank.end());
  return error;
}

igraph_error_t IgraphPeer::triangles(GraphAnswer& answer) {
  RealVector of_node;
  const igraph_error_t error =
      timed([&] { return igraph_adjacent_triangles(&graph_, of_node.get(), igraph_vss_all()); });
  double corners = 0;
  for (const double count : of_node) corners += count;
  answer.triangles = static_cast<std::int64_t>(corners) / 3;
  return error;
}

igraph_error_t IgraphPeer::call(GraphKernel kernel, NodeID source, GraphAnswer& answer) {
  switch (kernel) {
    case GraphKernel::kBfs: return bfs(source, answer);
    case GraphKernel::kSssp: return sssp(source, answer);
    case GraphKernel::kComponents: return components(answer);
    case GraphKernel::kPageRank: return page_rank(answer);
    case GraphKernel::kTriangles: return triangles(answer);
  }
  return IGRAPH_UNIMPLEMENTED;
}

Result<double> IgraphPeer::run(GraphKernel kernel, NodeID source, GraphAnswer& answer) {
  const igraph_error_t error = call(kernel, source, answer);
  if (error == IGRAPH_SUCCESS) return elapsed_ns_;
  return Status(StatusCode::kOutOfMemory, std::string("igraph: ") + igraph_strerror(error));
}

}  // namespace

std::unique_ptr<GraphPeer> igraph_peer(const GraphView& graph) {
  return std::make_unique<IgraphPeer>(graph);
}

}  // namespace quadrille::program
