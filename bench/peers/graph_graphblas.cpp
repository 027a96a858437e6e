// SuiteSparse:GraphBLAS: the one door to it. The algorithms are those of LAGraph (which Debian does
// not have), written in its terms: breadth-first search by pushing small frontiers and pulling
// large ones, Bellman and Ford's paths, FastSV, PageRank, triangles by a masked product.
#include <algorithm>
#include <complex>
#include <limits>
#include <numeric>

extern "C" {  // which the header leaves to us
#include <GraphBLAS.h>
}

#include "bench/machine.h"
#include "bench/peers/graph_peer.h"

namespace quadrille::program {
namespace {

// The first failure of a sequence of calls; those after it have nothing to say.
class Calls {
 public:
  Calls& operator()(GrB_Info info) {
    if (failed_ == GrB_SUCCESS && info != GrB_NO_VALUE) failed_ = info;
    return *this;
  }
  bool all_succeeded() const { return failed_ == GrB_SUCCESS; }
  int failed() const { return static_cast<int>(failed_); }

 private:
  GrB_Info failed_ = GrB_SUCCESS;
};

class Vector {
 public:
  Vector(GrB_Type type, GrB_Index size) { GrB_Vector_new(&vector_, type, size); }
  ~Vector() { GrB_Vector_free(&vector_); }
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;
  operator GrB_Vector() const { return vector_; }
  GrB_Index num_values() const {
    GrB_Index count = 0;
    GrB_Vector_nvals(&count, vector_);
    return count;
  }

 private:
  GrB_Vector vector_ = nullptr;
};

class GraphblasPeer final : public GraphPeer {
 public:
  GraphblasPeer(const GraphView& graph, int threads);
  ~GraphblasPeer() override {
    for (GrB_Matrix* matrix : {&arcs_, &weights_, &lower_}) GrB_Matrix_free(matrix);
    GrB_Vector_free(&degree_);
    GrB_finalize();
  }
  GraphblasPeer(const GraphblasPeer&) = delete;
  GraphblasPeer& operator=(const GraphblasPeer&) = delete;

  std::string name() const override {
    return "GraphBLAS " + std::to_string(GxB_IMPLEMENTATION_MAJOR) + "." +
           std::to_string(GxB_IMPLEMENTATION_MINOR);
  }
  bool can(GraphKernel) const override { return true; }
  Result<double> run(GraphKernel kernel, NodeID source, GraphAnswer& answer) override;

 private:
  void bfs(GrB_Index source, GraphAnswer& answer);
  void sssp(GrB_Index source, GraphAnswer& answer);
  void components(GraphAnswer& answer);
  void page_rank(GraphAnswer& answer);
  void triangles(GraphAnswer& answer);
  void begin() { begin_ns_ = now_ns(); }
  void end() { elapsed_ns_ = static_cast<double>(now_ns() - begin_ns_); }
  std::vector<std::int64_t> values_of(const Vector& vector, std::int64_t missing);

  GrB_Index nodes_;
  GrB_Matrix arcs_ = nullptr, weights_ = nullptr, lower_ = nullptr;
  GrB_Vector degree_ = nullptr;  // double; no entry where there are no arcs
  Calls call_;
  std::int64_t begin_ns_ = 0;
  double elapsed_ns_ = 0;
};

GraphblasPeer::GraphblasPeer(const GraphView& graph, int threads)
    : nodes_(static_cast<GrB_Index>(graph.num_nodes())) {
  call_(GrB_init(GrB_NONBLOCKING))(GxB_Global_Option_set_INT32(GxB_GLOBAL_NTHREADS, threads));
  std::vector<GrB_Index> first{0}, targets;
  std::vector<std::int64_t> weights;
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
      targets.push_back(static_cast<GrB_Index>(graph.out_neigh(u)[i]));
      weights.push_back(graph.weighted() ? graph.out_weights(u)[i] : 1);
    }
    first.push_back(targets.size());
  }
  call_(GrB_Matrix_import_INT64(&weights_, GrB_INT64, nodes_, nodes_, first.data(), targets.data(),
                                weights.data(), first.size(), targets.size(), weights.size(),
                                GrB_CSR_FORMAT));
  call_(GrB_Matrix_new(&arcs_, GrB_BOOL, nodes_, nodes_));
  call_(GrB_Matrix_apply(arcs_, nullptr, nullptr, GxB_ONE_BOOL, weights_, nullptr));
  call_(GrB_Matrix_new(&lower_, GrB_BOOL, nodes_, nodes_));
  call_(GrB_Matrix_select_INT64(lower_, nullptr, nullptr, GrB_TRIL, arcs_, -1, nullptr));
  call_(GrB_Vector_new(&degree_, GrB_FP64, nodes_));
  const Vector ones(GrB_FP64, nodes_);
  call_(GrB_Vector_assign_FP64(ones, nullptr, nullptr, 1, GrB_ALL, nodes_, nullptr));
  call_(GrB_mxv(degree_, nullptr, nullptr, GxB_PLUS_PAIR_FP64, arcs_, ones, nullptr));
  for (GrB_Matrix matrix : {arcs_, weights_, lower_})
    call_(GrB_Matrix_wait(matrix, GrB_MATERIALIZE));
}

