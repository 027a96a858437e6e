#include <cstring>
#include <iterator>

#include <quadrille/parallel.h>
#include <quadrille/quadtree_builder.h>

#include "engine/quadtree_image.h"
#include "kernels/kernel_table.h"
#include "kernels/morton.h"
#include "kernels/quadtree_boxes.h"
#include "kernels/quadtree_leaves.h"
#include "kernels/quadtree_number.h"
#include "kernels/quadtree_split.h"
#include "kernels/quadtree_state.h"

namespace quadrille {
void QuadtreeBuilder::State::part(std::span<const float> from_x, std::span<const float> from_y,
                                  Parallel& parallel, const KernelTable& kernels) {
  // Keys stand where the order will: they are read before it is written. Signed and unsigned may
  // share memory.
  const std::span<std::uint32_t> keys(reinterpret_cast<std::uint32_t*>(order.data()),
                                      from_x.size());
  SplitRoom room{.records = records,
                 .spare = spare(),
                 .counters = radix[0],
                 .runs = runs,
                 .cells = cells,
                 .columns = {x.data(), y.data(), order.data(), leaf_boxes.data()}};
  split_points({from_x, from_y, keys, square}, room, parallel, kernels);
  number({runs.first(room.num_runs), cells, leaf_boxes.data()}, kept_cells);
}

void QuadtreeBuilder::State::number(const MadeCells& made, std::span<TreeCell> kept) {
  QuadtreeTopology tree{quadrants, ranges, boxes, depth_begin, leaf_numbers, kept};
  number_cells(made, tree);
  num_kept_cells = tree.num_cells;
  num_unsettled = tree.num_unsettled;
  ids_ascend = tree.ids_ascend;
  look_at(tree);
}

void QuadtreeBuilder::State::look_at(const QuadtreeTopology& tree) {
  const auto num_quadrants = static_cast<std::size_t>(tree.num_quadrants);
  view.quadrants = quadrants.first(num_quadrants);
  view.order = order;
  view.x = x;
  view.y = y;
  view.boxes = boxes.first(num_quadrants);
  view.ranges = ranges.first(num_quadrants);
  view.depth = tree.depth;
  view.depth_begin = std::span(depth_begin).first(static_cast<std::size_t>(tree.depth) + 2);
  view.num_leaves = tree.num_leaves;
}

void QuadtreeBuilder::State::fit(Parallel& parallel) {
  view.bounds =
      fit_boxes({quadrants.first(view.quadrants.size()), view.depth_begin, boxes}, parallel);
  write_header();
}

void QuadtreeBuilder::State::write_header() {
  HeaderSlab header = plan_quadtree_image({std::ssize(view.order), std::ssize(view.quadrants)});
  describe_tree(view, header);
  std::memcpy(image.data(), &header, sizeof(header));
  clear_padding(image.data(), header);
}

QuadtreeBuilder::QuadtreeBuilder() : state_(std::make_unique<State>()) {}
QuadtreeBuilder::QuadtreeBuilder(QuadtreeBuilder&&) noexcept = default;
QuadtreeBuilder& QuadtreeBuilder::operator=(QuadtreeBuilder&&) noexcept = default;
QuadtreeBuilder::~QuadtreeBuilder() = default;

const QuadtreeView& QuadtreeBuilder::build(std::span<const float> x, std::span<const float> y,
                                           Parallel& parallel, const KernelTable& kernels) {
  Box bounds{};
  bounds_of(x, y, parallel, kernels, bounds);
  return build_in(bounds, x, y, parallel, kernels);
}

const QuadtreeView& QuadtreeBuilder::build_in(const Box& square, std::span<const float> x,
                                              std::span<const float> y, Parallel& parallel,
                                              const KernelTable& kernels) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == y.size() && x.size() <= s.records.size());
  const std::size_t count = x.size();
  const std::uint64_t version = s.view.version + 1;
  s.view = {};
  s.view.version = version;
  s.num_kept_cells = 0;
  if (count == 0) {
    if (!s.image.empty()) s.write_header();  // empty: not prepared, for no body
    return s.view;
  }
  s.square_box = square;
  s.square = morton_square(square);
  s.lay_out(count);
  s.part(x, y, parallel, kernels);
  s.fit(parallel);
  return s.view;
}

const QuadtreeView& QuadtreeBuilder::refit(std::span<const float> x, std::span<const float> y,
                                           Parallel& parallel) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == s.view.order.size() && y.size() == x.size());
  if (x.empty()) return s.view;
  fit_leaves(s.leaves(false), x.data(), y.data(), parallel);
  s.fit(parallel);
  return s.view;
}

QuadtreeUpdate QuadtreeBuilder::last_update() const { return state_->last_update; }
const Box& QuadtreeBuilder::square() const { return state_->square_box; }
const QuadtreeView& QuadtreeBuilder::view() const { return state_->view; }

std::span<const std::byte> QuadtreeBuilder::image() const {
  const State& s = *state_;
  if (s.image.empty() || s.view.version == 0) return {};
  return s.image.first(static_cast<std::size_t>(header_of(s.image.data()).image_bytes));
}

}  // namespace quadrille
