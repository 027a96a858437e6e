#include "kernels/bfs.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "kernels/node_sets.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

// Switches of direction as in the paper: bottom-up once 1/alpha of the unexplored arcs leave the
// frontier, back once it shrinks below 1/beta of the nodes.
constexpr std::int64_t kAlpha = 15;
constexpr std::int64_t kBeta = 18;

constexpr std::int64_t kSerialArcs = 4096;   // so few are expanded before a second thread wakes up
constexpr std::int64_t kFrontierGrain = 64;  // nodes of the frontier in a chunk
constexpr std::int64_t kWordGrain = 64;      // words of a bitmap in a chunk: 4,096 nodes
constexpr std::int64_t kFillGrain = 1 << 16;

}  // namespace

Result<NodeID> find_source(const GraphView& graph, NodeID source) {
  if (source >= 0 && source < graph.num_nodes()) return graph.internal_id(source);
  return Status(StatusCode::kInvalidArgument, "source " + std::to_string(source) +
                                                  " is out of range: the graph has " +
                                                  std::to_string(graph.num_nodes()) + " nodes");
}

Result<Bfs> Bfs::create(const GraphView& graph, Parallel& parallel, const KernelTable& kernels,
                        Arena& scratch) {
  Bfs bfs(graph, parallel, kernels);
  QUADRILLE_RETURN_IF_ERROR(bfs.allocate(scratch));
  return bfs;
}

Status Bfs::allocate(Arena& scratch) {
  const std::int64_t words = bit_words(graph_.num_nodes());
  std::span<std::int64_t> tail;
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, 8, {"bfs queue end"}, tail));
  QUADRILLE_RETURN_IF_ERROR(
      allocate_scratch(scratch, parallel_->num_workers(), {"bfs queue buffers"}, buffers_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph_.num_nodes(), {"bfs queue"}, queue_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"bfs front"}, front_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"bfs next front"}, next_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"bfs unreached"}, unreached_));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, words, {"bfs reachable"}, reachable_));
  tail_ = tail.data();
  *tail_ = 0;
  for (QueueBuffer& buffer : buffers_) buffer.count = 0;
  parallel_->for_range(words, kWordGrain, [&](std::int64_t begin, std::int64_t end, int) {
    std::fill(reachable_.begin() + begin, reachable_.begin() + end, 0);
    const auto last = static_cast<NodeID>(std::min<std::int64_t>(end * 64, graph_.num_nodes()));
    for (auto v = static_cast<NodeID>(begin * 64); v < last; ++v) {
      if (graph_.in_degree(v) != 0) reachable_[static_cast<std::size_t>(v >> 6)] |= bit_of(v);
    }
  });
  return Status::ok();
}

void Bfs::start(NodeID source, const BfsColumns& columns) {
  parallel_->for_range(
      graph_.num_nodes(), kFillGrain, [&](std::int64_t begin, std::int64_t end, int) {
        std::fill(columns.distance.begin() + begin, columns.distance.begin() + end, kDistInf);
        std::fill(columns.parent.begin() + begin, columns.parent.begin() + end, kNoParent);
      });
  std::fill(columns.active.begin(), columns.active.end(), 0);
  columns.distance[static_cast<std::size_t>(source)] = 0;
  columns.parent[static_cast<std::size_t>(source)] = source;
  queue_[0] = source;
  *tail_ = 1;
  if (!columns.active.empty()) set_bits(queue_.first(1), columns.active, *parallel_);
  previous_begin_ = frontier_begin_ = 0;
  frontier_size_ = 1;
  previous_size_ = 0;
  scout_ = graph_.out_degree(source);
  unexplored_ = graph_.num_arcs();
  edges_examined_ = 0;
  reached_ = 1;
  level_ = 0;
  bottom_up_ = sparse_ = false;
}

void Bfs::step(const BfsColumns& columns) {
  if (finished()) {  // nothing changes any more
    frontier_begin_ = *tail_;
    sparse_ = true;
    return;
  }
  ++level_;
  const bool growing = frontier_size_ >= previous_size_;
  if (!bottom_up_ && wants_bottom_up()) {
    enter_bottom_up(columns);
  } else if (bottom_up_ && !growing && frontier_size_ <= graph_.num_nodes() / kBeta) {
    leave_bottom_up();
  }
  previous_size_ = frontier_size_;
  bottom_up_ ? bottom_up(columns) : top_down(columns);
  reached_ += frontier_size_;
}

// Not in the paper: a bottom-up level passes over all nodes, however few arcs are left. Without the
// second test the thin last levels of a road map, when few are unexplored, would each pay for that.
bool Bfs::wants_bottom_up() const {
  return scout_ > unexplored_ / kAlpha && scout_ > graph_.num_nodes() / kBeta;
}

std::span<const NodeID> Bfs::changed() const {
  return std::span<const NodeID>(queue_).subspan(
      static_cast<std::size_t>(frontier_begin_),
      static_cast<std::size_t>(*tail_ - frontier_begin_));
}

