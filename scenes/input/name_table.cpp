#include "scenes/input/name_table.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "engine/clock.h"
#include "scenes/graph_build.h"
#include "scenes/input/parallel_sort.h"

namespace quadrille {
namespace {

constexpr Label kNamesLabel{"names of nodes"};
constexpr std::int64_t kNamesAChunk = 1 << 14;

// Another one for each table, so that no file is written to make it slow. Ranks do not depend on
// it.
std::uint64_t draw_seed() {
  const int place = 0;
  return Random(static_cast<std::uint64_t>(monotonic_ns()),
                static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&place)))
      .next();
}

}  // namespace

template <class Name>
NameTable<Name>::NameTable(MemoryBudget* budget)
    : budget_(budget), seed_(draw_seed()), shards_(kShards) {}

template <class Name>
Status NameTable<Name>::open() {
  QUADRILLE_RETURN_IF_ERROR(charge(kShards * (sizeof(Shard) + kFirstPlaces * sizeof(Place))));
  for (Shard& shard : shards_) {
    shard.places = std::make_unique<Place[]>(kFirstPlaces);
    shard.mask = kFirstPlaces - 1;
  }
  return Status::ok();
}

template <class Name>
NameTable<Name>::~NameTable() {
  if (budget_ != nullptr) budget_->refund(charged_.load(std::memory_order_relaxed), kNamesLabel);
}

template <class Name>
Status NameTable<Name>::charge(std::size_t bytes) {
  if (budget_ == nullptr) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(budget_->charge(bytes, kNamesLabel));
  charged_.fetch_add(bytes, std::memory_order_relaxed);  // read when all workers have ended
  return Status::ok();
}

// Five eighths full at most.
template <class Name>
Status NameTable<Name>::insert(Shard& shard, Key key, std::uint64_t hash) {
  std::size_t place = find(shard, key, hash);
  if (shard.places[place].rank != kFreePlace) return Status::ok();
  if ((shard.count + 1) * 8 > (shard.mask + 1) * 5) {
    QUADRILLE_RETURN_IF_ERROR(grow(shard));
    place = find(shard, key, hash);
  }
  const std::size_t bytes = Name::bytes(key);
  if (bytes > shard.text_room) QUADRILLE_RETURN_IF_ERROR(take_text_room(shard, bytes));
  Name::store(shard.places[place], key, hash, shard.text);
  shard.places[place].rank = kNotRanked;
  if (bytes > 0) shard.text += bytes;
  shard.text_room -= bytes;
  ++shard.count;
  return Status::ok();
}

template <class Name>
Status NameTable<Name>::grow(Shard& shard) {
  const auto old_size = static_cast<std::size_t>(shard.mask) + 1;
  QUADRILLE_RETURN_IF_ERROR(charge(2 * old_size * sizeof(Place)));
  const auto old = std::exchange(shard.places, std::make_unique<Place[]>(2 * old_size));
  shard.mask = 2 * old_size - 1;
  for (const Place& place : std::span(old.get(), old_size)) {
    if (place.rank == kFreePlace) continue;
    std::uint64_t to = Name::rehash(place, seed_) & shard.mask;
    while (shard.places[to].rank != kFreePlace) to = (to + 1) & shard.mask;
    shard.places[to] = place;
  }
  if (budget_ != nullptr) {
    budget_->refund(old_size * sizeof(Place), kNamesLabel);
    charged_.fetch_sub(old_size * sizeof(Place), std::memory_order_relaxed);  // as in charge()
  }
  return Status::ok();
}

// As much again as the shard has, within bounds.
template <class Name>
Status NameTable<Name>::take_text_room(Shard& shard, std::size_t bytes) {
  const std::size_t room =
      std::max(bytes, std::size_t{512} << std::min<std::size_t>(shard.texts.size(), 7));
  QUADRILLE_RETURN_IF_ERROR(charge(room));
  shard.texts.push_back(std::make_unique_for_overwrite<char[]>(room));
  shard.text = shard.texts.back().get();
  shard.text_room = room;
  return Status::ok();
}

