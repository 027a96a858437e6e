// quadrille_graph_peers: graph kernels of several libraries side by side, on the same graph from
// the same sources, alternating, with checked answers; and node orders, ours and METIS's.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>

#include <quadrille/parallel.h>

#include "bench/format.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/option_builder.h"
#include "bench/option_values.h"
#include "bench/peers/graph_peer.h"
#include "bench/peers/peer_program.h"
#include "bench/scene_runner.h"
#include "bench/statistics.h"
#include "bench/table.h"
#include "kernels/dispatch.h"
#include "kernels/placement.h"

namespace quadrille::program {
namespace {

constexpr std::array<const char*, 5> kKernelNames = {"bfs", "sssp", "components", "pagerank",
                                                     "triangles"};
// Two runs that end within the tolerance may differ by what remains: 0.85 / 0.15 of it, each.
constexpr double kRanksDiffer = 2 * kRankTolerance * kDamping / (1 - kDamping);

struct PeerOptions {
  InputOptions input;
  MachineOptions machine;
  std::vector<std::string> kernels;
  std::int64_t rounds = 5;
  std::uint64_t seed = 1;
  bool places = false;
};

// ---- whether answers agree ----

// The first node with the same label, instead of the label.
std::vector<std::int64_t> first_alike(const std::vector<std::int64_t>& labels) {
  std::map<std::int64_t, std::int64_t> first;
  std::vector<std::int64_t> alike;
  for (std::size_t v = 0; v < labels.size(); ++v)
    alike.push_back(first.try_emplace(labels[v], static_cast<std::int64_t>(v)).first->second);
  return alike;
}

double distance_of(const std::vector<double>& a, const std::vector<double>& b) {
  double sum_a = 0, sum_b = 0, differs = 0;
  for (const double value : a) sum_a += value;
  for (const double value : b) sum_b += value;
  for (std::size_t v = 0; v < a.size(); ++v) differs += std::abs(a[v] / sum_a - b[v] / sum_b);
  return differs;
}

bool agree(GraphKernel kernel, const GraphAnswer& a, const GraphAnswer& b) {
  switch (kernel) {
    case GraphKernel::kBfs:
    case GraphKernel::kSssp: return a.distance == b.distance;
    case GraphKernel::kComponents: return first_alike(a.component) == first_alike(b.component);
    case GraphKernel::kPageRank:
      return a.rank.size() == b.rank.size() && distance_of(a.rank, b.rank) <= kRanksDiffer;
    case GraphKernel::kTriangles: return a.triangles == b.triangles;
  }
  return false;
}

// ---- the kernels ----

using Peers = std::vector<std::unique_ptr<GraphPeer>>;

Peers make_peers(const GraphView& graph, Parallel& parallel) {
  Peers peers;
  peers.push_back(quadrille_graph_peer(graph, parallel));
#if defined(QUADRILLE_BOOST_GRAPH)
  peers.push_back(boost_graph_peer(graph));
#endif
#if defined(QUADRILLE_IGRAPH)
  peers.push_back(igraph_peer(graph));
#endif
#if defined(QUADRILLE_GRAPHBLAS)
  peers.push_back(graphblas_peer(graph, parallel.num_workers()));
#endif
  return peers;
}

// A run of each peer a round, every second round backwards; the first round does not count.
class KernelRounds {
 public:
  KernelRounds(GraphKernel kernel, const Peers& peers) : kernel_(kernel), peers_(peers) {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (peers[i]->can(kernel)) able_.push_back(i);
    }
    times_.resize(peers.size());
  }
  Status round(NodeID source, bool counts) {
    GraphAnswer first;
    for (std::size_t turn = 0; turn < able_.size(); ++turn) {
      const std::size_t i = able_[backwards_ ? able_.size() - 1 - turn : turn];
      GraphAnswer answer;
      QUADRILLE_ASSIGN_OR_RETURN(const double elapsed_ns, peers_[i]->run(kernel_, source, answer));
      if (counts) times_[i].push_back(elapsed_ns);
      if (turn == 0) {
        first = std::move(answer);
      } else if (!agree(kernel_, first, answer)) {
        return {StatusCode::kInvalidInput,
                fmt::format("{}: {} finds something else than another library",
                            kKernelNames[static_cast<std::size_t>(kernel_)], peers_[i]->name())};
      }
    }
    backwards_ = !backwards_;
    return Status::ok();
  }
  std::string cell(std::size_t i) const {
    if (times_[i].empty()) return "-";
    const Summary summary = summarize(times_[i]);
    return fmt::format("{:.4g} +-{:.0f}%", summary.median / 1e6, 100 * summary.spread);
  }

