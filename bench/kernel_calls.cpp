#include "bench/kernel_calls.h"

#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "bench/format.h"
#include "bench/machine.h"
#include "kernels/betweenness.h"
#include "kernels/bfs.h"
#include "kernels/components.h"
#include "kernels/dispatch.h"
#include "kernels/node_sets.h"
#include "kernels/pagerank.h"
#include "kernels/path_search.h"
#include "kernels/triangles.h"
#include "kernels/verify.h"

namespace quadrille::program {
namespace {

constexpr std::size_t kBytesANode = 192;  // columns and scratch of any of them
constexpr std::size_t kBytesAtLeast = std::size_t{256} << 20;

constexpr std::size_t kStaggerBytes = 11 * kCacheLineBytes;

std::size_t memory_for(const GraphView& graph) {
  return kBytesANode * static_cast<std::size_t>(graph.num_nodes()) + kBytesAtLeast;
}

template <class T>
Result<std::span<T>> take(Arena& arena, std::int64_t count, Label label) {
  // Columns whose starts differ by a multiple of a page share the sets of a cache where a graph's
  // neighbours do, too (rows of a lattice of 1,024): some lines between them cost nothing.
  static_cast<void>(arena.try_allocate(kStaggerBytes, kCacheLineBytes, {"between columns"}));
  const std::span<T> column = arena.try_allocate_array<T>(static_cast<std::size_t>(count), label);
  if (count == 0 || !column.empty()) return column;
  return Status(StatusCode::kOutOfMemory, fmt::format("no memory for '{}'", label.name));
}

// What each kernel is prepared of.
struct Setting {
  const GraphView& graph;
  Parallel& parallel;
  const KernelTable& kernels;
  Arena& arena;
};

Status prepare_bfs(const Setting& set, KernelCalls::Calls& calls) {
  const GraphView& graph = set.graph;
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<Distance> distance,
                             take<Distance>(set.arena, graph.num_nodes(), {"distance"}));
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<NodeID> parent,
                             take<NodeID>(set.arena, graph.num_nodes(), {"parent"}));
  QUADRILLE_ASSIGN_OR_RETURN(Bfs kernel, Bfs::create(graph, set.parallel, set.kernels, set.arena));
  calls.run = [=, bfs = std::make_shared<Bfs>(std::move(kernel))](NodeID source) {
    bfs->run(source, {distance, parent, {}});
  };
  calls.verify = [=](NodeID source) { return verify_bfs(graph, source, distance, parent); };
  return Status::ok();
}

Status prepare_sssp(const Setting& set, KernelCalls::Calls& calls) {
  const GraphView& graph = set.graph;
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<PathLength> distance,
                             take<PathLength>(set.arena, graph.num_nodes(), {"distance"}));
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<NodeID> parent,
                             take<NodeID>(set.arena, graph.num_nodes(), {"parent"}));
  QUADRILLE_ASSIGN_OR_RETURN(PathSearch kernel,
                             PathSearch::create(graph, 0, set.parallel, set.kernels, set.arena));
  calls.run = [=, search = std::make_shared<PathSearch>(std::move(kernel))](NodeID source) {
    search->run(source, {distance, parent, {}});
  };
  calls.verify = [=](NodeID source) { return verify_sssp(graph, source, distance, parent); };
  return Status::ok();
}

Status prepare_components(const Setting& set, KernelCalls::Calls& calls) {
  const GraphView& graph = set.graph;
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<NodeID> label,
                             take<NodeID>(set.arena, graph.num_nodes(), {"label"}));
  QUADRILLE_ASSIGN_OR_RETURN(Components kernel,
                             Components::create(graph, set.parallel, set.kernels, set.arena));
  calls.run = [=, components = std::make_shared<Components>(std::move(kernel))](NodeID) {
    components->run({label, {}});
  };
  calls.verify = [=](NodeID) { return verify_components(graph, label); };
  return Status::ok();
}

Status prepare_pagerank(const Setting& set, KernelCalls::Calls& calls) {
  const GraphView& graph = set.graph;
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<float> rank,
                             take<float>(set.arena, graph.num_nodes(), {"rank"}));
  QUADRILLE_ASSIGN_OR_RETURN(
      const std::span<std::uint64_t> active,
      take<std::uint64_t>(set.arena, bit_words(graph.num_nodes()), {"active"}));
  QUADRILLE_ASSIGN_OR_RETURN(PageRank kernel,
                             PageRank::create(graph, {}, set.parallel, set.kernels, set.arena));
  const auto pagerank = std::make_shared<PageRank>(std::move(kernel));
  calls.run = [=](NodeID) { pagerank->run({rank, active}); };
  calls.verify = [=](NodeID) {
    return verify_pagerank(graph, rank, PageRankOptions{}.damping, pagerank->most_change());
  };
  return Status::ok();
}