void Bfs::top_down(const BfsColumns& columns) {
  previous_begin_ = frontier_begin_;
  frontier_begin_ = *tail_;
  edges_examined_ += scout_;
  unexplored_ -= scout_;
  expand_frontier(columns);
  frontier_size_ = *tail_ - frontier_begin_;
  sparse_ = is_sparse(frontier_size_, graph_.num_nodes());
  if (columns.active.empty()) return;
  const auto previous = std::span<const NodeID>(queue_).subspan(
      static_cast<std::size_t>(previous_begin_),
      static_cast<std::size_t>(frontier_begin_ - previous_begin_));
  clear_words_of(previous, columns.active, *parallel_);
  set_bits(changed(), columns.active, *parallel_);
}

// Appends what queue_[previous_begin_, frontier_begin_) reaches, and counts the arcs that leave it.
void Bfs::expand_frontier(const BfsColumns& columns) {
  const std::int64_t size = frontier_begin_ - previous_begin_;
  const bool serial = scout_ < kSerialArcs || parallel_->num_workers() == 1;
  TopDownArgs args{.graph = &graph_.out(),
                   .frontier = queue_.data() + previous_begin_,
                   .count = size,
                   .level = level_,
                   .distance = columns.distance.data(),
                   .parent = columns.parent.data(),
                   .next = {.ids = queue_.data(), .tail = tail_},
                   .buffer = nullptr,
                   .scout = 0};
  if (serial) {
    kernels_->top_down_serial(args);
    scout_ = args.scout;
    return;
  }
  std::atomic<std::int64_t> scout = 0;
  parallel_->for_range(size, kFrontierGrain, [&](std::int64_t begin, std::int64_t end, int worker) {
    TopDownArgs chunk = args;
    chunk.frontier += begin;
    chunk.count = end - begin;
    chunk.buffer = &buffers_[static_cast<std::size_t>(worker)];
    kernels_->top_down(chunk);
    scout.fetch_add(chunk.scout, std::memory_order_relaxed);
  });
  scout_ = scout.load(std::memory_order_relaxed);
  for (QueueBuffer& buffer : buffers_) {
    std::copy_n(buffer.ids, buffer.count, queue_.data() + *tail_);
    *tail_ += std::exchange(buffer.count, 0);
  }
}

void Bfs::enter_bottom_up(const BfsColumns& columns) {
  bottom_up_ = true;
  std::fill(front_.begin(), front_.end(), 0);
  const auto begin = static_cast<std::size_t>(frontier_begin_);
  set_bits(std::span<const NodeID>(queue_).subspan(begin, static_cast<std::size_t>(frontier_size_)),
           front_, *parallel_);
  parallel_->for_range(static_cast<std::int64_t>(front_.size()), kWordGrain,
                       [&](std::int64_t first, std::int64_t end, int) {
                         kernels_->unreached({.distance = columns.distance.data(),
                                              .num_nodes = graph_.num_nodes(),
                                              .candidates = reachable_.data(),
                                              .words = unreached_.data(),
                                              .word_begin = first,
                                              .word_end = end});
                       });
}

void Bfs::bottom_up(const BfsColumns& columns) {
  std::atomic<std::int64_t> found = 0, edges = 0;
  parallel_->for_range(static_cast<std::int64_t>(front_.size()), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         BottomUpArgs chunk{.transpose = &graph_.in(),
                                            .front = front_.data(),
                                            .next = next_.data(),
                                            .unreached = unreached_.data(),
                                            .word_begin = begin,
                                            .word_end = end,
                                            .level = level_,
                                            .distance = columns.distance.data(),
                                            .parent = columns.parent.data(),
                                            .found = 0,
                                            .edges = 0};
                         kernels_->bottom_up(chunk);
                         found.fetch_add(chunk.found, std::memory_order_relaxed);
                         edges.fetch_add(chunk.edges, std::memory_order_relaxed);
                         if (!columns.active.empty())
                           std::copy(next_.begin() + begin, next_.begin() + end,
                                     columns.active.begin() + begin);
                       });
  std::swap(front_, next_);
  frontier_size_ = found.load(std::memory_order_relaxed);
  edges_examined_ += edges.load(std::memory_order_relaxed);
  sparse_ = false;
}

void Bfs::leave_bottom_up() {
  bottom_up_ = false;
  frontier_begin_ = *tail_;
  *tail_ += list_bits(front_, queue_.data() + frontier_begin_);
  scout_ = 0;
  for (std::int64_t i = frontier_begin_; i < *tail_; ++i) {
    scout_ += graph_.out_degree(queue_[static_cast<std::size_t>(i)]);
  }
}

Status run_bfs(const GraphView& graph, NodeID source, const BfsColumns& columns, Parallel& parallel,
               const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(const NodeID start, find_source(graph, source));
  QUADRILLE_ASSIGN_OR_RETURN(Bfs bfs, Bfs::create(graph, parallel, kernels, scratch));
  bfs.start(start, columns);
  while (!bfs.finished()) bfs.step(columns);
  return Status::ok();
}

}  // namespace quadrille
