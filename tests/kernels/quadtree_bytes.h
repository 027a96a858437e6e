// All bytes of a tree that its bodies determine: without the version.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <quadrille/quadtree.h>

namespace quadrille::test {

template <class T>
void append_bytes(std::vector<std::byte>& bytes, std::span<const T> values) {
  const auto raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

inline std::vector<std::byte> bytes_of(const QuadtreeView& tree) {
  std::vector<std::byte> bytes;
  append_bytes(bytes, tree.quadrants);
  append_bytes(bytes, tree.order);
  append_bytes(bytes, tree.x);
  append_bytes(bytes, tree.y);
  append_bytes(bytes, tree.boxes);
  append_bytes(bytes, tree.ranges);
  append_bytes(bytes, std::span<const Box>(&tree.bounds, 1));
  append_bytes(bytes, tree.depth_begin);
  append_bytes(bytes, std::span<const int>(&tree.depth, 1));
  append_bytes(bytes, std::span<const std::int64_t>(&tree.num_leaves, 1));
  return bytes;
}

}  // namespace quadrille::test
