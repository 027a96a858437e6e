// Quadtree images for tests, built the slow and obvious way: squares are halved until few bodies
// are left.
#pragma once

#include <gtest/gtest.h>
#include <quadrille/quadtree.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/quadtree_image.h"
#include "engine/region.h"

namespace quadrille {

struct Bodies {
  std::vector<double> x, y;
};

// All arrays of an image, to be damaged before they are written.
struct TreeParts {
  std::vector<Quadrant> quadrants;
  std::vector<BodyID> order;
  std::vector<float> x, y;
  std::vector<double> exact_x, exact_y;
  Box bounds{};
  int depth = 0;
  std::int64_t num_leaves = 0;
};

namespace detail {

class ObviousBuilder {
 public:
  ObviousBuilder(const Bodies& bodies, std::size_t leaf_capacity)
      : bodies_(bodies), capacity_(leaf_capacity) {}

  TreeParts build() {
    std::vector<BodyID> all(bodies_.x.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<BodyID>(i);
    if (all.empty()) return {};
    parts_.bounds = bounds_of(all);
    const float side = std::max(parts_.bounds.max_x - parts_.bounds.min_x,
                                parts_.bounds.max_y - parts_.bounds.min_y);
    // Breadth first, as quadrants stand; leaves are gathered depth first afterwards.
    cells_.push_back({all, parts_.bounds.min_x, parts_.bounds.min_y, side, 0, 0, parts_.bounds});
    parts_.quadrants.push_back({});
    for (std::size_t q = 0; q < cells_.size(); ++q) part(q);
    place_bodies(0);
    return parts_;
  }

 private:
  struct Cell {
    std::vector<BodyID> bodies;
    float min_x, min_y, side;
    int level, depth;
    Box parent_box;
  };

  float x(BodyID body) const {
    return static_cast<float>(bodies_.x[static_cast<std::size_t>(body)]);
  }
  float y(BodyID body) const {
    return static_cast<float>(bodies_.y[static_cast<std::size_t>(body)]);
  }

  Box bounds_of(const std::vector<BodyID>& ids) const {
    Box box{x(ids[0]), y(ids[0]), x(ids[0]), y(ids[0])};
    for (const BodyID id : ids) {
      box = {std::min(box.min_x, x(id)), std::min(box.min_y, y(id)), std::max(box.max_x, x(id)),
             std::max(box.max_y, y(id))};
    }
    return box;
  }

  void part(std::size_t q) {
    Cell cell = cells_[q];
    Quadrant& quadrant = parts_.quadrants[q];
    encode_box(bounds_of(cell.bodies), cell.parent_box, quadrant);
    parts_.depth = std::max(parts_.depth, cell.depth);
    const Box own = decode_box(quadrant, cell.parent_box);
    std::vector<BodyID> children[4];
    int num_children = 0;
    while (cell.bodies.size() > capacity_ && num_children < 2 && cell.side > 1e-30f) {
      for (auto& child : children) child.clear();
      cell.side /= 2;
      for (const BodyID id : cell.bodies) {
        const bool right = x(id) >= cell.min_x + cell.side, upper = y(id) >= cell.min_y + cell.side;
        children[2 * upper + right].push_back(id);
      }
      num_children = static_cast<int>(
          std::count_if(children, children + 4, [](const auto& c) { return !c.empty(); }));
      if (num_children > 1) break;
      const auto only = std::find_if(children, children + 4, [](auto& c) { return !c.empty(); });
      cell.min_x += (only - children) % 2 != 0 ? cell.side : 0;
      cell.min_y += (only - children) / 2 != 0 ? cell.side : 0;
      ++cell.level;
    }
    quadrant.level = static_cast<std::uint8_t>(cell.level);
    if (num_children < 2) {
      ++parts_.num_leaves;
      return;
    }
    quadrant.offset = static_cast<std::int32_t>(cells_.size() - q);
    for (int c = 0; c < 4; ++c) {
      if (children[c].empty()) continue;
      quadrant.child_mask = static_cast<std::uint8_t>(quadrant.child_mask | 1 << c);
      cells_.push_back({children[c], cell.min_x + static_cast<float>(c % 2) * cell.side,
                        cell.min_y + static_cast<float>(c / 2) * cell.side, cell.side,
                        cell.level + 1, cell.depth + 1, own});
    }
    parts_.quadrants.resize(cells_.size());
  }

  void place_bodies(std::size_t q) {
    Quadrant& quadrant = parts_.quadrants[q];
    if (quadrant.child_mask != 0) {
      for (int child = 0; child < __builtin_popcount(quadrant.child_mask); ++child)
        place_bodies(q + static_cast<std::size_t>(quadrant.offset + child));
      return;
    }
    quadrant.offset = static_cast<std::int32_t>(parts_.order.size());
    for (const BodyID id : cells_[q].bodies) {
      parts_.order.push_back(id);
      parts_.x.push_back(x(id));
      parts_.y.push_back(y(id));
    }
  }

  const Bodies& bodies_;
  std::size_t capacity_;
  std::vector<Cell> cells_;
  TreeParts parts_;
};

template <class T>
void put(std::byte* image, const HeaderSlab& header, SlabName name, const std::vector<T>& values) {
  if (!values.empty())
    std::memcpy(image + header.slabs[name].offset, values.data(), values.size() * sizeof(T));
}

}  // namespace detail

inline TreeParts obvious_tree(const Bodies& bodies, std::size_t leaf_capacity, bool exact) {
  TreeParts parts = detail::ObviousBuilder(bodies, leaf_capacity).build();
  for (std::size_t place = 0; exact && place < parts.order.size(); ++place) {
    parts.exact_x.push_back(bodies.x[static_cast<std::size_t>(parts.order[place])]);
    parts.exact_y.push_back(bodies.y[static_cast<std::size_t>(parts.order[place])]);
  }
  return parts;
}

// In a region of its own, so that it stands on a page.
inline Region make_image(const TreeParts& parts) {
  HeaderSlab header = plan_quadtree_image(
      {std::ssize(parts.order), std::ssize(parts.quadrants), !parts.exact_x.empty()});
  QuadtreeView view;
  view.bounds = parts.bounds;
  view.depth = parts.depth;
  view.num_leaves = parts.num_leaves;
  view.version = 7;
  describe_tree(view, header);
  Region region = Region::reserve(static_cast<std::size_t>(header.image_bytes)).value();
  EXPECT_TRUE(region.commit(region.capacity()).is_ok());
  std::memcpy(region.base(), &header, sizeof(header));
  detail::put(region.base(), header, kSlabNodes, parts.quadrants);
  detail::put(region.base(), header, kSlabOrder, parts.order);
  detail::put(region.base(), header, kSlabX, parts.x);
  detail::put(region.base(), header, kSlabY, parts.y);
  detail::put(region.base(), header, kSlabExactX, parts.exact_x);
  detail::put(region.base(), header, kSlabExactY, parts.exact_y);
  return region;
}

}  // namespace quadrille
