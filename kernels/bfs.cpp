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
constexpr std::int64_t kSerialNodes = 4096;  // the same of nodes that are counted or written
constexpr std::size_t kCountStride = 1 << 16;  // between two looks whether that is enough
constexpr std::int64_t kArcsInCache = 1 << 17;
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
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, graph_.num_nodes(), {"bfs finds"}, finds_));
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
  start(source);
  write(columns);
}

void Bfs::start(NodeID source) {
  parallel_->for_range(graph_.num_nodes(), kFillGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         std::fill(finds_.begin() + begin, finds_.begin() + end, kNotFound);
                       });
  finds_[static_cast<std::size_t>(source)] = make_find(0, source);
  queue_[0] = source;
  *tail_ = 1;
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
  const bool over = finished();
  advance();
  if (!over) write_level(columns);
}

void Bfs::advance() {
  if (finished()) {  // nothing changes any more
    frontier_begin_ = *tail_;
    sparse_ = true;
    return;
  }
  ++level_;
  const bool growing = frontier_size_ >= previous_size_;
  if (!bottom_up_ && wants_bottom_up()) {
    enter_bottom_up();
  } else if (bottom_up_ && !growing && frontier_size_ <= graph_.num_nodes() / kBeta) {
    leave_bottom_up();
  }
  previous_size_ = frontier_size_;
  bottom_up_ ? bottom_up() : top_down();
  reached_ += frontier_size_;
}

// Not in the paper: a bottom-up level passes over all nodes, however few arcs are left. Without the
// second test the thin last levels of a road map, when few are unexplored, would each pay for that.
// Nor is a large frontier counted to its end, once it is known to be large enough.
bool Bfs::wants_bottom_up() {
  const std::int64_t enough = std::max(unexplored_ / kAlpha, graph_.num_nodes() / kBeta);
  const std::span<const NodeID> frontier = changed();
  scout_ = 0;
  for (std::size_t begin = 0; begin < frontier.size() && scout_ <= enough; begin += kCountStride) {
    scout_ += count_arcs(frontier.subspan(begin, std::min(kCountStride, frontier.size() - begin)));
  }
  return scout_ > enough;
}

std::span<const NodeID> Bfs::changed() const {
  return std::span<const NodeID>(queue_).subspan(
      static_cast<std::size_t>(frontier_begin_),
      static_cast<std::size_t>(*tail_ - frontier_begin_));
}

void Bfs::top_down() {
  previous_begin_ = frontier_begin_;
  frontier_begin_ = *tail_;
  edges_examined_ += scout_;
  unexplored_ -= scout_;
  expand_frontier();
  frontier_size_ = *tail_ - frontier_begin_;
  sparse_ = is_sparse(frontier_size_, graph_.num_nodes());
}

// Appends what queue_[previous_begin_, frontier_begin_) reaches.
void Bfs::expand_frontier() {
  const std::int64_t size = frontier_begin_ - previous_begin_;
  TopDownArgs args{.graph = &graph_.out(),
                   .frontier = queue_.data() + previous_begin_,
                   .count = size,
                   .level = level_,
                   .finds = finds_.data(),
                   .keeps_records = scout_ < kArcsInCache,
                   .next = {.ids = queue_.data(), .tail = tail_},
                   .buffer = nullptr};
  if (scout_ < kSerialArcs || parallel_->num_workers() == 1) {
    kernels_->top_down_serial(args);
    return;
  }
  parallel_->for_range(size, kFrontierGrain, [&](std::int64_t begin, std::int64_t end, int worker) {
    TopDownArgs chunk = args;
    chunk.frontier += begin;
    chunk.count = end - begin;
    chunk.buffer = &buffers_[static_cast<std::size_t>(worker)];
    kernels_->top_down(chunk);
  });
  for (QueueBuffer& buffer : buffers_) {
    std::copy_n(buffer.ids, buffer.count, queue_.data() + *tail_);
    *tail_ += std::exchange(buffer.count, 0);
  }
}

