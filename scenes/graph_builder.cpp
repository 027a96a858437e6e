#include <quadrille/graph_builder.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/float_mode.h>
#include <quadrille/parallel.h>

#include "engine/graph_image.h"
#include "scenes/adjacency_lists.h"
#include "scenes/graph_build.h"
#include "scenes/spatial_order.h"

namespace quadrille {
namespace {

class SpanSource final : public EdgeSource {
 public:
  explicit SpanSource(std::span<const Edge> edges) : edges_(edges) {}
  std::int64_t num_chunks() const override {
    return static_cast<std::int64_t>((edges_.size() + kChunk - 1) / kChunk);
  }
  Status read(std::int64_t chunk, EdgeSink& sink) override {
    const std::size_t begin = static_cast<std::size_t>(chunk) * kChunk;
    return sink.take(edges_.subspan(begin, std::min(kChunk, edges_.size() - begin)));
  }

 private:
  static constexpr std::size_t kChunk = 1 << 16;
  std::span<const Edge> edges_;
};

Status check_options(const BuildOptions& options) {
  if (options.x.size() != options.y.size()) {
    return {StatusCode::kInvalidArgument, std::to_string(options.x.size()) + " x coordinates but " +
                                              std::to_string(options.y.size()) + " y coordinates"};
  }
  if (!options.x.empty() && !options.names.empty() &&
      std::ssize(options.x) != std::int64_t{options.names.size()}) {
    return {StatusCode::kInvalidArgument, std::to_string(options.x.size()) + " coordinates but " +
                                              std::to_string(options.names.size()) + " names"};
  }
  if (options.num_nodes > INT32_MAX) return too_many_nodes(options.num_nodes);
  const auto is_finite = [](float value) { return std::isfinite(value); };
  for (const std::span<const float> axis : {options.x, options.y}) {
    const auto bad = std::find_if_not(axis.begin(), axis.end(), is_finite);
    if (bad != axis.end()) {
      return {StatusCode::kInvalidInput,
              "node " + std::to_string(bad - axis.begin()) + ": its coordinates are not finite"};
    }
  }
  if (options.directed && options.both_arcs) {
    return {StatusCode::kInvalidArgument,
            "both arcs of an edge are named in undirected graphs only"};
  }
  return Status::ok();
}

// Each id once; only where no other order is asked for.
Status check_order(const BuildOptions& options) {
  if (options.user_ids.empty()) return Status::ok();
  std::vector<char> met(options.user_ids.size(), 0);
  const auto is_new = [&met](NodeID user) {
    const auto place = static_cast<std::size_t>(user);
    return user >= 0 && place < met.size() && std::exchange(met[place], 1) == 0;
  };
  if (options.order == NodeOrder::kFile && std::ssize(options.user_ids) == options.num_nodes &&
      std::ranges::all_of(options.user_ids, is_new))
    return Status::ok();
  return {StatusCode::kInvalidArgument, "the order of nodes is to name each user id once"};
}

void count_isolated(GraphBuild& build) {
  const AdjacencyLists out = build.draft.lists(kSlabBlockTable);
  const AdjacencyLists in = build.options.directed ? build.draft.lists(kSlabInBlockTable) : out;
  std::atomic<std::int64_t> isolated{0};
  build.parallel.for_range(
      build.num_nodes, kNodeBlockSize, [&](std::int64_t begin, std::int64_t end, int) {
        std::int64_t count = 0;
        for (std::int64_t v = begin; v < end; ++v)
          count += out.records[v].out_degree == 0 && in.records[v].out_degree == 0;
        isolated.fetch_add(count, std::memory_order_relaxed);  // read after for_range() has ended
      });
  build.report.isolated_nodes = isolated.load(std::memory_order_relaxed);
}

Result<Graph> build_in_passes(GraphBuild& build) {
  const BuildOptions& options = build.options;
  QUADRILLE_RETURN_IF_ERROR(check_options(options));
  QUADRILLE_RETURN_IF_ERROR(check_order(options));
  if (options.order == NodeOrder::kMorton)
    build.ordering = NodeOrdering(morton_order(options.x, options.y));
  if (!options.user_ids.empty())
    build.ordering = NodeOrdering({options.user_ids.begin(), options.user_ids.end()});
  bool done = false;
  if (!options.directed && !options.both_arcs) QUADRILLE_RETURN_IF_ERROR(read_once(build, done));
  if (!done) QUADRILLE_RETURN_IF_ERROR(read_twice(build));
  count_isolated(build);
  build.draft.write_coordinates(build.ordering);
  build.draft.write_ids(build.ordering);
  return build.draft.finish();
}

// A file that promised both arcs of each edge may lie: its reader will say so of the graph as it
// is. Nothing that counts on them may look at it before.
bool keeps_promise(const GraphBuild& build, const Graph& graph) {
  const BuildOptions& options = build.options;
  return !options.both_arcs || options.directed || holds_both_arcs(graph.view(), build.parallel);
}

}  // namespace

Status too_many_nodes(std::int64_t num_nodes) {
  return {StatusCode::kUnsupported,
          std::to_string(num_nodes) + " nodes are too many; a graph holds 2147483647 at most"};
}

Status GraphBuild::set_num_nodes(std::int64_t highest_id) {
  num_nodes = options.num_nodes >= 0 ? options.num_nodes : highest_id + 1;
  if (num_nodes > INT32_MAX) return too_many_nodes(num_nodes);
  options.num_nodes = num_nodes;  // whichever ids later readings meet: these may be internal ones
  if (budget == nullptr) return Status::ok();
  // Before anything of their size is taken: a line of text is enough to name 2 billion of them.
  return budget->check(static_cast<std::size_t>(num_nodes) * sizeof(NodeRecord));
}

Result<Graph> build_graph(EdgeSource& source, const BuildOptions& options, Parallel& parallel,
                          MemoryBudget* budget, BuildReport* report) {
  const FloatMode mode;
  try {
    BuildOptions given = options;
    given.weighted |= given.real_weights;
    if (!given.x.empty()) given.num_nodes = static_cast<std::int64_t>(given.x.size());
    if (!given.names.empty()) given.num_nodes = given.names.size();
    GraphBuild build{source, given, parallel, budget, {}, ImageDraft(given, budget), {}};
    Result<Graph> graph = build_in_passes(build);
    BuildReport counts = build.report;
    if (graph.is_ok() && options.order == NodeOrder::kPlaced && keeps_promise(build, *graph)) {
      graph = place_graph(*graph, parallel, budget, &counts.placement);
    }
    if (report != nullptr) *report = counts;
    return graph;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory to build the graph");
  }
}

Result<Graph> build_graph(std::span<const Edge> edges, const BuildOptions& options,
                          Parallel& parallel, MemoryBudget* budget, BuildReport* report) {
  SpanSource source(edges);
  return build_graph(source, options, parallel, budget, report);
}

Result<Graph> build_graph(std::span<const Edge> edges, const BuildOptions& options,
                          BuildReport* report) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> serial,
                             Parallel::create({.backend = TaskBackend::kSerial, .num_threads = 1}));
  return build_graph(edges, options, *serial, nullptr, report);
}

}  // namespace quadrille