 private:
  GraphKernel kernel_;
  const Peers& peers_;
  std::vector<std::size_t> able_;
  std::vector<std::vector<double>> times_;
  bool backwards_ = false;
};

Status compare_kernels(const PeerOptions& options, const GraphView& graph, Parallel& parallel) {
  const Peers peers = make_peers(graph, parallel);
  const std::vector<NodeID> sources = random_sources(graph, options.rounds + 1, options.seed);
  std::vector<TableColumn> columns = {{.head = "ms", .left = true}};
  std::vector<std::vector<std::string>> rows;
  for (const auto& peer : peers) rows.push_back({peer->name()});
  for (std::size_t k = 0; k < kKernelNames.size(); ++k) {
    if (std::ranges::find(options.kernels, kKernelNames[k]) == options.kernels.end()) continue;
    KernelRounds rounds(static_cast<GraphKernel>(k), peers);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      QUADRILLE_RETURN_IF_ERROR(rounds.round(graph.internal_id(sources[i]), i > 0));
    }
    columns.push_back({.head = kKernelNames[k]});
    for (std::size_t i = 0; i < peers.size(); ++i) rows[i].push_back(rounds.cell(i));
  }
  Table table(std::move(columns));
  for (std::vector<std::string>& row : rows) table.add_row(std::move(row));
  fmt::print("{}medians of {} rounds, half of the interquartile range; all answers agree\n",
             table.to_string(output_width()), options.rounds);
  return Status::ok();
}

// ---- the orders ----

struct OrderRow {
  std::string name;
  double order_ns = 0, search_ns = 0;
  EdgeOffset crossing = 0;
};

Status measure_order(const GraphView& graph, std::span<const NodeID> order, Parallel& parallel,
                     const PeerOptions& options, OrderRow& row) {
  QUADRILLE_ASSIGN_OR_RETURN(const Graph moved, reorder_graph(graph, order, parallel));
  row.crossing = count_cross_block_edges(moved.view(), parallel);
  const auto searcher = quadrille_graph_peer(moved.view(), parallel);
  std::vector<double> times;
  for (const NodeID user : random_sources(graph, options.rounds + 1, options.seed)) {
    GraphAnswer answer;
    QUADRILLE_ASSIGN_OR_RETURN(
        const double elapsed_ns,
        searcher->run(GraphKernel::kBfs, moved.view().internal_id(user), answer));
    times.push_back(elapsed_ns);
  }
  row.search_ns = summarize(std::span<const double>(times).subspan(1)).median;
  return Status::ok();
}

