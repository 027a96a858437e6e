#include "engine/block_lists.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

namespace quadrille {

std::int64_t ExtentPool::take(std::int64_t count) {
  for (auto it = free_.begin(); it != free_.end(); ++it) {
    const auto [first, room] = *it;
    if (room < count) continue;
    free_.erase(it);
    if (room > count) free_[first + count] = room - count;
    return first;
  }
  if (count > capacity_ - end_) return -1;
  return std::exchange(end_, end_ + count);
}

void ExtentPool::give_back(std::int64_t first, std::int64_t count) {
  if (count == 0) return;
  const auto after = free_.lower_bound(first);
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == first) {
      first = before->first;
      count += before->second;
      free_.erase(before);
    }
  }
  if (after != free_.end() && first + count == after->first) {
    count += after->second;
    free_.erase(after);
  }
  if (first + count == end_) {
    end_ = first;
  } else {
    free_[first] = count;
  }
}

Status BlockLists::open(const Adjacency& lists, NodeID num_nodes, const Limits& limits,
                        Table& table) {
  num_nodes_ = num_nodes;
  record_pool_ = ExtentPool(limits.blocks * kNodeBlockSize);
  arc_pool_ = ExtentPool(limits.arcs);
  RegionOptions options;
  options.budget = limits.budget;
  options.label = {"topology lists"};
  const auto bytes = [](std::int64_t count, std::size_t element) {
    const bool fits = static_cast<std::uint64_t>(count) <= SIZE_MAX / element;
    return fits ? static_cast<std::size_t>(count) * element : SIZE_MAX;
  };
  const std::size_t arc_bytes = bytes(limits.arcs, sizeof(NodeID));
  QUADRILLE_ASSIGN_OR_RETURN(
      records_,
      Region::reserve(bytes(limits.blocks, kNodeBlockSize * sizeof(NodeRecord)), options));
  QUADRILLE_ASSIGN_OR_RETURN(targets_, Region::reserve(arc_bytes, options));
  QUADRILLE_ASSIGN_OR_RETURN(weights_,
                             Region::reserve(lists.weights == nullptr ? 0 : arc_bytes, options));
  const std::int64_t num_blocks = (std::int64_t{num_nodes} + kNodeBlockSize - 1) >> kNodeBlockShift;
  for (std::int64_t index = 0; index < num_blocks; ++index) {
    const NodeBlock& from = lists.blocks[index];
    const NodeRecord* const first = lists.records + from.first_record;
    const NodeRecord& last = first[nodes_in(index) - 1];
    const std::int64_t num_arcs = std::int64_t{last.edge_index} + last.out_degree;
    std::int32_t block = 0;
    QUADRILLE_RETURN_IF_ERROR(take_block(num_arcs, block));
    const Block& to = blocks_[static_cast<std::size_t>(block)];
    std::copy_n(first, nodes_in(index), records(to));
    std::copy_n(lists.targets + from.edge_base, num_arcs, targets() + to.place.edge_base);
    if (lists.weights != nullptr) {
      std::copy_n(lists.weights + from.edge_base, num_arcs, weights() + to.place.edge_base);
    }
    table.push_back(block);
  }
  retain(table);
  return Status::ok();
}

NodeID BlockLists::nodes_in(std::int64_t index) const {
  return static_cast<NodeID>(
      std::min<std::int64_t>(kNodeBlockSize, num_nodes_ - (index << kNodeBlockShift)));
}

NodeRecord* BlockLists::records(const Block& block) const {
  return reinterpret_cast<NodeRecord*>(records_.base()) + block.place.first_record;
}

Status BlockLists::commit() {
  const auto records = static_cast<std::size_t>(record_pool_.end()) * sizeof(NodeRecord);
  const auto arcs = static_cast<std::size_t>(arc_pool_.end()) * sizeof(NodeID);
  QUADRILLE_RETURN_IF_ERROR(records_.commit(records));
  QUADRILLE_RETURN_IF_ERROR(targets_.commit(arcs));
  return weights_.capacity() == 0 ? Status::ok() : weights_.commit(arcs);
}

Status BlockLists::take_block(std::int64_t num_arcs, std::int32_t& block) {
  if (num_arcs > UINT32_MAX) {
    return {StatusCode::kUnsupported, "a block of 4096 nodes would have " +
                                          std::to_string(num_arcs) + " arcs; 4294967295 at most"};
  }
  Block made{{record_pool_.take(kNodeBlockSize), arc_pool_.take(num_arcs)}, num_arcs, num_arcs, 0};
  if (made.place.first_record < 0 || made.place.edge_base < 0) {
    if (made.place.first_record >= 0) {
      record_pool_.give_back(made.place.first_record, kNodeBlockSize);
    }
    if (made.place.edge_base >= 0) arc_pool_.give_back(made.place.edge_base, num_arcs);
    return {StatusCode::kOutOfMemory,
            "the versions of the topology that are still read leave no room for a block of " +
                std::to_string(num_arcs) + " arcs"};
  }
  if (spare_.empty()) {
    spare_.push_back(static_cast<std::int32_t>(blocks_.size()));
    blocks_.emplace_back();
  }
  block = spare_.back();
  spare_.pop_back();
  blocks_[static_cast<std::size_t>(block)] = made;
  const Status committed = commit();
  if (!committed.is_ok()) free_block(block);
  return committed;
}