std::vector<std::int64_t> GraphblasPeer::values_of(const Vector& vector, std::int64_t missing) {
  GrB_Index count = vector.num_values();
  std::vector<GrB_Index> where(count);
  std::vector<std::int64_t> found(count), values(nodes_, missing);
  call_(GrB_Vector_extractTuples_INT64(where.data(), found.data(), &count, vector));
  for (std::size_t i = 0; i < count; ++i) values[where[i]] = found[i];
  return values;
}

void GraphblasPeer::bfs(GrB_Index source, GraphAnswer& answer) {
  begin();
  const Vector parent(GrB_INT32, nodes_), level(GrB_INT32, nodes_), front(GrB_INT32, nodes_);
  const auto root = static_cast<std::int32_t>(source);
  call_(GrB_Vector_setElement_INT32(front, root, source));
  call_(GrB_Vector_setElement_INT32(parent, root, source));
  call_(GrB_Vector_setElement_INT32(level, 0, source));
  for (std::int32_t depth = 1;; ++depth) {
    const bool pulls = front.num_values() > nodes_ / 16;
    if (pulls) {
      call_(GrB_mxv(front, parent, nullptr, GxB_ANY_SECONDI_INT32, arcs_, front, GrB_DESC_RSC));
    } else {
      call_(GrB_vxm(front, parent, nullptr, GxB_ANY_SECONDI_INT32, front, arcs_, GrB_DESC_RSC));
    }
    if (front.num_values() == 0 || !call_.all_succeeded()) break;
    call_(GrB_Vector_assign(parent, front, nullptr, front, GrB_ALL, nodes_, GrB_DESC_S));
    call_(GrB_Vector_assign_INT32(level, front, nullptr, depth, GrB_ALL, nodes_, GrB_DESC_S));
  }
  end();
  answer.distance = values_of(level, -1);
}

void GraphblasPeer::sssp(GrB_Index source, GraphAnswer& answer) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  begin();
  const Vector distance(GrB_INT64, nodes_), front(GrB_INT64, nodes_), next(GrB_INT64, nodes_);
  const Vector is_nearer(GrB_BOOL, nodes_);
  call_(GrB_Vector_assign_INT64(distance, nullptr, nullptr, kFar, GrB_ALL, nodes_, nullptr));
  call_(GrB_Vector_setElement_INT64(distance, 0, source));
  call_(GrB_Vector_setElement_INT64(front, 0, source));
  while (front.num_values() > 0 && call_.all_succeeded()) {
    call_(GrB_vxm(next, nullptr, nullptr, GxB_MIN_PLUS_INT64, front, weights_, nullptr));
    call_(GrB_Vector_eWiseMult_BinaryOp(is_nearer, nullptr, nullptr, GrB_LT_INT64, next, distance,
                                        nullptr));
    call_(GrB_Vector_apply(front, is_nearer, nullptr, GrB_IDENTITY_INT64, next, GrB_DESC_R));
    call_(GrB_Vector_assign(distance, front, nullptr, front, GrB_ALL, nodes_, GrB_DESC_S));
  }
  end();
  answer.distance = values_of(distance, -1);
  for (std::int64_t& value : answer.distance) value = value == kFar ? -1 : value;
}

// FastSV (Zhang, Azad, Hu 2020): a node's father becomes the least grandfather of its neighbours,
// so does its father's, and grandfathers become fathers.
void GraphblasPeer::components(GraphAnswer& answer) {
  begin();
  const Vector father(GrB_INT64, nodes_), least(GrB_INT64, nodes_), hooked(GrB_INT64, nodes_);
  const Vector grandfather(GrB_INT64, nodes_), changed(GrB_BOOL, nodes_);
  std::vector<GrB_Index> fathers(nodes_), where(nodes_);
  std::vector<std::int64_t> values(nodes_);
  std::iota(fathers.begin(), fathers.end(), GrB_Index{0});
  std::iota(values.begin(), values.end(), std::int64_t{0});
  call_(GrB_Vector_build_INT64(father, fathers.data(), values.data(), nodes_, GrB_MIN_INT64));
  call_(GrB_Vector_assign(grandfather, nullptr, nullptr, father, GrB_ALL, nodes_, nullptr));
  call_(GrB_Vector_assign(least, nullptr, nullptr, father, GrB_ALL, nodes_, nullptr));
  for (bool goes_on = true; goes_on && call_.all_succeeded();) {
    call_(
        GrB_mxv(least, nullptr, GrB_MIN_INT64, GxB_MIN_SECOND_INT64, arcs_, grandfather, nullptr));
    GrB_Index count = nodes_;
    call_(GrB_Vector_extractTuples_INT64(where.data(), values.data(), &count, least));
    call_(GrB_Vector_clear(hooked));
    call_(GrB_Vector_build_INT64(hooked, fathers.data(), values.data(), nodes_, GrB_MIN_INT64));
    for (const Vector* other : {&hooked, &least, &grandfather}) {
      call_(GrB_Vector_eWiseAdd_BinaryOp(father, nullptr, nullptr, GrB_MIN_INT64, father, *other,
                                         nullptr));
    }
    count = nodes_;
    call_(GrB_Vector_extractTuples_INT64(where.data(), values.data(), &count, father));
    std::transform(values.begin(), values.end(), fathers.begin(),
                   [](std::int64_t value) { return static_cast<GrB_Index>(value); });
    const Vector before(GrB_INT64, nodes_);
    call_(GrB_Vector_assign(before, nullptr, nullptr, grandfather, GrB_ALL, nodes_, nullptr));
    call_(
        GrB_Vector_extract(grandfather, nullptr, nullptr, father, fathers.data(), nodes_, nullptr));
    call_(GrB_Vector_eWiseMult_BinaryOp(changed, nullptr, nullptr, GrB_NE_INT64, before,
                                        grandfather, nullptr));
    call_(GrB_Vector_reduce_BOOL(&goes_on, nullptr, GrB_LOR_MONOID_BOOL, changed, nullptr));
  }
  end();
  answer.component = values_of(father, -1);
}

