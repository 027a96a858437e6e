#include "kernels/labels.h"

#include <algorithm>
#include <atomic>
#include <bit>

#include "engine/integers.h"
#include "kernels/both_directions.h"
#include "kernels/grains.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

// 1,024 nodes: a hub among them takes as long as many others.
constexpr std::int64_t kLabelWords = 16;
// More changed nodes than 1 in 16 have nearly all as neighbours.
constexpr std::int64_t kDenseShare = 16;

}  // namespace

Result<Labels> Labels::create(const GraphView& graph, Parallel& parallel,
                              const KernelTable& kernels, Arena& scratch) {
  Labels labels(graph, parallel, kernels);
  QUADRILLE_RETURN_IF_ERROR(labels.allocate(scratch));
  return labels;
}

Status Labels::allocate(Arena& scratch) {
  const std::int64_t nodes = graph_.num_nodes();
  std::int64_t most = 0;
  for (NodeID v = 0; v < nodes; ++v) {
    most = std::max(most, degree_both_ways(graph_, v));
  }
  const std::int64_t named = nodes / 16 + 1024;  // twice as many as is_sparse() ever allows
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, nodes, {"labels of the last round"}, last_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, bit_words(nodes), {"labels due"}, due_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, named, {"labels changed"}, changed_));
  if (most < kFewLabels) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, nodes * parallel_->num_workers(), {"labels counts"}, counts_));
  std::fill(counts_.begin(), counts_.end(), 0);
  return Status::ok();
}

void Labels::start(const LabelsColumns& columns) {
  parallel_->for_range(graph_.num_nodes(), kNodeGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         for (auto v = static_cast<NodeID>(begin); v < end; ++v) {
                           columns.label[at(v)] = last_[at(v)] = graph_.user_id(v);
                         }
                       });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  settled_ = graph_.num_nodes() == 0;
  num_cleared_ = num_active_ = rounds_ = edges_examined_ = 0;
  listed_at_ = 0;
  sparse_ = true;
}

void Labels::step(const LabelsColumns& columns) {
  if (finished()) {
    std::fill(columns.active.begin(), columns.active.end(), 0);
    list_changes(columns.active);
    return;
  }
  find_due(columns.active);
  propagate(columns);
  keep_last(columns);
  list_changes(columns.active);
  ++rounds_;
}

void Labels::find_due(std::span<const std::uint64_t> active) {
  const std::int64_t nodes = graph_.num_nodes();
  const std::int64_t words = bit_words(nodes);
  if (rounds_ == 0 || num_active_ > nodes / kDenseShare) {
    std::fill(due_.begin(), due_.end(), ~std::uint64_t{0});
    if (nodes % 64 != 0) due_[at(words - 1)] = bit_of(static_cast<NodeID>(nodes)) - 1;
    return;
  }
  std::copy(active.begin(), active.end(), due_.begin());
  parallel_->for_range(words, kLabelWords, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t w = begin; w < end; ++w) {
      for (std::uint64_t rest = active[at(w)]; rest != 0; rest &= rest - 1) {
        make_neighbours_due(static_cast<NodeID>(w * 64 + std::countr_zero(rest)));
      }
    }
  });
}

void Labels::make_neighbours_due(NodeID v) {
  const auto make_due = [&](std::span<const NodeID> neighbours) {
    for (const NodeID u : neighbours) {
      std::atomic_ref<std::uint64_t> word(due_[at(u >> 6)]);
      if ((word.load(std::memory_order_relaxed) & bit_of(u)) == 0) {
        word.fetch_or(bit_of(u), std::memory_order_relaxed);
      }
    }
  };
  make_due(graph_.out_neigh(v));
  if (graph_.directed()) make_due(graph_.in_neigh(v));
}

void Labels::propagate(const LabelsColumns& columns) {
  std::atomic<std::int64_t> changed = 0, edges = 0;
  const std::int64_t words = bit_words(graph_.num_nodes());
  parallel_->for_range(words, kLabelWords, [&](std::int64_t begin, std::int64_t end, int worker) {
    PropagateArgs chunk{.out = &graph_.out(),
                        .in = graph_.directed() ? &graph_.in() : nullptr,
                        .last = last_.data(),
                        .label = columns.label.data(),
                        .due = due_.data(),
                        .active = columns.active.data(),
                        .counts = counts_.empty()
                                      ? nullptr
                                      : counts_.data() + std::int64_t{worker} * graph_.num_nodes(),
                        .word_begin = begin,
                        .word_end = end,
                        .changed = 0,
                        .edges = 0};
    kernels_->propagate(chunk);
    changed.fetch_add(chunk.changed, std::memory_order_relaxed);
    edges.fetch_add(chunk.edges, std::memory_order_relaxed);
  });
  edges_examined_ += edges.load(std::memory_order_relaxed);
  settled_ = changed.load(std::memory_order_relaxed) == 0;
}

void Labels::keep_last(const LabelsColumns& columns) {
  const std::int64_t words = bit_words(graph_.num_nodes());
  parallel_->for_range(words, kLabelWords, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t w = begin; w < end; ++w) {
      for (std::uint64_t rest = columns.active[at(w)]; rest != 0; rest &= rest - 1) {
        const std::int64_t v = w * 64 + std::countr_zero(rest);
        last_[at(v)] = columns.label[at(v)];
      }
    }
  });
}

// The active nodes of the step before, whose bits are gone, and those of this one; as far as few.
void Labels::list_changes(std::span<const std::uint64_t> active) {
  std::int64_t now = 0;
  for (const std::uint64_t word : active) now += std::popcount(word);
  const bool cleared_are_few = is_sparse(num_active_, graph_.num_nodes());
  const bool active_are_few = is_sparse(now, graph_.num_nodes());
  num_cleared_ = cleared_are_few ? num_active_ : 0;
  std::copy_n(changed_.begin() + listed_at_, num_cleared_, changed_.begin());
  listed_at_ = num_cleared_;
  if (active_are_few) list_bits(active, changed_.data() + listed_at_);
  num_active_ = now;
  sparse_ = cleared_are_few && active_are_few;
}

Status run_labels(const GraphView& graph, const LabelsColumns& columns, Parallel& parallel,
                  const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(Labels labels, Labels::create(graph, parallel, kernels, scratch));
  labels.start(columns);
  while (!labels.finished()) labels.step(columns);
  return Status::ok();
}

}  // namespace quadrille
