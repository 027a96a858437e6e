// The two passes over an EdgeSource: count degrees, then put each target in its place.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>

#include "scenes/adjacency_lists.h"
#include "scenes/degree_counter.h"
#include "scenes/first_failure.h"

namespace quadrille {

template <class Sink>
Status read_all(EdgeSource& source, Parallel& parallel, Sink make_sink) {
  QUADRILLE_RETURN_IF_ERROR(run_chunks(parallel, source.num_chunks(), [&](std::int64_t chunk) {
    auto sink = make_sink();
    return source.read(chunk, sink);
  }));
  return source.finish();
}

struct Counts {
  std::atomic<std::int64_t> edges{0}, self_loops{0};
  std::atomic<NodeID> max_id{-1};
};

// Pass 1: one of these a chunk; it adds up when it goes.
class CountingSink final : public EdgeSink {
 public:
  CountingSink(DegreeCounter& degrees, Counts& counts, const BuildOptions& options)
      : degrees_(degrees), counts_(counts), options_(options) {}
  ~CountingSink() override {
    counts_.edges.fetch_add(edges_, std::memory_order_relaxed);
    counts_.self_loops.fetch_add(self_loops_, std::memory_order_relaxed);
    NodeID seen = counts_.max_id.load(std::memory_order_relaxed);
    while (seen < max_id_ &&
           !counts_.max_id.compare_exchange_weak(seen, max_id_, std::memory_order_relaxed)) {
    }
  }
  CountingSink(const CountingSink&) = delete;
  CountingSink& operator=(const CountingSink&) = delete;

  Status take(std::span<const Edge> edges) override {
    const bool both_ends = !options_.directed && !options_.both_arcs;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const Edge& edge = edges[i];
      if (!is_valid(edge)) return describe(edge);
      if (edges.size() - i > kAhead) {
        degrees_.prefetch(edges[i + kAhead].u);
        degrees_.prefetch(edges[i + kAhead].v);
      }
      bool counted = degrees_.add(edge.u);
      if (both_ends && edge.u != edge.v) counted = degrees_.add(edge.v) && counted;
      if (!counted) return degrees_.status();
      self_loops_ += edge.u == edge.v;
      max_id_ = std::max({max_id_, edge.u, edge.v});
    }
    edges_ += static_cast<std::int64_t>(edges.size());
    return Status::ok();
  }

 private:
  static constexpr std::size_t kAhead = 24;
  static constexpr Weight kInfinity = 0x7f800000;  // as float bits; those of NaN are above

  bool is_valid(const Edge& edge) const {
    if (edge.u < 0 || edge.v < 0 || (options_.weighted && edge.w < 0)) return false;
    if (options_.real_weights && edge.w >= kInfinity) return false;
    return options_.num_nodes < 0 || (edge.u < options_.num_nodes && edge.v < options_.num_nodes);
  }
  Status describe(const Edge& edge) const {
    const std::string where = "edge " + std::to_string(edge.u) + " -> " + std::to_string(edge.v);
    const NodeID id =
        edge.u < 0 || edge.v < 0 ? std::min(edge.u, edge.v) : std::max(edge.u, edge.v);
    if (options_.weighted && edge.w < 0 && id >= 0) {
      return {StatusCode::kInvalidInput, where + ": its weight is below 0"};
    }
    if (options_.real_weights && edge.w >= kInfinity) {
      return {StatusCode::kInvalidInput, where + ": its weight is not finite"};
    }
    if (id < 0)
      return {StatusCode::kInvalidInput, where + ": node " + std::to_string(id) + " is below 0"};
    return {StatusCode::kInvalidInput, where + ": node " + std::to_string(id) +
                                           " is out of range; the graph has " +
                                           std::to_string(options_.num_nodes) + " nodes"};
  }

  DegreeCounter& degrees_;
  Counts& counts_;
  const BuildOptions& options_;
  std::int64_t edges_ = 0, self_loops_ = 0;
  NodeID max_id_ = -1;
};

inline Status source_changed() {
  return {StatusCode::kInvalidInput, "the edges changed between the first and the second reading"};
}

// Pass 2. `internal` is null where user ids are internal ids.
class PlacingSink final : public EdgeSink {
 public:
  PlacingSink(AdjacencyLists& lists, const NodeID* internal, bool both_ends)
      : lists_(lists), internal_(internal), both_ends_(both_ends) {}
  Status take(std::span<const Edge> edges) override {
    constexpr std::size_t kGroup = AdjacencyLists::kMostAtOnce / 2;
    std::array<Edge, AdjacencyLists::kMostAtOnce> arcs;
    for (; !edges.empty(); edges = edges.subspan(std::min(kGroup, edges.size()))) {
      std::size_t count = 0;
      for (Edge edge : edges.first(std::min(kGroup, edges.size()))) {
        if (!in_range(edge.u) || !in_range(edge.v)) return source_changed();
        if (internal_ != nullptr) edge.u = internal_[edge.u], edge.v = internal_[edge.v];
        arcs[count++] = edge;
        if (both_ends_ && edge.u != edge.v) arcs[count++] = {edge.v, edge.u, edge.w};
      }
      if (!lists_.place(std::span(arcs).first(count))) return source_changed();
    }
    return Status::ok();
  }

 private:
  bool in_range(NodeID id) const { return id >= 0 && id < lists_.num_nodes; }
  AdjacencyLists& lists_;
  const NodeID* internal_;
  bool both_ends_;
};

}  // namespace quadrille
