#include "bench/kernel_calls.h"

#include <utility>

#include "bench/format.h"
#include "bench/machine.h"
#include "kernels/bfs.h"
#include "kernels/components.h"
#include "kernels/dispatch.h"
#include "kernels/node_sets.h"
#include "kernels/pagerank.h"
#include "kernels/path_search.h"
#include "kernels/verify.h"

namespace quadrille::program {
namespace {

constexpr std::size_t kBytesANode = 192;  // columns and scratch of any of them
constexpr std::size_t kBytesAtLeast = std::size_t{256} << 20;

constexpr std::size_t kStaggerBytes = 11 * kCacheLineBytes;

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
  QUADRILLE_ASSIGN_OR_RETURN(
      const std::span<std::uint64_t> active,
      take<std::uint64_t>(set.arena, bit_words(graph.num_nodes()), {"active"}));
  QUADRILLE_ASSIGN_OR_RETURN(Components kernel,
                             Components::create(graph, set.parallel, set.kernels, set.arena));
  calls.run = [=, components = std::make_shared<Components>(std::move(kernel))](NodeID) {
    const ComponentsColumns columns{label, active};
    components->start(columns);
    while (!components->finished()) components->step(columns);
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
  calls.run = [=](NodeID) {
    pagerank->start();
    while (!pagerank->finished()) pagerank->advance();
    pagerank->write({rank, active});
  };
  calls.verify = [=](NodeID) {
    return verify_pagerank(graph, rank, PageRankOptions{}.damping, pagerank->change());
  };
  return Status::ok();
}

Status prepare(std::string_view kernel, const Setting& set, KernelCalls::Calls& calls) {
  if (kernel == "bfs") return prepare_bfs(set, calls);
  if (kernel == "sssp") return prepare_sssp(set, calls);
  if (kernel == "components") return prepare_components(set, calls);
  return prepare_pagerank(set, calls);
}

}  // namespace

Result<KernelCalls> KernelCalls::create(std::string_view kernel, const GraphView& graph,
                                        Parallel& parallel, const std::string& isa) {
  QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table(isa));
  ArenaOptions options;
  options.capacity_bytes =
      kBytesANode * static_cast<std::size_t>(graph.num_nodes()) + kBytesAtLeast;
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
