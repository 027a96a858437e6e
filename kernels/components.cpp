#include "kernels/components.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "engine/integers.h"
#include "engine/random.h"
#include "kernels/both_directions.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr std::int64_t kHookGrain = 1 << 14;  // a multiple of a node block
constexpr std::int64_t kHookWords = kHookGrain / 64;
constexpr std::int64_t kStepRanges = 16;  // of the steps that are shown, for any number of workers
// Where all arcs cost less than the passes over nodes that sampling takes.
constexpr double kFewEdges = 2.5;  // a node

// Arcs of smaller trees' nodes are looked at from both ends, all others from one.
constexpr double kLeastShare = 0.25;

void lower(NodeID& slot, NodeID to) {
  std::atomic_ref<NodeID> shared(slot);
  NodeID seen = shared.load(std::memory_order_relaxed);  // the end of the loop orders all
  while (to < seen && !shared.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
  }
}

NodeID find_root(std::span<NodeID> forest, NodeID v) {
  while (forest[at(v)] != v) v = forest[at(v)] = forest[at(forest[at(v)])];  // halves the path
  return v;
}

// The tree that holds most arcs of 1,024 nodes, drawn always in the same way, and its share of
// them; of equals the one with the lowest root.
struct LargestTree {
  NodeID root;
  double share;
};

LargestTree find_largest_tree(const GraphView& graph, std::span<NodeID> forest) {
  struct Sample {
    NodeID root;
    std::int64_t arcs;
  };
  std::array<Sample, 1024> samples;
  Random random(0);
  std::int64_t all = 0;
  for (Sample& sample : samples) {
    const auto v =
        static_cast<NodeID>(random.next_below(static_cast<std::uint32_t>(forest.size())));
    sample = {find_root(forest, v), degree_both_ways(graph, v)};
    all += sample.arcs;
  }
  std::ranges::sort(samples, {}, &Sample::root);
  LargestTree largest{samples[0].root, 1};
  std::int64_t most = 0;
  for (std::size_t i = 0; i < samples.size();) {
    const NodeID root = samples[i].root;
    std::int64_t arcs = 0;
    for (; i < samples.size() && samples[i].root == root; ++i) arcs += samples[i].arcs;
    if (arcs <= most) continue;
    most = arcs;
    largest = {root, static_cast<double>(arcs) / static_cast<double>(all)};
  }
  return largest;
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
  few_arcs_ = static_cast<double>(graph_.num_edges()) <= kFewEdges * static_cast<double>(nodes);
  const std::int64_t words = bit_words(nodes);
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"components forest"}, component_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"components to join"}, nodes_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"nodes with arcs"}, has_arcs_));
  if (graph_.directed() && !few_arcs_) {
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"components links"}, other_));
  }
  if (!graph_.reordered()) return Status::ok();
  return allocate_scratch(scratch, nodes, {"components names"}, name_);
}

void Components::start(const ComponentsColumns& columns) {
  parallel_->for_range(graph_.num_nodes(), kHookGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v)
                           columns.label[at(v)] = graph_.user_id(v);
                       });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  step_ = 0;
  num_steps_ = graph_.num_nodes() == 0 ? 0 : few_arcs_ ? 2 : 3;
  edges_examined_ = 0;
}

void Components::step(const ComponentsColumns& columns) {
  if (finished()) {
    std::fill(columns.active.begin(), columns.active.end(), 0);
    return;
  }
  join_step();
  ++step_;
  if (graph_.reordered()) name_components(component_);
  parallel_->for_range(bit_words(graph_.num_nodes()), kHookWords,
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

void Components::join_step() {
  if (few_arcs_) {
    const std::int64_t range = cut_range(kStepRanges);
    step_ == 0 ? join_few(component_, range) : join_borders(component_, range);
    settle(component_);
  } else if (step_ == 2) {
    join_rest(component_);
  } else {
    step_ == 0 ? hook_lowest(component_) : hook_more(component_);
    settle(component_);
  }
}

// The labels are the forest itself: its roots are the answer, up to their names.
void Components::run(const ComponentsColumns& columns) {
  const std::span<NodeID> forest = columns.label;
  std::fill(columns.active.begin(), columns.active.end(), 0);
  edges_examined_ = 0;
  if (graph_.num_nodes() == 0) return;
  parallel_->in_region([&] {
    if (few_arcs_) {
      const std::int64_t range = cut_range(parallel_->num_workers());
      join_few(forest, range);
      join_borders(forest, range);
      settle(forest);
    } else {
      hook_lowest(forest);
      hook_more(forest);
      join_rest(forest);
    }
    if (graph_.reordered()) write_names(forest);
  });
}

void Components::write_names(std::span<NodeID> forest) {
  name_components(forest);
  parallel_->for_range(graph_.num_nodes(), kHookGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (std::int64_t v = begin; v < end; ++v)
                           forest[at(v)] = name_[at(forest[at(v)])];
                       });
}

// Nodes a range, a multiple of 64.
std::int64_t Components::cut_range(std::int64_t parts) const {
  return bit_words((graph_.num_nodes() + parts - 1) / parts) * 64;
}

void Components::join_few(std::span<NodeID> forest, std::int64_t range) {
  std::atomic<std::int64_t> edges = 0;
  parallel_->for_range(graph_.num_nodes(), range, [&](std::int64_t begin, std::int64_t end, int) {
    SweepArgs args{.graph = &graph_.out(),
                   .transpose = transpose(),
                   .component = forest.data(),
                   .border = nodes_.data(),
                   .begin = static_cast<NodeID>(begin),
                   .end = static_cast<NodeID>(end),
                   .edges = 0};
    kernels_->sweep(args);
    edges.fetch_add(args.edges, std::memory_order_relaxed);  // ordered by the end of the loop
  });
  edges_examined_ += edges.load(std::memory_order_relaxed);
}

void Components::join_borders(std::span<NodeID> forest, std::int64_t range) {
  if (range < graph_.num_nodes()) join(forest, nodes_, range);
}

void Components::hook_lowest(std::span<NodeID> forest) {
  std::atomic<std::int64_t> edges = 0;
  parallel_->for_range(graph_.num_nodes(), kHookGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         HookLowestArgs args{.graph = &graph_.out(),
                                             .transpose = transpose(),
                                             .component = forest.data(),
                                             .has_arcs = has_arcs_.data(),
                                             .minima = nodes_.data(),
                                             .other = other_.data(),
                                             .begin = static_cast<NodeID>(begin),
                                             .end = static_cast<NodeID>(end),
                                             .edges = 0};
                         kernels_->hook_lowest(args);
                         edges.fetch_add(args.edges, std::memory_order_relaxed);  // as above
                       });
  edges_examined_ += edges.load(std::memory_order_relaxed);
}

