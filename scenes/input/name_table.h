// NameTable: the names that the nodes of a text have, met in any order by many threads, and then
// the rank of each.
//
// The table is cut into 1,024 shards by the names' hashes, each with a lock. A worker collects the
// names that it meets by shard, and takes the lock for some of them at once: so a shard stays in
// its cache meanwhile, and nobody waits. When all names are there they are sorted, and a rank is
// found without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <quadrille/node_names.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

#include "engine/memory_budget.h"
#include "engine/region.h"
#include "scenes/input/node_name.h"

namespace quadrille {

// Name: NumberName or TextName.
template <class Name>
class NameTable {
 public:
  using Key = typename Name::Key;
  using Place = typename Name::Place;

  explicit NameTable(MemoryBudget* budget);
  ~NameTable();
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;

  // First of all: room for its places, empty. kBudgetExceeded.
  Status open();

  // What one worker met. Keys that are texts must live until the next flush().
  class Collector {
   public:
    static std::size_t bytes() {  // about; charged by who makes it
      return kRecent * sizeof(Pending) + kShards * (kAtOnce * sizeof(Pending) + 1);
    }
    explicit Collector(NameTable& table)
        : table_(&table), recent_(kRecent), counts_(kShards, 0), pending_(kShards * kAtOnce) {}

    // kOutOfMemory and kBudgetExceeded, as flush() has them.
    Status add(Key key) {
      const std::uint64_t hash = Name::hash(key, table_->seed_);
      Pending& recent = recent_[hash % kRecent];
      if (recent.is_filled && recent.hash == hash && recent.key == key) return Status::ok();
      recent = {key, hash, true};
      const std::size_t shard = shard_of(hash);
      pending_[shard * kAtOnce + counts_[shard]++] = recent;
      return counts_[shard] < kAtOnce ? Status::ok() : flush(shard);
    }
    // To the table, all that is not there yet.
    Status flush() {
      for (Pending& recent : recent_) recent = {};
      for (std::size_t shard = 0; shard < kShards; ++shard) QUADRILLE_RETURN_IF_ERROR(flush(shard));
      return Status::ok();
    }

   private:
    struct Pending {
      Key key{};
      std::uint64_t hash = 0;
      bool is_filled = false;
    };
    Status flush(std::size_t index) {
      Shard& shard = table_->shards_[index];
      // None is left to be met again, even if one fails: this worker may go on with other chunks.
      const std::uint8_t count = std::exchange(counts_[index], std::uint8_t{0});
      const std::lock_guard lock(shard.mutex);
      for (std::uint8_t i = 0; i < count; ++i) {
        const Pending& pending = pending_[index * kAtOnce + i];
        QUADRILLE_RETURN_IF_ERROR(table_->insert(shard, pending.key, pending.hash));
      }
      return Status::ok();
    }

    static constexpr std::size_t kAtOnce = 16, kRecent = 4096;
    NameTable* table_;
    std::vector<Pending> recent_;  // by hash: the name seen last
    std::vector<std::uint8_t> counts_;
    std::vector<Pending> pending_;  // by shard
  };

  // Once, when all collectors are flushed. kUnsupported: more than 2^31 - 1 of them; kOutOfMemory,
  // kBudgetExceeded.
  Status rank_all(Parallel& parallel);
  // All of them, ascending; valid as long as the table.
  NodeNames names() const;

  // After rank_all(), any thread.
  std::uint64_t hash(Key key) const { return Name::hash(key, seed_); }
  void prefetch(std::uint64_t hash) const {
    const Shard& shard = shards_[shard_of(hash)];
    __builtin_prefetch(shard.places.get() + (hash & shard.mask));
  }
  // -1: it is not there.
  NodeID rank_of(Key key, std::uint64_t hash) const {
    const Shard& shard = shards_[shard_of(hash)];
    const Place& place = shard.places[find(shard, key, hash)];
    return place.rank == kFreePlace ? -1 : place.rank;
  }

 private:
  static constexpr int kShardBits = 10;
  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;
  static constexpr std::size_t kFirstPlaces = 16;
  static constexpr NodeID kNotRanked = 0;
  static constexpr bool kIsText = std::is_same_v<Name, TextName>;

  struct alignas(kCacheLineBytes) Shard {
    std::mutex mutex;
    std::unique_ptr<Place[]> places;
    std::uint64_t mask = 0;  // places less one
    std::size_t count = 0;
    std::vector<std::unique_ptr<char[]>> texts;
    char* text = nullptr;  // where the next one goes
    std::size_t text_room = 0;
  };
  struct Entry {
    std::uint64_t front;
    Place* place;
  };

  static std::size_t shard_of(std::uint64_t hash) {
    return static_cast<std::size_t>(hash >> (64 - kShardBits));
  }
  // Where the key stands, or would.
  static std::size_t find(const Shard& shard, Key key, std::uint64_t hash) {
    std::uint64_t place = hash & shard.mask;
    while (shard.places[place].rank != kFreePlace && !Name::equals(shard.places[place], key, hash))
      place = (place + 1) & shard.mask;
    return static_cast<std::size_t>(place);
  }
  Status insert(Shard& shard, Key key, std::uint64_t hash);
  Status grow(Shard& shard);
  Status take_text_room(Shard& shard, std::size_t bytes);
  Status charge(std::size_t bytes);
  Result<Region> reserve(std::size_t bytes) const;
  void gather(std::span<Entry> entries, Parallel& parallel);
  Status write_names(std::span<const Entry> entries, Parallel& parallel);

  MemoryBudget* budget_;
  std::uint64_t seed_;
  std::atomic<std::size_t> charged_{0};
  std::vector<Shard> shards_;
  Region numbers_,
      bytes_;  // the names, ascending: numbers, or the offsets of texts and their bytes
  NodeID num_names_ = 0;
  std::size_t num_bytes_ = 0;
};

extern template class NameTable<NumberName>;
extern template class NameTable<TextName>;

}  // namespace quadrille