template <class Name>
Result<Region> NameTable<Name>::reserve(std::size_t bytes) const {
  QUADRILLE_ASSIGN_OR_RETURN(Region region,
                             Region::reserve(bytes, {.budget = budget_, .label = kNamesLabel}));
  QUADRILLE_RETURN_IF_ERROR(region.commit(bytes));
  return region;
}

template <class Name>
void NameTable<Name>::gather(std::span<Entry> entries, Parallel& parallel) {
  std::vector<std::size_t> begins(kShards, 0);
  for (std::size_t shard = 1; shard < kShards; ++shard)
    begins[shard] = begins[shard - 1] + shards_[shard - 1].count;
  parallel.for_chunks(static_cast<std::int64_t>(kShards), [&](std::int64_t index, int) {
    const Shard& shard = shards_[static_cast<std::size_t>(index)];
    std::size_t next = begins[static_cast<std::size_t>(index)];
    for (Place& place : std::span(shard.places.get(), shard.mask + 1)) {
      if (place.rank != kFreePlace) entries[next++] = {Name::front(place), &place};
    }
  });
}

template <class Name>
Status NameTable<Name>::rank_all(Parallel& parallel) {
  std::size_t count = 0;
  for (const Shard& shard : shards_) count += shard.count;
  if (count > INT32_MAX) return too_many_nodes(static_cast<std::int64_t>(count));
  num_names_ = static_cast<NodeID>(count);
  if (count == 0) return Status::ok();
  QUADRILLE_ASSIGN_OR_RETURN(const Region region, reserve(2 * count * sizeof(Entry)));
  const std::span<Entry> all(reinterpret_cast<Entry*>(region.base()), 2 * count);
  const std::span<Entry> entries = all.first(count);
  gather(entries, parallel);
  parallel_sort(entries, all.subspan(count), parallel, [](const Entry& a, const Entry& b) {
    return a.front != b.front ? a.front < b.front : Name::is_before(*a.place, *b.place);
  });
  return write_names(entries, parallel);
}

// Numbers, or where texts begin and then their bytes.
template <class Name>
Status NameTable<Name>::write_names(std::span<const Entry> entries, Parallel& parallel) {
  QUADRILLE_ASSIGN_OR_RETURN(numbers_, reserve((entries.size() + 1) * sizeof(std::uint64_t)));
  auto* const words = reinterpret_cast<std::uint64_t*>(numbers_.base());
  if constexpr (kIsText) {
    words[0] = 0;
    for (std::size_t i = 0; i < entries.size(); ++i)
      words[i + 1] = words[i] + entries[i].place->size;
    num_bytes_ = static_cast<std::size_t>(words[entries.size()]);
    QUADRILLE_ASSIGN_OR_RETURN(bytes_, reserve(num_bytes_));
  }
  parallel.for_range(num_names_, kNamesAChunk, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      Place& place = *entries[static_cast<std::size_t>(i)].place;
      place.rank = static_cast<NodeID>(i);
      if constexpr (kIsText)
        std::memcpy(bytes_.base() + words[i], place.view().data(), place.size);
      else
        words[i] = place.number;
    }
  });
  return Status::ok();
}

template <class Name>
NodeNames NameTable<Name>::names() const {
  const auto* const words = reinterpret_cast<const std::uint64_t*>(numbers_.base());
  const auto count = static_cast<std::size_t>(num_names_);
  if (count == 0) return {};
  if constexpr (!kIsText) return NodeNames(std::span(words, count));
  return {std::span(words, count + 1), {reinterpret_cast<const char*>(bytes_.base()), num_bytes_}};
}

template class NameTable<NumberName>;
template class NameTable<TextName>;

}  // namespace quadrille
