#include "bench/update_costs.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include <quadrille/arena.h>

#include "bench/format.h"
#include "bench/machine.h"
#include "engine/integers.h"
#include "engine/random.h"
#include "engine/topology.h"
#include "kernels/bfs_repair.h"
#include "kernels/components.h"
#include "kernels/components_repair.h"
#include "kernels/node_sets.h"

namespace quadrille::program {
namespace {

constexpr std::int64_t kBatchSizes[] = {1000, 10'000, 100'000};
constexpr std::int64_t kBatches = 8;  // of a size, each deleted and inserted in a round
constexpr int kSearchPairs = 16;      // pairs a round
constexpr std::size_t kArenaBytes = std::size_t{64} << 20;  // beside what kernels need a node
constexpr std::size_t kScratchBytesANode = 192;

template <class Body>
Result<double> timed(const Body& body) {
  const std::int64_t begin = now_ns();
  QUADRILLE_RETURN_IF_ERROR(body());
  return static_cast<double>(now_ns() - begin);
}

// Different edges of the graph, drawn evenly, in random order.
std::vector<EdgeEdit> draw_edges(const GraphView& graph, std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<EdgeEdit> chosen;
  std::int64_t left = graph.num_edges();
  for (NodeID u = 0; u < graph.num_nodes(); ++u) {
    const auto weights = graph.out_weights(u);
    const auto targets = graph.out_neigh(u);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (!graph.directed() && targets[i] < u) continue;
      const auto missing = static_cast<double>(count - std::ssize(chosen));
      if (random.next_unit() * static_cast<double>(left--) >= missing) continue;
      chosen.push_back({u, targets[i], weights.empty() ? 1 : weights[i], false});
    }
  }
  for (std::size_t i = chosen.size(); i > 1; --i) {
    std::swap(chosen[i - 1], chosen[random.next_below(static_cast<std::uint32_t>(i))]);
  }
  return chosen;
}

class UpdateBench {
 public:
  UpdateBench(const ProfileUpdatesOptions& options, const GraphView& graph, Parallel& parallel,
              const KernelTable& kernels, Arena& scratch, Arena& kept)
      : options_(options), graph_(graph), parallel_(parallel), kernels_(kernels), scratch_(scratch),
        kept_(kept) {}

  Result<UpdateCosts> run();

 private:
  Status apply(std::span<const EdgeEdit> edits, bool is_held, Measurement& all);
  Status measure_batches(BatchCost& cost);
  Status measure_search();
  Status measure_repairs();
  Status repair_round(ComponentsRepair& components, BfsRepair& bfs, std::span<NodeID> label,
                      const BfsColumns& paths, std::span<const EdgeEdit> edits);
  Result<double> time_components(const GraphView& graph, std::span<NodeID> label);
  Result<double> time_search(const GraphView& graph, NodeID source, const BfsColumns& columns);
  GraphView current() const { return store_->current().view(); }
  NodeID source(std::uint64_t stream) const;

  const ProfileUpdatesOptions& options_;
  const GraphView& graph_;
  Parallel& parallel_;
  const KernelTable& kernels_;
  Arena& scratch_;  // emptied before each use
  Arena& kept_;
  std::unique_ptr<TopologyStore> store_;
  std::vector<EdgeEdit> deletions_, insertions_;
  UpdateCosts costs_;
};

Result<UpdateCosts> UpdateBench::run() {
  const std::int64_t wanted = kBatches * kBatchSizes[2];
  const std::int64_t count = std::min(wanted, graph_.num_edges() / 4);
  if (count < kBatches * kBatchSizes[0]) {
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("the graph has {}; batches of updates are measured from {} on",
                              plural(graph_.num_edges(), "edge"),
                              format_count(4 * kBatches * kBatchSizes[0])));
  }
  deletions_ = draw_edges(graph_, count, options_.seed);
  insertions_ = deletions_;
  for (EdgeEdit& edit : insertions_) edit.is_insert = true;
  QUADRILLE_ASSIGN_OR_RETURN(
      store_, TopologyStore::create(graph_, parallel_, {.usual_edits = kBatchSizes[2]}));
  costs_.memory_bytes = static_cast<std::int64_t>(store_->committed_bytes());
  for (const std::int64_t size : kBatchSizes) {
    if (size * kBatches > count) break;
    costs_.batches.push_back({.updates = size, .is_held = false, .inserted = {}, .deleted = {}});
  }
  costs_.batches.push_back(
      {.updates = costs_.batches.back().updates, .is_held = true, .inserted = {}, .deleted = {}});
  for (std::int64_t round = 0; round < options_.repeat; ++round) {
    for (BatchCost& cost : costs_.batches) QUADRILLE_RETURN_IF_ERROR(measure_batches(cost));
  }
  costs_.memory_at_end = static_cast<std::int64_t>(store_->committed_bytes());
  QUADRILLE_RETURN_IF_ERROR(measure_search());
  QUADRILLE_RETURN_IF_ERROR(measure_repairs());
  return std::move(costs_);
}