void Components::hook_more(std::span<NodeID> forest) {
  graph_.directed() ? hook_others(forest) : hook_minima(forest);
}

// Arcs that hook_lowest has looked at.
void Components::hook_others(std::span<NodeID> forest) {
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->hook_others({.component = forest.data(),
                                                .other = other_.data(),
                                                .begin = static_cast<NodeID>(begin),
                                                .end = static_cast<NodeID>(end),
                                                .shared = parallel_->num_workers() > 1});
                       });
}

void Components::hook_minima(std::span<NodeID> forest) {
  std::atomic<std::int64_t> edges = 0;
  parallel_->for_range(bit_words(graph_.num_nodes()), kHookWords,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         HookMinimaArgs args{.graph = &graph_.out(),
                                             .component = forest.data(),
                                             .minima = nodes_.data(),
                                             .word_begin = begin,
                                             .word_end = end,
                                             .shared = parallel_->num_workers() > 1,
                                             .edges = 0};
                         kernels_->hook_minima(args);
                         edges.fetch_add(args.edges, std::memory_order_relaxed);  // as above
                       });
  edges_examined_ += edges.load(std::memory_order_relaxed);
}

// Arcs between two nodes of the largest tree change nothing; any other arc has an end outside, and
// that end's lists hold it. Where the tree is no giant, looking at each arc once, from its higher
// end, is less than to look at those outside from both.
void Components::join_rest(std::span<NodeID> forest) {
  const LargestTree largest = find_largest_tree(graph_, forest);
  settle(forest, nodes_, largest.root);
  const bool skips = largest.share > kLeastShare;
  if (join(forest, skips ? nodes_ : has_arcs_, skips ? 0 : 1)) settle(forest);
}

bool Components::join(std::span<NodeID> forest, std::span<const std::uint64_t> nodes,
                      std::int64_t range) {
  std::atomic<std::int64_t> edges = 0;
  std::atomic<bool> joined = false;
  parallel_->for_range(bit_words(graph_.num_nodes()), kHookWords,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         JoinArgs args{.graph = &graph_.out(),
                                       .transpose = transpose(),
                                       .component = forest.data(),
                                       .nodes = nodes.data(),
                                       .range = range,
                                       .word_begin = begin,
                                       .word_end = end,
                                       .shared = parallel_->num_workers() > 1,
                                       .edges = 0,
                                       .joined = false};
                         kernels_->join(args);
                         edges.fetch_add(args.edges, std::memory_order_relaxed);  // as above
                         if (args.joined) joined.store(true, std::memory_order_relaxed);
                       });
  edges_examined_ += edges.load(std::memory_order_relaxed);
  return joined.load(std::memory_order_relaxed);
}

void Components::settle(std::span<NodeID> forest, std::span<std::uint64_t> outside, NodeID giant) {
  parallel_->for_range(graph_.num_nodes(), kHookGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->settle({.component = forest.data(),
                                           .begin = static_cast<NodeID>(begin),
                                           .end = static_cast<NodeID>(end),
                                           .outside = outside.empty() ? nullptr : outside.data(),
                                           .has_arcs = has_arcs_.data(),
                                           .giant = giant});
                       });
}

// Roots are the lowest internal ids; a label is the smallest of the user's.
void Components::name_components(std::span<const NodeID> forest) {
  parallel_->for_range(graph_.num_nodes(), kHookGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v)
                           name_[at(v)] = graph_.user_id(v);
                       });
  parallel_->for_range(graph_.num_nodes(), kHookGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
                           lower(name_[at(forest[at(v)])], graph_.user_id(v));
                         }
                       });
}

Status run_components(const GraphView& graph, const ComponentsColumns& columns, Parallel& parallel,
                      const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(Components components,
                             Components::create(graph, parallel, kernels, scratch));
  components.run(columns);
  return Status::ok();
}

}  // namespace quadrille
