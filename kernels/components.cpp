#include "kernels/components.h"

#include <algorithm>
#include <atomic>

#include "engine/integers.h"
#include "engine/random.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kNodeGrain = 4096;
constexpr std::int64_t kWordGrain = kNodeGrain / 64;
constexpr std::int64_t kSamples = 1024;

void lower(NodeID& slot, NodeID to) {
  std::atomic_ref<NodeID> shared(slot);
  NodeID seen = shared.load(std::memory_order_relaxed);
  while (to < seen && !shared.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
  }
}

}  // namespace

Result<Components> Components::create(const GraphView& graph, Parallel& parallel,
                                      const KernelTable& kernels, Arena& scratch) {
  Components components(graph, parallel, kernels);
  QUADRILLE_RETURN_IF_ERROR(components.allocate(scratch));
  return components;
}

Status Components::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"components forest"}, component_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, kSamples, {"components sample"}, sample_));
  if (!graph_.reordered()) return Status::ok();
  return allocate_scratch(scratch, nodes, {"components names"}, name_);
}

void Components::start(const ComponentsColumns& columns) {
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
                           component_[at(v)] = v;
                           columns.label[at(v)] = graph_.user_id(v);
                         }
                       });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  round_ = graph_.num_nodes() == 0 ? kSampledNeighbours + 1 : 0;
  edges_examined_ = 0;
}

void Components::step(const ComponentsColumns& columns) {
  if (finished()) {
    std::fill(columns.active.begin(), columns.active.end(), 0);
    return;
  }
  if (round_ < kSampledNeighbours) {
    hook_sampled();
  } else {
    hook_rest(columns.label);
  }
  ++round_;
  compress();
  if (graph_.reordered()) name_components();
  parallel_->for_range(bit_words(graph_.num_nodes()), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->relabel({.component = component_.data(),
                                            .name = name_.empty() ? nullptr : name_.data(),
                                            .label = columns.label.data(),
                                            .active = columns.active.data(),
                                            .num_nodes = graph_.num_nodes(),
                                            .word_begin = begin,
                                            .word_end = end});
                       });
}

void Components::hook_sampled() {
  std::atomic<std::int64_t> edges = 0;
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         HookArgs args{.graph = &graph_.out(),
                                       .component = component_.data(),
                                       .neighbour = round_,
                                       .begin = static_cast<NodeID>(begin),
                                       .end = static_cast<NodeID>(end),
                                       .edges = 0};
                         kernels_->hook(args);
                         edges.fetch_add(args.edges, std::memory_order_relaxed);
                       });
  edges_examined_ += edges.load(std::memory_order_relaxed);
}

// Arcs between two nodes of the largest part change nothing; any other arc has an end outside, and
// that end's lists hold it (its in-list, where it leads there from the part).
void Components::hook_rest(std::span<const NodeID> label) {
  const NodeID giant = most_sampled_label(label);
  std::atomic<std::int64_t> edges = 0;
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         HookRestArgs args{.graph = &graph_.out(),
                                           .component = component_.data(),
                                           .label = label.data(),
                                           .skip = giant,
                                           .first_target = kSampledNeighbours,
                                           .begin = static_cast<NodeID>(begin),
                                           .end = static_cast<NodeID>(end),
                                           .edges = 0};
                         kernels_->hook_rest(args);
                         if (graph_.directed()) {
                           args.graph = &graph_.in();
                           args.first_target = 0;
                           kernels_->hook_rest(args);
                         }
                         edges.fetch_add(args.edges, std::memory_order_relaxed);
                       });
  edges_examined_ += edges.load(std::memory_order_relaxed);
}

// Of nodes drawn always in the same way; of equally frequent labels the smallest.
NodeID Components::most_sampled_label(std::span<const NodeID> label) {
  Random random(0);
  for (NodeID& sampled : sample_) {
    sampled = label[random.next_below(static_cast<std::uint32_t>(graph_.num_nodes()))];
  }
  std::sort(sample_.begin(), sample_.end());
  NodeID best = sample_[0];
  std::ptrdiff_t most = 0;
  for (auto run = sample_.begin(); run != sample_.end();) {
    const auto end = std::upper_bound(run, sample_.end(), *run);
    if (end - run > most) {
      best = *run;
      most = end - run;
    }
    run = end;
  }
  return best;
}

void Components::compress() {
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->compress({.component = component_.data(),
                                             .begin = static_cast<NodeID>(begin),
                                             .end = static_cast<NodeID>(end)});
                       });
}

// Roots are the lowest internal ids; a label is the smallest of the user's.
void Components::name_components() {
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v)
                           name_[at(v)] = graph_.user_id(v);
                       });
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
                           lower(name_[at(component_[at(v)])], graph_.user_id(v));
                         }
                       });
}

Status run_components(const GraphView& graph, const ComponentsColumns& columns, Parallel& parallel,
                      const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(Components components,
                             Components::create(graph, parallel, kernels, scratch));
  components.start(columns);
  while (!components.finished()) components.step(columns);
  return Status::ok();
}

}  // namespace quadrille