Status UpdateBench::apply(std::span<const EdgeEdit> edits, bool is_held, Measurement& all) {
  const TopologyVersion held = is_held ? store_->current() : TopologyVersion();
  QUADRILLE_ASSIGN_OR_RETURN(const double elapsed_ns, timed([&] { return store_->edit(edits); }));
  all.samples_ns.push_back(elapsed_ns);
  all.work += static_cast<double>(edits.size());
  all.work_unit = "updates";
  return Status::ok();
}

// All that go before any comes again: lists are found as cold as a stream's would be.
Status UpdateBench::measure_batches(BatchCost& cost) {
  const auto batch = [&](const std::vector<EdgeEdit>& edits, std::int64_t i) {
    return std::span(edits).subspan(at(i * cost.updates), at(cost.updates));
  };
  for (std::int64_t i = 0; i < kBatches; ++i) {
    QUADRILLE_RETURN_IF_ERROR(apply(batch(deletions_, i), cost.is_held, cost.deleted));
  }
  for (std::int64_t i = 0; i < kBatches; ++i) {
    QUADRILLE_RETURN_IF_ERROR(apply(batch(insertions_, i), cost.is_held, cost.inserted));
  }
  return Status::ok();
}

NodeID UpdateBench::source(std::uint64_t stream) const {
  Random random(options_.seed, stream);
  NodeID v = 0;
  do {
    v = static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(graph_.num_nodes())));
  } while (graph_.out_degree(v) == 0);
  return v;
}

Result<double> UpdateBench::time_search(const GraphView& graph, NodeID source,
                                        const BfsColumns& columns) {
  scratch_.reset();
  QUADRILLE_ASSIGN_OR_RETURN(Bfs bfs, Bfs::create(graph, parallel_, kernels_, scratch_));
  return timed([&] {
    bfs.run(source, columns);
    return Status::ok();
  });
}

Status UpdateBench::measure_search() {
  const auto nodes = at(graph_.num_nodes());
  std::vector<Distance> distance[2] = {std::vector<Distance>(nodes), std::vector<Distance>(nodes)};
  std::vector<NodeID> parent[2] = {std::vector<NodeID>(nodes), std::vector<NodeID>(nodes)};
  const GraphView graphs[2] = {graph_, current()};
  Measurement* const sides[2] = {&costs_.search.plain, &costs_.search.changed};
  for (std::int64_t pair = 0; pair < options_.repeat * kSearchPairs; ++pair) {
    const NodeID from = source(static_cast<std::uint64_t>(pair % kSearchPairs));
    double elapsed_ns[2] = {0, 0};
    for (const std::size_t turn : {std::size_t{0}, std::size_t{1}}) {
      const std::size_t side = turn ^ static_cast<std::size_t>(pair & 1);
      QUADRILLE_ASSIGN_OR_RETURN(
          elapsed_ns[side], time_search(graphs[side], from, {distance[side], parent[side], {}}));
      sides[side]->samples_ns.push_back(elapsed_ns[side]);
    }
    costs_.search.ratios.push_back(elapsed_ns[1] / elapsed_ns[0]);
    if (distance[0] != distance[1] || parent[0] != parent[1]) {
      return {StatusCode::kInvalidInput, "a search says something else on the changed graph"};
    }
  }
  return Status::ok();
}

Result<double> UpdateBench::time_components(const GraphView& graph, std::span<NodeID> label) {
  scratch_.reset();
  std::vector<std::uint64_t> active(at(bit_words(graph.num_nodes())));
  return timed([&] {
    return run_components(graph, {.label = label, .active = active}, parallel_, kernels_, scratch_);
  });
}