void BlockLists::free_block(std::int32_t block) {
  const Block& unused = blocks_[static_cast<std::size_t>(block)];
  record_pool_.give_back(unused.place.first_record, kNodeBlockSize);
  arc_pool_.give_back(unused.place.edge_base, unused.capacity);
  spare_.push_back(block);
}

// Copies block number `index` from `from` with the edits merged in.
Status BlockLists::rewrite(std::int32_t from, std::int64_t index, std::span<const ArcEdit> edits,
                           std::int32_t& block) {
  const std::int64_t most_arcs =
      blocks_[static_cast<std::size_t>(from)].num_arcs + static_cast<std::int64_t>(edits.size());
  QUADRILLE_RETURN_IF_ERROR(take_block(most_arcs, block));
  const Block& old = blocks_[static_cast<std::size_t>(from)];
  Block& made = blocks_[static_cast<std::size_t>(block)];
  EdgeOffset next = made.place.edge_base;
  const auto put = [&](NodeID v, Weight w) {
    targets()[next] = v;
    if (weights_.capacity() != 0) weights()[next] = w;
    ++next;
  };
  auto edit = edits.begin();
  for (NodeID i = 0; i < nodes_in(index); ++i) {
    const auto u = static_cast<NodeID>((index << kNodeBlockShift) + i);
    const NodeRecord& record = records(old)[i];
    const EdgeOffset list_begin = next;
    EdgeOffset e = old.place.edge_base + record.edge_index;
    const EdgeOffset end = e + record.out_degree;
    const auto keep_below = [&](NodeID v) {
      for (; e < end && targets()[e] < v; ++e) {
        put(targets()[e], weights_.capacity() == 0 ? 1 : weights()[e]);
      }
    };
    for (; edit != edits.end() && edit->u == u; ++edit) {
      keep_below(edit->v);
      const bool was_there = e < end && targets()[e] == edit->v;
      e += was_there;
      if (edit->is_insert) put(edit->v, edit->w);
      self_loops_made_ += edit->v == u ? int{edit->is_insert} - int{was_there} : 0;
    }
    keep_below(INT32_MAX);
    records(made)[i] = {static_cast<std::uint32_t>(list_begin - made.place.edge_base),
                        static_cast<std::uint32_t>(next - list_begin), 0, 0};
  }
  made.num_arcs = next - made.place.edge_base;
  arc_pool_.give_back(next, made.capacity - made.num_arcs);
  made.capacity = made.num_arcs;
  return Status::ok();
}

Status BlockLists::apply(std::span<const ArcEdit> edits, Table& table, Change& change) {
  Table edited = table;
  self_loops_made_ = 0;
  for (auto begin = edits.begin(); begin != edits.end();) {
    const std::int64_t index = begin->u >> kNodeBlockShift;
    const auto end = std::find_if(
        begin, edits.end(), [&](const ArcEdit& e) { return e.u >> kNodeBlockShift != index; });
    const std::int32_t old = table[static_cast<std::size_t>(index)];
    std::int32_t& block = edited[static_cast<std::size_t>(index)];
    const Status written = rewrite(old, index, {begin, end}, block);
    if (!written.is_ok()) {
      block = old;
      release_unused(edited);
      return written;
    }
    change.arcs += blocks_[static_cast<std::size_t>(block)].num_arcs -
                   blocks_[static_cast<std::size_t>(old)].num_arcs;
    begin = end;
  }
  change.self_loops += self_loops_made_;
  table = std::move(edited);
  return Status::ok();
}

void BlockLists::retain(const Table& table) {
  for (const std::int32_t block : table) ++blocks_[static_cast<std::size_t>(block)].references;
}

void BlockLists::release(const Table& table) {
  for (const std::int32_t block : table) --blocks_[static_cast<std::size_t>(block)].references;
  release_unused(table);
}

void BlockLists::release_unused(const Table& table) {
  for (const std::int32_t block : table) {
    if (blocks_[static_cast<std::size_t>(block)].references == 0) free_block(block);
  }
}

std::vector<NodeBlock> BlockLists::node_blocks(const Table& table) const {
  std::vector<NodeBlock> places;
  places.reserve(table.size());
  for (const std::int32_t block : table) {
    places.push_back(blocks_[static_cast<std::size_t>(block)].place);
  }
  return places;
}

Adjacency BlockLists::base() const {
  return {nullptr, reinterpret_cast<const NodeRecord*>(records_.base()), targets(),
          weights_.capacity() == 0 ? nullptr : weights()};
}

}  // namespace quadrille
