// QuadtreeBuilder::update: whether the tree that stands is brought up to date, or built anew.
#include <algorithm>
#include <utility>

#include <quadrille/parallel.h>

#include "kernels/quadtree_state.h"

namespace quadrille {

// When bodies are more than a sixteenth of its side outside of the square, or fill less than half
// of it, its keys tell them apart less well than those of a new one.
bool QuadtreeBuilder::State::is_outgrown() const {
  const auto width = [](const Box& box) { return box.max_x - box.min_x; };
  const auto height = [](const Box& box) { return box.max_y - box.min_y; };
  const Box& bounds = view.bounds;
  const float side = std::max(width(square_box), height(square_box));
  const float margin = side / 16;
  const bool inside = bounds.min_x >= square_box.min_x - margin &&
                      bounds.min_y >= square_box.min_y - margin &&
                      bounds.max_x <= square_box.min_x + side + margin &&
                      bounds.max_y <= square_box.min_y + side + margin;
  return !inside || !(std::max(width(bounds), height(bounds)) >= side / 2);
}

bool QuadtreeBuilder::State::change(std::span<const float> to_x, std::span<const float> to_y,
                                    std::span<const BodyID> removed, Parallel& parallel) {
  const RemovedBodies rank(gone, gone_before, removed);
  const UpdateBodies bodies{to_x,
                            to_y,
                            rank,
                            static_cast<std::int32_t>(view.order.size()),
                            static_cast<std::int32_t>(removed.size()),
                            square};
  UpdateRoom room{.records = records,
                  .old_columns = {x, y, order},
                  .old = kept_cells.first(static_cast<std::size_t>(num_kept_cells)),
                  .old_boxes = leaf_boxes,
                  .sizes = cell_sizes,
                  .totals = cell_totals,
                  .cells = cells,
                  .sources = sources,
                  .columns = {},
                  .num_unsettled = num_unsettled,
                  .are_runs_left = ids_ascend};
  if (!is_worth_updating(bodies, room)) return false;
  const bool are_few = find_movers(bodies, room, parallel);
  last_update.num_moved = room.num_movers;
  if (!are_few) return false;
  if (room.num_movers == 0 && num_unsettled == 0) {
    last_update.kind = QuadtreeUpdate::kRefitted;
    fit_leaves(leaves(true), to_x.data(), to_y.data(), parallel);
    return true;
  }
  std::swap(image, other_image);
  lay_out(to_x.size());
  room.columns = {x.data(), y.data(), order.data(), leaf_boxes.data()};
  if (!merge_movers(bodies, room, parallel)) return false;
  last_update.kind = QuadtreeUpdate::kMerged;
  ++view.version;
  const CellRun all{
      .cell = {}, .begin = 0, .count = room.num_cells, .is_inner = false, .in_spare = false};
  number({{&all, 1}, cells, leaf_boxes.data()}, cells);
  std::swap(cells, kept_cells);
  return true;
}

const QuadtreeView& QuadtreeBuilder::update(std::span<const float> x, std::span<const float> y,
                                            std::span<const BodyID> removed, Parallel& parallel,
                                            const KernelTable& kernels) {
  State& s = *state_;
  QUADRILLE_ASSERT(x.size() == y.size() && x.size() <= s.records.size());
  QUADRILLE_ASSERT(!s.kept_cells.empty() && removed.size() <= s.view.order.size() &&
                   x.size() + removed.size() >= s.view.order.size());
  s.last_update = {QuadtreeUpdate::kBuilt, -1};
  if (s.num_kept_cells > 0 && !x.empty() && !s.is_outgrown() && s.change(x, y, removed, parallel)) {
    s.fit(parallel);
    return s.view;
  }
  return build(x, y, parallel, kernels);
}

}  // namespace quadrille
