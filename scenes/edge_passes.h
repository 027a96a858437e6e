// The two passes over an EdgeSource: count arcs by ranges of nodes, then put each arc into its
// bucket. Sinks belong to workers, not to chunks; what they count is added up in the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>

#include "scenes/arc_buckets.h"
#include "scenes/degree_counter.h"
#include "scenes/edge_check.h"
#include "scenes/first_failure.h"
#include "scenes/range_counter.h"

namespace quadrille {

// Sums over edges, by the ids of their source, that do not depend on their order: by which way
// round an edge is named.
struct EdgeSums {
  std::uint64_t ascending = 0, descending = 0;

  void add(NodeID u, NodeID v) {
    std::uint64_t hash = std::uint64_t{static_cast<std::uint32_t>(std::min(u, v))} << 32 |
                         static_cast<std::uint32_t>(std::max(u, v));
    hash = (hash ^ 0x9e3779b97f4a7c15U) * 0xbf58476d1ce4e5b9U;
    hash ^= hash >> 29;  // without it the hash of a sum were the sum of hashes
    ascending += u < v ? hash : 0;
    descending += u < v ? 0 : hash;
  }
  void add(const EdgeSums& other) { ascending += other.ascending, descending += other.descending; }
  bool operator==(const EdgeSums&) const = default;
};

template <class Sink>
Status read_all(EdgeSource& source, Parallel& parallel, std::vector<Sink>& sinks) {
  QUADRILLE_RETURN_IF_ERROR(
      run_chunks(parallel, source.num_chunks(), [&](std::int64_t chunk, int worker) {
        return source.read(chunk, sinks[static_cast<std::size_t>(worker)]);
      }));
  return source.finish();
}

// Pass 1. `internal` is null where user ids are internal ids, `degrees` where nobody asks.
class alignas(kCacheLineBytes) CountingSink final : public EdgeSink {
 public:
  CountingSink(const BuildOptions& options, const NodeID* internal, DegreeCounter* degrees)
      : options_(&options), internal_(internal), degrees_(degrees) {}

  Status take(std::span<const Edge> edges) override {
    for (const Edge& edge : edges) {
      if (!is_valid_edge(edge, *options_)) return describe_invalid(edge, *options_);
      max_id_ = std::max({max_id_, edge.u, edge.v});
      count(edge.u, edge.v);
    }
    edges_ += static_cast<std::int64_t>(edges.size());
    return degrees_ == nullptr || count_degrees(edges) ? Status::ok() : degrees_->status();
  }

  std::int64_t edges() const { return edges_; }
  std::int64_t self_loops() const { return self_loops_; }
  NodeID max_id() const { return max_id_; }
  const EdgeSums& sums() const { return sums_; }
  // Undirected: edges by their lower and their higher end, a self loop as lower. Else arcs by their
  // source, and none.
  const RangeCounter& lower() const { return lower_; }
  const RangeCounter& higher() const { return higher_; }

 private:
  static constexpr std::size_t kAhead = 24;

  void count(NodeID u, NodeID v) {
    self_loops_ += u == v;
    if (u == v && options_->drop_self_loops) return;
    const bool as_named = options_->directed || options_->both_arcs;
    if (as_named || u != v) sums_.add(u, v);
    if (internal_ != nullptr) u = internal_[u], v = internal_[v];
    if (as_named || u == v) return lower_.add(u);
    lower_.add(std::min(u, v));
    higher_.add(std::max(u, v));
  }
  bool count_degrees(std::span<const Edge> edges) {
    const bool one_end = options_->directed || options_->both_arcs;
    bool counted = true;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (edges.size() - i > kAhead) {
        degrees_->prefetch(edges[i + kAhead].u);
        degrees_->prefetch(edges[i + kAhead].v);
      }
      if (edges[i].u == edges[i].v && options_->drop_self_loops) continue;
      counted &= degrees_->add(edges[i].u);
      if (!one_end && edges[i].u != edges[i].v) counted &= degrees_->add(edges[i].v);
    }
    return counted;
  }