// Half of a batch goes, half comes again that went before.
Status UpdateBench::measure_repairs() {
  const NodeID nodes = graph_.num_nodes();
  std::vector<NodeID> label(at(nodes)), fresh_label(at(nodes)), parent(at(nodes));
  std::vector<NodeID> fresh_parent(at(nodes));
  std::vector<Distance> distance(at(nodes)), fresh_distance(at(nodes));
  QUADRILLE_ASSIGN_OR_RETURN(Arena rerun_components,
                             Arena::create({.capacity_bytes = kArenaBytes + 64 * at(nodes)}));
  QUADRILLE_ASSIGN_OR_RETURN(Arena rerun_bfs,
                             Arena::create({.capacity_bytes = kArenaBytes + 64 * at(nodes)}));
  QUADRILLE_ASSIGN_OR_RETURN(
      ComponentsRepair components,
      ComponentsRepair::create(nodes, parallel_, kernels_, kept_, rerun_components));
  QUADRILLE_ASSIGN_OR_RETURN(BfsRepair bfs,
                             BfsRepair::create(nodes, parallel_, kernels_, kept_, rerun_bfs));
  const BfsColumns paths{distance, parent, {}};
  const NodeID from = source(0);
  QUADRILLE_RETURN_IF_ERROR(components.start(current(), label));
  QUADRILLE_RETURN_IF_ERROR(bfs.start(current(), from, paths));
  constexpr std::int64_t kHalf = kRepairedUpdates / 2;
  const std::int64_t rounds = std::min(4 * options_.repeat, std::ssize(deletions_) / kHalf - 1);
  for (std::int64_t i = 0; i < rounds; ++i) {
    const auto part = [&](const std::vector<EdgeEdit>& edits, std::int64_t which) {
      return std::span(edits).subspan(at(which * kHalf), at(kHalf));
    };
    std::vector<EdgeEdit> edits(part(deletions_, i).begin(), part(deletions_, i).end());
    if (i > 0) {
      const auto again = part(insertions_, i - 1);
      edits.insert(edits.end(), again.begin(), again.end());
    }
    QUADRILLE_RETURN_IF_ERROR(store_->edit(edits));
    const GraphView now = current();
    QUADRILLE_ASSIGN_OR_RETURN(const double fresh_ns, time_components(now, fresh_label));
    QUADRILLE_ASSIGN_OR_RETURN(const double repaired_ns,
                               timed([&] { return components.repair(now, edits, label); }));
    QUADRILLE_ASSIGN_OR_RETURN(const double search_ns,
                               time_search(now, from, {fresh_distance, fresh_parent, {}}));
    QUADRILLE_ASSIGN_OR_RETURN(const double mended_ns,
                               timed([&] { return bfs.repair(now, edits, paths); }));
    if (label != fresh_label || distance != fresh_distance || parent != fresh_parent) {
      return {StatusCode::kInvalidInput, "a repaired answer is another than one from scratch"};
    }
    if (i == 0) continue;  // half a batch
    const auto keep = [](CostPair& pair, double plain_ns, double changed_ns) {
      pair.plain.samples_ns.push_back(plain_ns);
      pair.changed.samples_ns.push_back(changed_ns);
      pair.ratios.push_back(changed_ns / plain_ns);
    };
    keep(costs_.components, fresh_ns, repaired_ns);
    keep(costs_.repaired_search, search_ns, mended_ns);
  }
  return Status::ok();
}

}  // namespace

Result<UpdateCosts> measure_updates(const ProfileUpdatesOptions& options, const GraphView& graph,
                                    Parallel& parallel, const KernelTable& kernels) {
  const std::size_t bytes = kArenaBytes + kScratchBytesANode * at(graph.num_nodes());
  QUADRILLE_ASSIGN_OR_RETURN(Arena scratch, Arena::create({.capacity_bytes = bytes}));
  QUADRILLE_ASSIGN_OR_RETURN(Arena kept, Arena::create({.capacity_bytes = bytes}));
  return UpdateBench(options, graph, parallel, kernels, scratch, kept).run();
}

}  // namespace quadrille::program
