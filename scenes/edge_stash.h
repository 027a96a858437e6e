// EdgeStash: the edges of an undirected source, each as 4 bytes (8 with its weight) at its lower
// end's bucket, after one reading, and before anyone knows how many there are.
//
// A bucket is a chain of chunks a worker, so a worker writes without asking anyone: the next arc of
// a bucket goes where its cursor stands, and a cursor at a chunk's end takes a new one. A chunk has
// 1 KiB, or less where there are many buckets and workers: each of them leaves one open.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <span>
#include <vector>

#include <quadrille/graph_builder.h>
#include <quadrille/status.h>

#include "engine/memory_budget.h"
#include "engine/region.h"
#include "scenes/arc_packing.h"
#include "scenes/edge_check.h"

namespace quadrille {

// Memory in pieces of 64 KiB, from any thread, all given back at once.
class StashMemory {
 public:
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 16;
  explicit StashMemory(MemoryBudget* budget) : budget_(budget) {}
  Result<std::byte*> take_piece();

 private:
  // Regions are a sixteenth of all, up to here: whole ones are committed, for huge pages.
  static constexpr std::size_t kMostRegionBytes = std::size_t{1} << 22;
  MemoryBudget* budget_;
  std::mutex mutex_;
  std::vector<Region> regions_;
  std::size_t used_ = 0;   // of the last region
  std::size_t total_ = 0;  // of all regions
};

// Of a chunk. Open chunks take 64 MiB in all, if 64 bytes a bucket and worker are not more.
inline std::size_t stash_chunk_bytes(std::int64_t num_buckets, int num_workers) {
  constexpr std::size_t kMostOpen = std::size_t{64} << 20, kLeast = 64, kMost = 1024;
  const auto open = static_cast<std::size_t>(std::max<std::int64_t>(num_buckets, 1)) *
                    static_cast<std::size_t>(num_workers);
  return std::bit_floor(std::clamp(kMostOpen / open, kLeast, kMost));
}

// The part of a stash that one worker fills; an EdgeSink.
template <bool kWeighted>
class alignas(kCacheLineBytes) StashSink final : public EdgeSink {
 public:
  using Arc = PackedArc<std::uint32_t, kWeighted>;

  // `internal` is null where user ids are internal ids. `outgrown` is set, and reading fails, when
  // an id does not fit into the packing. Chunks are as stash_chunk_bytes() says.
  StashSink(const BuildOptions& options, const ArcPacking& packing, const NodeID* internal,
            StashMemory& memory, std::size_t chunk_bytes, std::atomic<bool>& outgrown)
      : options_(&options), packing_(packing), internal_(internal), memory_(&memory),
        chunk_bytes_(chunk_bytes), outgrown_(&outgrown),
        cursors_(static_cast<std::size_t>(packing.num_buckets()), nullptr),
        end_(static_cast<std::uint32_t>(packing.num_nodes)) {}

  Status take(std::span<const Edge> edges) override {
    for (const Edge& edge : edges) {
      auto u = static_cast<std::uint32_t>(edge.u), v = static_cast<std::uint32_t>(edge.v);
      if (u >= end_ || v >= end_ || (kWeighted && !is_valid_weight(edge.w, *options_))) [[unlikely]]
        return refuse(edge);
      highest_ = std::max({highest_, u, v});
      if (internal_ != nullptr) {
        u = static_cast<std::uint32_t>(internal_[u]);
        v = static_cast<std::uint32_t>(internal_[v]);
      }
      if (u == v) {
        ++self_loops_;
        if (options_->drop_self_loops) continue;
      }
      const auto low = static_cast<NodeID>(std::min(u, v));
      const auto high = static_cast<NodeID>(std::max(u, v));
      Arc*& cursor = cursors_[packing_.bucket_of(low)];
      if (place_in_chunk(cursor) == 0) [[unlikely]]
        QUADRILLE_RETURN_IF_ERROR(add_chunk(cursor));
      *cursor++ = Arc{packing_.pack<std::uint32_t>(low, high), edge.w};
    }
    edges_ += static_cast<std::int64_t>(edges.size());
    return Status::ok();
  }

  std::int64_t edges() const { return edges_; }
  std::int64_t self_loops() const { return self_loops_; }
  std::int64_t highest_id() const { return edges_ == 0 ? -1 : std::int64_t{highest_}; }

  // use(arcs) for each chunk of a bucket, the last one first.
  template <class Use>
  void for_each_chunk(std::size_t bucket, Use use) const {
    const Arc* end = cursors_[bucket];
    while (end != nullptr) {
      const auto* const last = reinterpret_cast<const std::byte*>(end) - 1;
      const auto* const begin = last - place_in_chunk(last);
      const Arc* const first = reinterpret_cast<const Arc*>(begin + kHeadBytes);
      use(std::span<const Arc>(first, end));
      std::memcpy(&end, begin, sizeof end);
    }
  }

 private:
  static constexpr std::size_t kHeadBytes = sizeof(std::uint64_t);  // the end of the chunk before
  static_assert(sizeof(Arc*) <= kHeadBytes && kHeadBytes % sizeof(Arc) == 0);

  std::size_t place_in_chunk(const void* at) const {
    return reinterpret_cast<std::uintptr_t>(at) & (chunk_bytes_ - 1);
  }
  Status add_chunk(Arc*& cursor) {
    if (piece_ == piece_end_) {
      QUADRILLE_ASSIGN_OR_RETURN(piece_, memory_->take_piece());
      piece_end_ = piece_ + StashMemory::kPieceBytes;
    }
    std::memcpy(piece_, &cursor, sizeof cursor);
    cursor = reinterpret_cast<Arc*>(piece_ + kHeadBytes);
    piece_ += chunk_bytes_;
    return Status::ok();
  }
  Status refuse(const Edge& edge) const {
    if (!is_valid_edge(edge, *options_)) return describe_invalid(edge, *options_);
    outgrown_->store(true, std::memory_order_relaxed);  // read after all workers have ended
    return {StatusCode::kUnsupported, "an id does not fit into the packing"};
  }

  const BuildOptions* options_;
  ArcPacking packing_;
  const NodeID* internal_;
  StashMemory* memory_;
  std::size_t chunk_bytes_;  // a power of two
  std::atomic<bool>* outgrown_;
  std::vector<Arc*> cursors_;  // by bucket: where its next arc goes; null: it has none
  std::byte* piece_ = nullptr;
  std::byte* piece_end_ = nullptr;
  std::uint32_t end_, highest_ = 0;
  std::int64_t edges_ = 0, self_loops_ = 0;
};

}  // namespace quadrille
