// What a batch writes: lists with their edits merged in. A task belongs to one worker, and so do
// the records of its nodes and the places that it writes to.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/block_lists.h"

namespace quadrille {
namespace {

constexpr std::size_t kPrefetchRecords = 16, kPrefetchLists = 6;  // edits ahead

// Lists are copied in chunks, of which the last one may go beyond the list's end: what is read
// there is overwritten or never looked at, and extents have room for it.
constexpr std::int64_t kChunk = BlockLists::kPadArcs;

template <class T>
void copy_chunk(const T* from, T* to) {
  std::array<T, kChunk> chunk;  // in registers: the two may overlap beyond the list
  std::memcpy(chunk.data(), from, sizeof(chunk));
  std::memcpy(to, chunk.data(), sizeof(chunk));
}

template <class T>
void copy_list(const T* from, std::int64_t count, T* to) {
  for (std::int64_t i = 0; i < count; i += kChunk) copy_chunk(from + i, to + i);
}

// Copies what is below v of an ascending list; returns how much that is.
std::int64_t copy_below(const NodeID* list, std::int64_t size, NodeID v, NodeID* to) {
  std::int64_t i = 0;
  for (; i + kChunk <= size && list[i + kChunk - 1] < v; i += kChunk) copy_chunk(list + i, to + i);
  for (; i < size && list[i] < v; ++i) to[i] = list[i];
  return i;
}

}  // namespace

void BlockLists::copy_arcs(std::int64_t from, std::int64_t count, std::int64_t to) {
  copy_list(targets() + from, count, targets() + to);
  if (is_weighted()) copy_list(weights() + from, count, weights() + to);
}

// Of a graph whose records of a block lie together, and whose lists ascend as its nodes do.
void BlockLists::copy_from(const Adjacency& lists, std::int32_t first_extent) {
  for (std::int32_t e = first_extent; e >= 0; e = extent(e).next) {
    Extent& to = extent(e);
    std::int64_t next = to.first;
    for (NodeID u = to.begin; u < to.end; ++u) {
      const std::int64_t size = node_record(lists, u).out_degree;
      const EdgeOffset from = first_edge(lists, u);
      std::copy_n(lists.targets + from, size, targets() + next);
      if (is_weighted()) std::copy_n(lists.weights + from, size, weights() + next);
      record(u) = {static_cast<std::uint32_t>(next), static_cast<std::uint32_t>(size), 0, 0};
      next += size;
    }
    to.used = next - to.first;
  }
}

// Writes the list of a node with its edits to `to`; returns where it ends.
std::int64_t BlockLists::merge(const NodeRecord& from, std::span<const ArcEdit> edits,
                               std::int64_t to, Change& change) {
  NodeID* const lists = targets();
  std::int64_t e = from.edge_index;
  const std::int64_t end = e + from.out_degree;
  for (const ArcEdit& edit : edits) {
    const std::int64_t below = copy_below(lists + e, end - e, edit.v, lists + to);
    if (is_weighted()) copy_list(weights() + e, below, weights() + to);
    e += below;
    to += below;
    const bool was_there = e < end && lists[e] == edit.v;
    const bool is_loop = edit.u == edit.v;
    if (edit.is_insert()) {
      lists[to] = edit.v;
      if (was_there) {
        const bool is_other = is_weighted() && weights()[e] != edit.w;
        change.reweighted += is_other;
        change.loops_reweighted += is_other && is_loop;
      }
      if (is_weighted()) weights()[to] = edit.w;
      ++to;
      change.inserted += !was_there;
      change.loops_inserted += !was_there && is_loop;
    } else {
      change.deleted += was_there;
      change.loops_deleted += was_there && is_loop;
    }
    e += was_there;
  }
  copy_arcs(e, end - e, to);
  return to + end - e;
}

// Deletes where the list stands.
void BlockLists::erase(NodeRecord& own, std::span<const ArcEdit> edits, Change& change) {
  NodeID* const list = targets() + own.edge_index;
  Weight* const list_weights = is_weighted() ? weights() + own.edge_index : nullptr;
  std::int64_t from = 0, to = 0;
  const auto keep_until = [&](std::int64_t end) {
    std::copy(list + from, list + end, list + to);
    if (list_weights != nullptr) {
      std::copy(list_weights + from, list_weights + end, list_weights + to);
    }
    to += end - from;
    from = end;
  };
  const std::int64_t size = own.out_degree;
  for (const ArcEdit& edit : edits) {
    const std::int64_t place = std::lower_bound(list + from, list + size, edit.v) - list;
    if (place == size || list[place] != edit.v) continue;
    if (to != from) {
      keep_until(place);
    } else {
      from = to = place;
    }
    ++from;
    change.deleted += 1;
    change.loops_deleted += edit.u == edit.v;
  }
  if (to == from) return;
  keep_until(size);
  own.out_degree = static_cast<std::uint32_t>(to);
}

void BlockLists::prefetch(std::span<const ArcEdit> edits, std::size_t i) const {
  if (i + kPrefetchRecords < edits.size()) {
    __builtin_prefetch(&record(edits[i + kPrefetchRecords].u));
  }
  if (i + kPrefetchLists >= edits.size()) return;
  const NodeRecord& ahead = record(edits[i + kPrefetchLists].u);
  const NodeID* const list = targets() + ahead.edge_index;
  __builtin_prefetch(list);
  __builtin_prefetch(list + 16);
  __builtin_prefetch(list + 32);
}

// The lists that change, behind those that are there.
void BlockLists::write_slack(std::span<const ArcEdit> edits, Task& task) {
  Extent& to = extent(task.extent);
  std::int64_t next = to.first + to.used;
  for (std::size_t i = 0; i < edits.size();) {
    const NodeID u = edits[i].u;
    std::size_t end = i;
    for (; end < edits.size() && edits[end].u == u; ++end) prefetch(edits, end);
    NodeRecord& own = record(u);
    const std::span<const ArcEdit> list_edits = edits.subspan(i, end - i);
    i = end;
    const bool only_shrinks = std::ranges::none_of(list_edits, &ArcEdit::is_insert);
    if (only_shrinks && !task.is_held) {
      erase(own, list_edits, task.change);
      continue;
    }
    const std::int64_t first = next;
    next = merge(own, list_edits, first, task.change);
    own.edge_index = static_cast<std::uint32_t>(first);
    own.out_degree = static_cast<std::uint32_t>(next - first);
  }
  to.used = next - to.first;
  to.live += task.change.inserted - task.change.deleted;
}

// The same where nobody reads the extent any more: into the place of the last one of its size that
// this worker has read, which is in its cache, and not into the one that was taken for it, which is
// not. Spares a third of what moves between cache and memory.
void BlockLists::write_anew_warm(std::span<const ArcEdit> edits, Task& task, WarmPlaces& warm) {
  const Extent& old = extent(task.extent);
  Extent& made = extent(task.made);
  if (made.order != old.order || made.order >= WarmPlaces::kOrders) return write_anew(edits, task);
  std::int64_t& place = warm.first[made.order];
  task.order = -1;
  if (place >= 0) {
    task.vacated = std::exchange(made.first, place);
    task.order = made.order;
  }
  write_anew(edits, task);
  place = old.first;
}

// All lists of an extent, in the order of its nodes, into those that were made for them.
void BlockLists::write_anew(std::span<const ArcEdit> edits, Task& task) {
  std::size_t i = 0;
  task.change.rewritten_extents = 1;
  task.change.splits = -1;
  for (std::int32_t made = task.made; made >= 0; made = extent(made).next) {
    Extent& to = extent(made);
    ++task.change.splits;
    std::int64_t next = to.first;
    // Lists that stand one behind the other go together.
    std::int64_t run_begin = 0, run_size = 0;
    const auto flush = [&] {
      copy_arcs(run_begin, run_size, next - run_size);
      run_size = 0;
    };
    for (NodeID u = to.begin; u < to.end; ++u) {
      NodeRecord& own = record(u);
      const std::int64_t first = next;
      if (i < edits.size() && edits[i].u == u) {
        flush();
        const std::size_t begin = i;
        while (i < edits.size() && edits[i].u == u) ++i;
        next = merge(own, edits.subspan(begin, i - begin), first, task.change);
      } else {
        if (own.out_degree != 0 && own.edge_index != run_begin + run_size) {
          flush();
          run_begin = own.edge_index;
        }
        run_size += own.out_degree;
        next += own.out_degree;
      }
      own.edge_index = static_cast<std::uint32_t>(first);
      own.out_degree = static_cast<std::uint32_t>(next - first);
    }
    flush();
    to.used = to.live = next - to.first;
  }
}

}  // namespace quadrille
