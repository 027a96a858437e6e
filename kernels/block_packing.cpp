#include "kernels/block_packing.h"

#include <algorithm>
#include <numeric>

#include <quadrille/graph.h>

namespace quadrille {
namespace {

constexpr std::size_t kSizes = static_cast<std::size_t>(kNodeBlockSize) + 1;

// Indices 0 to keys - 1 sorted by key, stable.
template <class Key>
std::vector<std::int32_t> sorted_by(std::span<const std::int32_t> items, std::size_t num_keys,
                                    Key key, std::vector<std::int32_t>& first) {
  first.assign(num_keys + 1, 0);
  for (const std::int32_t item : items) ++first[key(item) + 1];
  for (std::size_t k = 1; k <= num_keys; ++k) first[k] += first[k - 1];
  std::vector<std::int32_t> next(first.begin(), first.end() - 1), sorted(items.size());
  for (const std::int32_t item : items) {
    sorted[static_cast<std::size_t>(next[key(item)]++)] = item;
  }
  return sorted;
}

class Packer {
 public:
  explicit Packer(std::span<const PackedComponent> components);
  std::vector<std::int32_t> run(std::int64_t place);

 private:
  const PackedComponent& at(std::int32_t i) const {
    return components_[static_cast<std::size_t>(i)];
  }
  // The next one in `alike_` from `next` on that is not packed and as wanted; -1: there is none.
  template <class Wanted>
  std::int32_t find_from(std::size_t& next, Wanted wanted) const;
  std::int32_t largest_within(NodeID room);
  std::int32_t choose(NodeID room);

  std::span<const PackedComponent> components_;
  std::vector<std::int32_t> alike_;          // like with like, the largest first
  std::vector<std::int32_t> by_size_;        // in that order, size after size
  std::vector<std::int32_t> first_of_size_;  // in by_size_, of those not known to be packed
  std::vector<std::int32_t> end_of_size_;
  std::vector<std::size_t> below_;  // a size; itself where some may be left
  std::vector<bool> is_packed_;
  std::size_t next_ = 0, next_loose_ = 0;  // in alike_
};

Packer::Packer(std::span<const PackedComponent> components)
    : components_(components), is_packed_(components.size()) {
  std::vector<std::int32_t> all(components.size()), first;
  std::iota(all.begin(), all.end(), 0);
  alike_ = sorted_by(
      std::span<const std::int32_t>(all), kNumComponentClasses * kSizes,
      [this](std::int32_t i) {
        return static_cast<std::size_t>(at(i).kind) * kSizes +
               static_cast<std::size_t>(kNodeBlockSize - at(i).num_nodes);
      },
      first);
  by_size_ = sorted_by(
      std::span<const std::int32_t>(alike_), kSizes,
      [this](std::int32_t i) { return static_cast<std::size_t>(at(i).num_nodes); }, first_of_size_);
  end_of_size_.assign(first_of_size_.begin() + 1, first_of_size_.end());
  below_.resize(kSizes);
  std::iota(below_.begin(), below_.end(), std::size_t{0});
}

template <class Wanted>
std::int32_t Packer::find_from(std::size_t& next, Wanted wanted) const {
  while (next < alike_.size()) {
    const std::int32_t i = alike_[next];
    if (!is_packed_[static_cast<std::size_t>(i)] && wanted(i)) return i;
    ++next;
  }
  return -1;
}

// Sizes of which none is left are jumped over: each points to one below it.
std::int32_t Packer::largest_within(NodeID room) {
  for (auto size = static_cast<std::size_t>(room); size > 0;) {
    if (below_[size] != size) {
      size = below_[size] = below_[below_[size]];
      continue;
    }
    for (std::int32_t& next = first_of_size_[size]; next < end_of_size_[size]; ++next) {
      const std::int32_t i = by_size_[static_cast<std::size_t>(next)];
      if (!is_packed_[static_cast<std::size_t>(i)]) return i;
    }
    below_[size] = size - 1;
  }
  return -1;
}

// The next one alike if there is room, else the largest that there is room for, else one to cut.
std::int32_t Packer::choose(NodeID room) {
  const std::int32_t alike = find_from(next_, [](std::int32_t) { return true; });
  if (at(alike).num_nodes <= room) return alike;
  const std::int32_t fitting = largest_within(room);
  if (fitting >= 0) return fitting;
  const std::int32_t loose =
      find_from(next_loose_, [this](std::int32_t i) { return !at(i).is_compact; });
  return loose >= 0 ? loose : alike;
}

std::vector<std::int32_t> Packer::run(std::int64_t place) {
  std::vector<std::int32_t> order;
  order.reserve(components_.size());
  while (order.size() < components_.size()) {
    const auto room = static_cast<NodeID>(kNodeBlockSize - (place & (kNodeBlockSize - 1)));
    const std::int32_t i = choose(room);
    is_packed_[static_cast<std::size_t>(i)] = true;
    place += at(i).num_nodes;
    order.push_back(i);
  }
  return order;
}

}  // namespace

std::vector<std::int32_t> pack_components(std::span<const PackedComponent> components,
                                          std::int64_t first_place) {
  return Packer(components).run(first_place);
}

}  // namespace quadrille