std::int64_t Bfs::count_arcs(std::span<const NodeID> nodes) const {
  const auto size = static_cast<std::int64_t>(nodes.size());
  if (size < kSerialNodes) return kernels_->count_arcs(graph_.out(), nodes.data(), size);
  std::atomic<std::int64_t> arcs = 0;
  parallel_->for_range(size, kSerialNodes, [&](std::int64_t begin, std::int64_t end, int) {
    arcs.fetch_add(kernels_->count_arcs(graph_.out(), nodes.data() + begin, end - begin),
                   std::memory_order_relaxed);  // a sum; for_range orders it
  });
  return arcs.load(std::memory_order_relaxed);
}

void Bfs::enter_bottom_up() {
  bottom_up_ = true;
  std::fill(front_.begin(), front_.end(), 0);
  set_bits(changed(), front_, *parallel_);
  parallel_->for_range(static_cast<std::int64_t>(front_.size()), kWordGrain,
                       [&](std::int64_t first, std::int64_t end, int) {
                         kernels_->unreached({.finds = finds_.data(),
                                              .num_nodes = graph_.num_nodes(),
                                              .candidates = reachable_.data(),
                                              .words = unreached_.data(),
                                              .word_begin = first,
                                              .word_end = end});
                       });
}

void Bfs::bottom_up() {
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
                                            .finds = finds_.data(),
                                            .found = 0,
                                            .edges = 0};
                         kernels_->bottom_up(chunk);
                         found.fetch_add(chunk.found, std::memory_order_relaxed);
                         edges.fetch_add(chunk.edges, std::memory_order_relaxed);
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
  scout_ = count_arcs(changed());
}

// ---- columns ----

void Bfs::write(const BfsColumns& columns) const {
  const BfsOutputs outputs{columns.distance.data(), columns.parent.data()};
  parallel_->for_range(graph_.num_nodes(), kFillGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->write_range(finds_.data(), begin, end, outputs);
                       });
  if (columns.active.empty()) return;
  if (bottom_up_) {
    std::ranges::copy(front_, columns.active.begin());
  } else {
    std::ranges::fill(columns.active, 0);
    set_bits(changed(), columns.active, *parallel_);
  }
}

// Of the last level alone: the columns hold what came before.
void Bfs::write_level(const BfsColumns& columns) const {
  if (!bottom_up_) {
    write_nodes(changed(), columns);
    if (columns.active.empty()) return;
    const auto previous = std::span<const NodeID>(queue_).subspan(
        static_cast<std::size_t>(previous_begin_),
        static_cast<std::size_t>(frontier_begin_ - previous_begin_));
    clear_words_of(previous, columns.active, *parallel_);
    set_bits(changed(), columns.active, *parallel_);
    return;
  }
  const BfsOutputs outputs{columns.distance.data(), columns.parent.data()};
  parallel_->for_range(static_cast<std::int64_t>(front_.size()), kWordGrain,
                       [&](std::int64_t begin, std::int64_t end, int) {
                         kernels_->write_words(finds_.data(), front_.data(), begin, end, outputs);
                         if (columns.active.empty()) return;
                         std::copy(front_.begin() + begin, front_.begin() + end,
                                   columns.active.begin() + begin);
                       });
}

void Bfs::write_nodes(std::span<const NodeID> nodes, const BfsColumns& columns) const {
  const BfsOutputs outputs{columns.distance.data(), columns.parent.data()};
  const auto size = static_cast<std::int64_t>(nodes.size());
  if (size < kSerialNodes) {
    return kernels_->write_nodes(finds_.data(), nodes.data(), size, outputs);
  }
  parallel_->for_range(size, kSerialNodes, [&](std::int64_t begin, std::int64_t end, int) {
    kernels_->write_nodes(finds_.data(), nodes.data() + begin, end - begin, outputs);
  });
}

Status run_bfs(const GraphView& graph, NodeID source, const BfsColumns& columns, Parallel& parallel,
               const KernelTable& kernels, Arena& scratch) {
  QUADRILLE_ASSIGN_OR_RETURN(const NodeID start, find_source(graph, source));
  QUADRILLE_ASSIGN_OR_RETURN(Bfs bfs, Bfs::create(graph, parallel, kernels, scratch));
  bfs.start(start);
  while (!bfs.finished()) bfs.advance();
  bfs.write(columns);
  return Status::ok();
}

}  // namespace quadrille
