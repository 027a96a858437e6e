#include "engine/block_lists.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/integers.h"

namespace quadrille {
namespace {

constexpr std::int64_t kExtentArcs = 32 * 1024;  // 128 KiB: one with more nodes than one
constexpr std::int64_t kFullArcs = (kExtentArcs - BlockLists::kPadArcs) * 2 / 3;

// With half as much again as slack, at least.
std::int32_t order_for(std::int64_t arcs) {
  std::int32_t order = 0;
  while (BlockLists::capacity_of(order) < arcs + arcs / 2) ++order;
  return order;
}

}  // namespace

void BlockLists::Change::add(const Change& other) {
  inserted += other.inserted;
  deleted += other.deleted;
  reweighted += other.reweighted;
  loops_inserted += other.loops_inserted;
  loops_deleted += other.loops_deleted;
  loops_reweighted += other.loops_reweighted;
  rewritten_extents += other.rewritten_extents;
  splits += other.splits;
}

Status BlockLists::reserve(bool is_weighted, const Limits& limits) {
  const auto bytes = [](std::int64_t count, std::size_t element) {
    const bool fits = static_cast<std::uint64_t>(count) <= SIZE_MAX / element;
    return fits ? static_cast<std::size_t>(count) * element : SIZE_MAX;
  };
  const std::int64_t blocks = limits.versions * (limits.nodes / kNodeBlockSize + 1);
  const std::int64_t units = (limits.arcs + kUnitArcs - 1) / kUnitArcs;
  RegionOptions options;
  options.budget = limits.budget;
  options.label = {"topology lists"};
  const std::size_t arc_bytes = bytes(units * kUnitArcs, sizeof(NodeID));
  QUADRILLE_ASSIGN_OR_RETURN(
      records_, Region::reserve(bytes(blocks, kNodeBlockSize * sizeof(NodeRecord)), options));
  QUADRILLE_ASSIGN_OR_RETURN(targets_, Region::reserve(arc_bytes, options));
  QUADRILLE_ASSIGN_OR_RETURN(weights_, Region::reserve(is_weighted ? arc_bytes : 0, options));
  arc_pool_ = ExtentPool(units);
  blocks_.reserve(at(limits.nodes / kNodeBlockSize + 1));
  return Status::ok();
}

Status BlockLists::open(const Adjacency& lists, NodeID num_nodes, std::uint64_t version,
                        const Limits& limits, Parallel& parallel) {
  num_nodes_ = num_nodes;
  QUADRILLE_RETURN_IF_ERROR(reserve(lists.weights != nullptr, limits));
  const std::int64_t num_blocks = (std::int64_t{num_nodes} + kNodeBlockSize - 1) >> kNodeBlockShift;
  for (std::int64_t b = 0; b < num_blocks; ++b) {
    const auto begin = static_cast<NodeID>(b << kNodeBlockShift);
    const NodeRecord* const first = lists.records + lists.blocks[b].first_record;
    const auto list_size = [&](NodeID u) { return std::int64_t{first[u - begin].out_degree}; };
    std::int64_t total = 0;
    for (NodeID u = begin; u < nodes_end(b); ++u) total += list_size(u);
    Block block{0, version, -1, 0};
    QUADRILLE_RETURN_IF_ERROR(take_records(block.first_record));
    QUADRILLE_RETURN_IF_ERROR(
        make_extents(begin, nodes_end(b), total, version, list_size, block.first_extent));
    for (std::int32_t e = block.first_extent; e >= 0; e = extent(e).next) ++block.num_extents;
    blocks_.push_back(block);
  }
  QUADRILLE_RETURN_IF_ERROR(commit());
  // Room for what batches add and replace, so that one allocates as good as never.
  const std::size_t most = 8 * (extents_.size() + blocks_.size() + 8);
  extents_.reserve(most);
  spare_extents_.reserve(most);
  tasks_.reserve(most);
  retired_.reserve(most);
  spare_records_.reserve(most);
  plans_.reserve(blocks_.capacity());
  parallel.for_chunks(num_blocks,
                      [&](std::int64_t b, int) { copy_from(lists, block(b).first_extent); });
  return Status::ok();
}

NodeID BlockLists::nodes_end(std::int64_t block) const {
  return static_cast<NodeID>(std::min<std::int64_t>((block + 1) << kNodeBlockShift, num_nodes_));
}

Status BlockLists::commit() {
  const std::size_t arcs = at(arc_pool_.end() * kUnitArcs) * sizeof(NodeID);
  QUADRILLE_RETURN_IF_ERROR(records_.commit(at(records_end_) * sizeof(NodeRecord)));
  QUADRILLE_RETURN_IF_ERROR(targets_.commit(arcs));
  return is_weighted() ? weights_.commit(arcs) : Status::ok();
}

Status BlockLists::take_records(std::int64_t& first_record) {
  if (!spare_records_.empty()) {
    first_record = spare_records_.back();
    spare_records_.pop_back();
  } else {
    const auto most = static_cast<std::int64_t>(records_.capacity() / sizeof(NodeRecord));
    if (records_end_ + kNodeBlockSize > most) {
      return {StatusCode::kOutOfMemory,
              "the versions of the topology that are still read leave no room for a block of " +
                  std::to_string(kNodeBlockSize) + " nodes"};
    }
    first_record = std::exchange(records_end_, records_end_ + kNodeBlockSize);
  }
  ++live_blocks_;
  return Status::ok();
}

Status BlockLists::make_extent(const Extent& wanted, std::int32_t& made) {
  if (spare_extents_.empty()) {
    extents_.emplace_back();  // first: what is spare must be there, even if there is no memory
    spare_extents_.push_back(static_cast<std::int32_t>(extents_.size() - 1));
  }
  const std::int32_t order = order_for(wanted.live);
  const std::int64_t unit = arc_pool_.take(order);
  if (unit < 0) {
    return {StatusCode::kOutOfMemory,
            "the versions of the topology that are still read leave no room for lists of " +
                std::to_string(wanted.live) + " arcs"};
  }
  made = spare_extents_.back();
  spare_extents_.pop_back();
  extent(made) = wanted;
  extent(made).first = unit * kUnitArcs;
  extent(made).order = order;
  return Status::ok();
}

Status BlockLists::make_extents(NodeID begin, NodeID end, std::int64_t total, std::uint64_t version,
                                const std::function<std::int64_t(NodeID)>& list_size,
                                std::int32_t& made) {
  const std::int64_t parts = (total + kFullArcs - 1) / kFullArcs;
  const std::int64_t target = parts <= 1 ? total : (total + parts - 1) / parts;
  made = -1;
  std::int32_t last = -1;
  Extent part{begin, begin, 0, 0, -1, 0, 0, version};
  const auto close = [&](NodeID part_end) {
    part.end = part_end;
    std::int32_t fresh = -1;
    const Status status = make_extent(part, fresh);
    if (!status.is_ok()) {
      drop_extents(std::exchange(made, -1));
      return status;
    }
    (last < 0 ? made : extent(last).next) = fresh;
    last = fresh;
    part.begin = part_end;
    part.live = 0;
    return status;
  };
  for (NodeID u = begin; parts > 1 && u < end; ++u) {
    const std::int64_t size = list_size(u);
    if (part.live > 0 && (part.live >= target || part.live + size > kFullArcs)) {
      QUADRILLE_RETURN_IF_ERROR(close(u));
    }
    part.live += size;
  }
  if (parts <= 1) part.live = total;
  return close(end);
}

void BlockLists::drop_extents(std::int32_t first) {
  while (first >= 0) {
    const Extent& dropped = extent(first);
    arc_pool_.give_back(dropped.first / kUnitArcs, dropped.order);
    spare_extents_.push_back(std::exchange(first, dropped.next));
  }
}

Status BlockLists::grow_to(NodeID num_nodes, std::uint64_t version) {
  const NodeID before = num_nodes_;
  const std::size_t blocks_before = blocks_.size();
  reserve_blocks((at(num_nodes) >> kNodeBlockShift) + 1);
  num_nodes_ = std::max(num_nodes_, num_nodes);
  const Status status = add_blocks(version);
  if (!status.is_ok()) {
    for (; blocks_.size() > blocks_before; blocks_.pop_back()) {
      drop_extents(blocks_.back().first_extent);
      spare_records_.push_back(blocks_.back().first_record);
      --live_blocks_;
    }
    num_nodes_ = before;
    return status;
  }
  for (std::size_t b = blocks_before; b < blocks_.size(); ++b) {
    std::fill_n(records(blocks_[b].first_record), kNodeBlockSize, NodeRecord{});
  }
  // The records behind the last node of a block are zero: those are nodes without neighbours.
  if (blocks_before == 0) return status;
  const auto b = static_cast<std::int64_t>(blocks_before) - 1;
  std::int32_t last = block(b).first_extent;
  while (extent(last).next >= 0) last = extent(last).next;
  extent(last).end = nodes_end(b);
  return status;
}

// Room for that many blocks, so that no step between fails for want of memory. std::bad_alloc: then
// nothing has changed.
void BlockLists::reserve_blocks(std::size_t count) {
  if (count <= blocks_.size()) return;
  const std::size_t more = count - blocks_.size();
  blocks_.reserve(blocks_.size() + more);
  extents_.reserve(extents_.size() + more);
  spare_extents_.reserve(extents_.size() + more);
  spare_records_.reserve(spare_records_.size() + more);
}

// As many as the nodes need.
Status BlockLists::add_blocks(std::uint64_t version) {
  for (auto b = static_cast<std::int64_t>(blocks_.size()); b << kNodeBlockShift < num_nodes_; ++b) {
    Block block{0, version, -1, 1};
    QUADRILLE_RETURN_IF_ERROR(take_records(block.first_record));
    blocks_.push_back(block);
    const Extent extent{
        static_cast<NodeID>(b << kNodeBlockShift), nodes_end(b), 0, 0, -1, 0, 0, version};
    QUADRILLE_RETURN_IF_ERROR(make_extent(extent, blocks_.back().first_extent));
  }
  return commit();
}

void BlockLists::collect(std::span<const std::uint64_t> held) {
  std::erase_if(retired_, [&](const Retired& retired) {
    const auto first = std::ranges::lower_bound(held, retired.born);
    if (first != held.end() && *first < retired.died) return false;
    if (retired.order >= 0) {
      arc_pool_.give_back(retired.first / kUnitArcs, retired.order);
    } else {
      spare_records_.push_back(retired.first);
      --live_blocks_;
    }
    return true;
  });
  // What versions kept that were held for long goes back to the system. A batch that rewrites
  // everything needs what it replaces twice, so less than a third is no reason.
  const std::size_t end = at(arc_pool_.end() * kUnitArcs) * sizeof(NodeID);
  if (targets_.committed() / 3 > end) {
    targets_.decommit_after(end);
    if (is_weighted()) weights_.decommit_after(end);
  }
}

void BlockLists::place(std::vector<NodeBlock>& places) const {
  places.clear();
  for (const Block& block : blocks_) places.push_back({block.first_record, 0});
}

Adjacency BlockLists::base() const {
  return {nullptr, reinterpret_cast<const NodeRecord*>(records_.base()), targets(),
          is_weighted() ? weights() : nullptr};
}

std::int64_t BlockLists::extents() const {
  std::int64_t count = 0;
  for (const Block& block : blocks_) count += block.num_extents;
  return count;
}

std::size_t BlockLists::committed_bytes() const {
  return records_.committed() + targets_.committed() + weights_.committed();
}

}  // namespace quadrille