// Counted node by node, checked there, and added up.
Status verify_count(const GraphView& graph, std::int64_t count, Parallel& parallel,
                    Arena& scratch) {
  std::vector<std::int64_t> each(static_cast<std::size_t>(graph.num_nodes()));
  std::vector<std::uint64_t> active(static_cast<std::size_t>(bit_words(graph.num_nodes())));
  QUADRILLE_RETURN_IF_ERROR(run_triangles(graph, {each, active}, parallel, scratch));
  QUADRILLE_RETURN_IF_ERROR(verify_triangles(graph, each));
  if (std::accumulate(each.begin(), each.end(), std::int64_t{0}) == 3 * count) return Status::ok();
  return {StatusCode::kInvalidInput, fmt::format("{} triangles are not the sum", count)};
}

// Lists are oriented anew in every call, as GAPBS relabels in every trial.
Status prepare_triangles(const Setting& set, KernelCalls::Calls& calls) {
  const GraphView& graph = set.graph;
  ArenaOptions options;
  options.capacity_bytes =
      2 * sizeof(NodeID) * static_cast<std::size_t>(graph.num_arcs()) + memory_for(graph);
  QUADRILLE_ASSIGN_OR_RETURN(Arena arena, Arena::create(options));
  const auto scratch = std::make_shared<Arena>(std::move(arena));
  const auto count = std::make_shared<Result<std::int64_t>>(0);
  calls.run = [=, parallel = &set.parallel](NodeID) {
    scratch->reset();
    *count = count_triangles(graph, *parallel, *scratch);
  };
  calls.verify = [=, parallel = &set.parallel](NodeID) {
    QUADRILLE_RETURN_IF_ERROR(count->status());
    scratch->reset();
    return verify_count(graph, count->value(), *parallel, *scratch);
  };
  return Status::ok();
}

Status prepare_betweenness(const Setting& set, KernelCalls::Calls& calls) {
  const GraphView& graph = set.graph;
  QUADRILLE_ASSIGN_OR_RETURN(const std::span<float> betweenness,
                             take<float>(set.arena, graph.num_nodes(), {"betweenness"}));
  QUADRILLE_ASSIGN_OR_RETURN(
      const std::span<std::uint64_t> active,
      take<std::uint64_t>(set.arena, bit_words(graph.num_nodes()), {"active"}));
  const auto source_list = std::make_shared<std::vector<NodeID>>(1, 0);
  QUADRILLE_ASSIGN_OR_RETURN(
      Betweenness kernel,
      Betweenness::create(graph, *source_list, set.parallel, set.kernels, set.arena));
  calls.run = [=, paths = std::make_shared<Betweenness>(std::move(kernel))](NodeID source) {
    source_list->front() = source;  // the kernel reads it in each run
    paths->start();
    while (!paths->finished()) paths->advance();
    paths->write({betweenness, active});
  };
  calls.verify = [=](NodeID source) {
    return verify_betweenness(graph, std::vector<NodeID>(1, source), betweenness);
  };
  return Status::ok();
}

Status prepare(std::string_view kernel, const Setting& set, KernelCalls::Calls& calls) {
  if (kernel == "bfs") return prepare_bfs(set, calls);
  if (kernel == "sssp") return prepare_sssp(set, calls);
  if (kernel == "components") return prepare_components(set, calls);
  if (kernel == "betweenness") return prepare_betweenness(set, calls);
  if (kernel == "triangles") return prepare_triangles(set, calls);
  return prepare_pagerank(set, calls);
}

}  // namespace

Result<KernelCalls> KernelCalls::create(std::string_view kernel, const GraphView& graph,
                                        Parallel& parallel, const std::string& isa) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(isa));
  ArenaOptions options;
  options.capacity_bytes = memory_for(graph);
  options.name = {"kernel"};
  KernelCalls calls(graph);
  QUADRILLE_ASSIGN_OR_RETURN(calls.arena_, Arena::create(options));
  QUADRILLE_RETURN_IF_ERROR(
      prepare(kernel, {graph, parallel, *kernels, *calls.arena_}, calls.calls_));
  return calls;
}

double KernelCalls::run(NodeID source) {
  const NodeID internal = graph_.internal_id(source);
  const std::int64_t begin = now_ns();
  calls_.run(internal);
  return static_cast<double>(now_ns() - begin);
}

Status KernelCalls::verify(NodeID source) const {
  return calls_.verify(graph_.internal_id(source));
}

}  // namespace quadrille::program