Status compare_orders(const PeerOptions& options, const GraphView& graph, Parallel& parallel) {
  using MakeOrder = Result<std::vector<NodeID>> (*)(const GraphView&, Parallel&);
  const std::pair<const char*, MakeOrder> orders[] = {
      {"as read",
       [](const GraphView& of, Parallel&) -> Result<std::vector<NodeID>> {
         std::vector<NodeID> order(static_cast<std::size_t>(of.num_nodes()));
         for (std::size_t v = 0; v < order.size(); ++v) order[v] = static_cast<NodeID>(v);
         return order;
       }},
      {"quadrille, placed",
       [](const GraphView& of, Parallel& threads) -> Result<std::vector<NodeID>> {
         QUADRILLE_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernel_table({}));
         QUADRILLE_ASSIGN_OR_RETURN(Placement placement,
                                    place_nodes(of, {.use_coordinates = false}, threads, *kernels));
         return std::move(placement.order);
       }},
#if defined(QUADRILLE_METIS)
      {"METIS 5.1, k-way",
       [](const GraphView& of, Parallel&) -> Result<std::vector<NodeID>> {
         return metis_order(of);
       }},
#endif
  };
  Table table({{.head = "order", .left = true}, {"ms"}, {"edges across blocks"}, {"bfs ms"}});
  for (const auto& [name, make] : orders) {
    OrderRow row{.name = name};
    const std::int64_t begin = now_ns();
    QUADRILLE_ASSIGN_OR_RETURN(const std::vector<NodeID> order, make(graph, parallel));
    row.order_ns = static_cast<double>(now_ns() - begin);
    QUADRILLE_RETURN_IF_ERROR(measure_order(graph, order, parallel, options, row));
    const double share = 100 * static_cast<double>(row.crossing) /
                         static_cast<double>(std::max<EdgeOffset>(1, graph.num_edges()));
    table.add_row({row.name, fmt::format("{:.4g}", row.order_ns / 1e6),
                   fmt::format("{:.2f} %", share), fmt::format("{:.4g}", row.search_ns / 1e6)});
  }
  fmt::print("{}", table.to_string(output_width()));
  return Status::ok();
}

// ---- the program ----

Status check_kernels(std::string_view text) {
  const std::vector<std::string_view> known(kKernelNames.begin(), kKernelNames.end());
  for (const std::string& name : split_list(text)) {
    QUADRILLE_RETURN_IF_ERROR(check_choice(name, known));
  }
  return Status::ok();
}

Status compare(const PeerOptions& options) {
  QUADRILLE_ASSIGN_OR_RETURN(const std::unique_ptr<Parallel> parallel,
                             create_parallel(options.machine));
  QUADRILLE_ASSIGN_OR_RETURN(
      const LoadedInput loaded,
      load_input(options.input, *find_scene("sssp"), options.seed, *parallel, nullptr));
  const GraphView& graph = loaded.input.graph.view();
  if (graph.directed() || graph.num_nodes() == 0)
    return {StatusCode::kInvalidInput, loaded.name + ": not an undirected graph with nodes"};
  const Machine machine = describe_machine("");
  fmt::print("{}, {}\n{}: {} nodes, {} edges, {}\n\n", one_line(machine.cpu), machine.compiler,
             one_line(loaded.name), format_count(graph.num_nodes()),
             format_count(graph.num_edges()), plural(parallel->num_workers(), "thread"));
  return options.places ? compare_orders(options, graph, *parallel)
                        : compare_kernels(options, graph, *parallel);
}

int run(int argc, const char* const* argv) {
  PeerOptions options;
  std::string kernels = "bfs,sssp,components,pagerank,triangles";
  CLI::App app("Graph kernels of several libraries side by side, on an undirected graph");
  app.add_option("--graph", options.input.graph, "A graph in any format that quadrille reads")
      ->option_text("FILE");
  app.add_option("--generate", options.input.generate, "A graph as quadrille run generates it")
      ->option_text("NAME:SIZE")
      ->excludes("--graph");
  app.add_option("--kernels", kernels, "Of " + kernels + "; all, unless given")
      ->option_text("A,B,...")
      ->check([](const std::string& text) { return check_kernels(text).message(); });
  add_number(&app, "--rounds", options.rounds, {1, 1000}, "Rounds that count. Default: 5");
  app.add_flag("--placement", options.places, "Compare orders of the nodes instead");
  add_machine_options(&app, options.machine);
  add_seed(&app, options.seed);
  return run_peer_program("quadrille_graph_peers", app, argc, argv, [&] {
    if (options.input.graph.empty() && options.input.generate.empty())
      throw CLI::RequiredError("--graph or --generate");
    options.kernels = split_list(kernels);
    return compare(options);
  });
}

}  // namespace
}  // namespace quadrille::program

int main(int argc, char** argv) { return quadrille::program::run(argc, argv); }
