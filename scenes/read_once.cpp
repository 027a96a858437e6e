#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "scenes/degree_order.h"
#include "scenes/edge_passes.h"
#include "scenes/edge_stash.h"
#include "scenes/graph_build.h"
#include "scenes/mirrored_lists.h"

namespace quadrille {
namespace {

// By each naming of an edge, at both of its ends.
template <bool kWeighted>
std::vector<std::uint32_t> degrees_of(const std::vector<StashSink<kWeighted>>& stash,
                                      const ArcPacking& packing, std::int64_t num_nodes,
                                      Parallel& parallel) {
  std::vector<std::uint32_t> degrees(static_cast<std::size_t>(num_nodes), 0);
  const auto add = [&degrees](NodeID id) {  // relaxed: read after all workers have ended
    std::atomic_ref<std::uint32_t>(degrees[static_cast<std::size_t>(id)])
        .fetch_add(1, std::memory_order_relaxed);
  };
  const std::int64_t bucket_nodes = std::int64_t{1} << packing.local_bits;
  parallel.for_range(num_nodes, bucket_nodes, [&](std::int64_t first, std::int64_t, int) {
    const std::size_t bucket = packing.bucket_of(static_cast<NodeID>(first));
    const auto add_both = [&](const auto arcs) {
      for (const auto& arc : arcs) {
        const auto u = static_cast<NodeID>(first + packing.local(arc.packed));
        const NodeID v = packing.target(arc.packed);
        add(u);
        if (u != v) add(v);
      }
    };
    for (const auto& part : stash) part.for_each_chunk(bucket, add_both);
  });
  return degrees;
}

template <bool kWeighted>
Status write_mirrored(GraphBuild& build, MirroredEdges<kWeighted>& edges) {
  build.report.duplicate_edges =
      build.report.edges_in_input - build.report.dropped_loops - edges.num_edges();
  build.draft.plan(build.num_nodes, edges.num_arcs(), edges.num_edges(),
                   build.ordering.is_reordered());
  QUADRILLE_RETURN_IF_ERROR(build.draft.reserve(0));
  QUADRILLE_RETURN_IF_ERROR(build.draft.commit());
  AdjacencyLists lists = build.draft.lists(kSlabBlockTable);
  ListTotals totals;
  QUADRILLE_RETURN_IF_ERROR(edges.write(lists, build.parallel, totals));
  build.report.max_out_degree = totals.max_degree;
  return Status::ok();
}

// The stash and, of an order by degree, the same edges under their new ids, are gone when lists are
// written: edges and image together are what is held at most.
template <bool kWeighted>
Status mirror_edges(GraphBuild& build, bool& done) {
  constexpr std::int64_t kMostUnknown = std::int64_t{1} << 22;  // with 10 bits for a place: 32
  const ArcPacking packing(build.options.num_nodes >= 0 ? build.options.num_nodes : kMostUnknown);
  if (packing.wide) return Status::ok();
  using Sinks = std::vector<StashSink<kWeighted>>;
  const std::size_t chunk_bytes =
      stash_chunk_bytes(packing.num_buckets(), build.parallel.num_workers());
  std::atomic<bool> outgrown{false};
  const auto fill = [&](const NodeID* internal, StashMemory& memory, auto read) -> Result<Sinks> {
    Sinks sinks;
    for (int worker = 0; worker < build.parallel.num_workers(); ++worker)
      sinks.emplace_back(build.options, packing, internal, memory, chunk_bytes, outgrown);
    QUADRILLE_RETURN_IF_ERROR(read(sinks));
    return sinks;
  };

  std::optional<StashMemory> memory(std::in_place, build.budget);
  Result<Sinks> stash = fill(build.ordering.internal(), *memory, [&](Sinks& sinks) {
    return read_all(build.source, build.parallel, sinks);
  });
  if (outgrown.load(std::memory_order_relaxed)) return Status::ok();
  if (!stash.is_ok()) return stash.status();
  std::int64_t highest_id = -1;
  for (const auto& sink : *stash) {
    build.report.edges_in_input += sink.edges();
    build.report.self_loops += sink.self_loops();
    highest_id = std::max(highest_id, sink.highest_id());
  }
  QUADRILLE_RETURN_IF_ERROR(build.set_num_nodes(highest_id));
  if (build.options.drop_self_loops) build.report.dropped_loops = build.report.self_loops;
  done = true;

  const bool by_degree = build.options.order == NodeOrder::kDegree;
  if (by_degree) {
    build.ordering =
        NodeOrdering(degree_order(degrees_of(*stash, packing, build.num_nodes, build.parallel)));
  }
  MirroredEdges<kWeighted> edges(packing, build.num_nodes);
  QUADRILLE_RETURN_IF_ERROR(edges.squeeze(*stash, build.parallel, build.budget));
  memory.emplace(build.budget);
  if (!by_degree) return write_mirrored(build, edges);
  stash = fill(build.ordering.internal(), *memory,
               [&](Sinks& sinks) { return edges.send_to(sinks, build.parallel); });
  if (!stash.is_ok()) return stash.status();
  QUADRILLE_RETURN_IF_ERROR(edges.squeeze(*stash, build.parallel, build.budget));
  memory.reset();
  return write_mirrored(build, edges);
}

}  // namespace

Status read_once(GraphBuild& build, bool& done) {
  return build.options.weighted ? mirror_edges<true>(build, done)
                                : mirror_edges<false>(build, done);
}

}  // namespace quadrille