void GraphblasPeer::page_rank(GraphAnswer& answer) {
  begin();
  const auto count = static_cast<double>(nodes_);
  const Vector rank(GrB_FP64, nodes_), before(GrB_FP64, nodes_), share(GrB_FP64, nodes_);
  call_(GrB_Vector_assign_FP64(rank, nullptr, nullptr, 1 / count, GrB_ALL, nodes_, nullptr));
  double change = 1;
  for (int step = 0; step < kMostRankSteps && change >= kRankTolerance; ++step) {
    call_(GrB_Vector_assign(before, nullptr, nullptr, rank, GrB_ALL, nodes_, nullptr));
    call_(GrB_Vector_eWiseMult_BinaryOp(share, nullptr, nullptr, GrB_DIV_FP64, rank, degree_,
                                        nullptr));
    call_(GrB_Vector_apply_BinaryOp2nd_FP64(share, nullptr, nullptr, GrB_TIMES_FP64, share,
                                            kDamping, nullptr));
    call_(GrB_Vector_assign_FP64(rank, nullptr, nullptr, (1 - kDamping) / count, GrB_ALL, nodes_,
                                 nullptr));
    call_(GrB_mxv(rank, nullptr, GrB_PLUS_FP64, GxB_PLUS_SECOND_FP64, arcs_, share, nullptr));
    call_(GrB_Vector_eWiseAdd_BinaryOp(before, nullptr, nullptr, GrB_MINUS_FP64, before, rank,
                                       nullptr));
    call_(GrB_Vector_apply(before, nullptr, nullptr, GrB_ABS_FP64, before, nullptr));
    call_(GrB_Vector_reduce_FP64(&change, nullptr, GrB_PLUS_MONOID_FP64, before, nullptr));
  }
  end();
  std::vector<GrB_Index> where(nodes_);
  answer.rank.resize(nodes_);
  GrB_Index size = nodes_;
  call_(GrB_Vector_extractTuples_FP64(where.data(), answer.rank.data(), &size, rank));
}

void GraphblasPeer::triangles(GraphAnswer& answer) {
  begin();
  GrB_Matrix closed = nullptr;
  call_(GrB_Matrix_new(&closed, GrB_INT64, nodes_, nodes_));
  call_(GrB_mxm(closed, lower_, nullptr, GxB_PLUS_PAIR_INT64, lower_, lower_, GrB_DESC_ST1));
  call_(
      GrB_Matrix_reduce_INT64(&answer.triangles, nullptr, GrB_PLUS_MONOID_INT64, closed, nullptr));
  GrB_Matrix_free(&closed);
  end();
}

Result<double> GraphblasPeer::run(GraphKernel kernel, NodeID source, GraphAnswer& answer) {
  const auto root = static_cast<GrB_Index>(source);
  switch (kernel) {
    case GraphKernel::kBfs: bfs(root, answer); break;
    case GraphKernel::kSssp: sssp(root, answer); break;
    case GraphKernel::kComponents: components(answer); break;
    case GraphKernel::kPageRank: page_rank(answer); break;
    case GraphKernel::kTriangles: triangles(answer); break;
  }
  if (call_.all_succeeded()) return elapsed_ns_;
  return Status(StatusCode::kOutOfMemory,
                "GraphBLAS: a call failed with " + std::to_string(call_.failed()));
}

}  // namespace

std::unique_ptr<GraphPeer> graphblas_peer(const GraphView& graph, int threads) {
  return std::make_unique<GraphblasPeer>(graph, threads);
}

}  // namespace quadrille::program
