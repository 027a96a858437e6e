// What a PointIndex holds: for the sources of its members alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>

#include <quadrille/arena.h>
#include <quadrille/point_index.h>

#include "kernels/kernel_table.h"
#include "kernels/query_order.h"

namespace quadrille {

template <class Hit>
class HitStage;
using WindowStage = HitStage<BodyID>;

inline constexpr std::int64_t kQueryGrain = 256;  // queries

inline Status invalid_query(std::string problem) {
  return {StatusCode::kInvalidArgument, std::move(problem)};
}

// Of a batch of windows; what is not asked for is null or empty.
struct WindowOut {
  std::span<std::int64_t> counts;
  const std::int64_t* begin = nullptr;
  std::span<BodyID> hits;
  bool as_places = false;
  WindowStage* stage = nullptr;
  std::size_t first = 0;  // the batch's first query's number in the stage
};

struct PointIndex::State {
  std::optional<Arena> arena, plan_arena;
  std::span<std::uint8_t> slots;  // of quadrants in nodes, until the tree is finished
  std::int64_t size = 0;
  std::span<float> x, y;
  std::span<double> exact_x, exact_y;
  std::span<BodyID> order;
  std::span<QueryNode> nodes;
  double slack = 0;
  MortonSquare square{};
  MemoryBudget* budget = nullptr;
  const KernelTable* kernels = nullptr;

  // The tree's floats hold the coordinates (`exact`), or are the nearest to coordinates of at most
  // that size, for which there is room then, and which are filled in before the tree is finished.
  Status take(const QuadtreeView& tree, bool exact, double largest, Parallel& parallel);
  Status allocate(const QuadtreeView& tree, bool exact);
  void finish(const QuadtreeView& tree);
  void order_spots(const QuadtreeView& tree);
  PointColumnsView columns() const {
    const bool exact = exact_x.empty();
    return {nodes.data(),
            x.data(),
            y.data(),
            exact ? nullptr : exact_x.data(),
            exact ? nullptr : exact_y.data(),
            order.data(),
            size,
            slack};
  }

  auto body_of(const Window& window) const {
    return window.shape == WindowShape::kBox ? kernels->query.boxes : kernels->query.discs;
  }
  // Windows of a batch, of which nothing is checked.
  Status run_windows(const QueryPoints& queries, const Window& window, const WindowOut& out,
                     Parallel& parallel) const;
  Status list_again(const QueryPoints& queries, const Window& window, bool as_places,
                    WindowStage& stage, WindowHits& hits, Parallel& parallel) const;
  void sort_hits(double qx, double qy, std::span<BodyID> hits) const;
};

}  // namespace quadrille