  const BuildOptions* options_;
  const NodeID* internal_;
  DegreeCounter* degrees_;  // null: not asked for
  RangeCounter lower_, higher_;
  EdgeSums sums_;
  std::int64_t edges_ = 0, self_loops_ = 0;
  NodeID max_id_ = -1;
};

// What a pass found; `lower` and `higher` by range: see CountingSink.
struct EdgeCounts {
  std::int64_t edges = 0, self_loops = 0;
  EdgeSums sums;
  std::vector<std::int64_t> lower, higher;
};

inline EdgeCounts add_up(const std::vector<CountingSink>& sinks, std::int64_t num_nodes) {
  EdgeCounts counts;
  for (const CountingSink& sink : sinks) {
    counts.edges += sink.edges();
    counts.self_loops += sink.self_loops();
    counts.sums.add(sink.sums());
  }
  const auto ids_a_range = std::int64_t{1} << RangeCounter::kRangeShift;
  counts.lower.resize(static_cast<std::size_t>((num_nodes + ids_a_range - 1) / ids_a_range));
  counts.higher.resize(counts.lower.size());
  for (const CountingSink& sink : sinks) {
    for (std::size_t range = 0; range < counts.lower.size(); ++range) {
      counts.lower[range] += sink.lower()[range];
      counts.higher[range] += sink.higher()[range];
    }
  }
  return counts;
}

inline std::vector<std::int64_t> by_bucket(const ArcPacking& packing,
                                           const std::vector<std::int64_t>& by_range) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(packing.num_buckets()));
  const int shift = packing.local_bits - RangeCounter::kRangeShift;
  for (std::size_t range = 0; range < by_range.size(); ++range)
    counts[range >> shift] += by_range[range];
  return counts;
}

inline Status source_changed() {
  return {StatusCode::kInvalidInput, "the edges changed between the first and the second reading"};
}

// Which arcs an edge becomes.
enum class EdgeArcs : std::uint8_t {
  kAsNamed,
  kBothWays,      // a self loop once
  kFromLowerEnd,  // one arc, to the higher end
};

// Pass 2.
template <class Word, bool kWeighted>
class alignas(kCacheLineBytes) PlacingSink final : public EdgeSink {
 public:
  PlacingSink(BucketSpace& space, const NodeID* internal, EdgeArcs arcs, bool drop_self_loops)
      : writer_(space), internal_(internal), arcs_(arcs), drop_self_loops_(drop_self_loops),
        num_nodes_(static_cast<std::uint32_t>(space.packing().num_nodes)) {}

  Status take(std::span<const Edge> edges) override {
    bool placed = true;
    for (const Edge& edge : edges) {
      if (!in_range(edge.u) || !in_range(edge.v)) return source_changed();
      NodeID u = edge.u, v = edge.v;
      if (u == v && drop_self_loops_) continue;
      if (arcs_ == EdgeArcs::kAsNamed || u != v) sums_.add(u, v);
      if (internal_ != nullptr) u = internal_[u], v = internal_[v];
      if (arcs_ == EdgeArcs::kFromLowerEnd && v < u) std::swap(u, v);
      placed &= writer_.put(u, v, edge.w);
      if (arcs_ == EdgeArcs::kBothWays && u != v) placed &= writer_.put(v, u, edge.w);
    }
    return placed ? Status::ok() : source_changed();
  }
  bool flush() { return writer_.flush(); }
  const EdgeSums& sums() const { return sums_; }

 private:
  bool in_range(NodeID id) const { return static_cast<std::uint32_t>(id) < num_nodes_; }

  BucketWriter<Word, kWeighted> writer_;
  const NodeID* internal_;
  EdgeArcs arcs_;
  bool drop_self_loops_;
  std::uint32_t num_nodes_;
  EdgeSums sums_;
};

}  // namespace quadrille
