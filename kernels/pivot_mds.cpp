#include "kernels/pivot_mds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/integers.h"
#include "kernels/both_directions.h"
#include "kernels/scratch.h"

namespace quadrille {
namespace {

constexpr int kIterations = 200;
using Row = std::array<double, kPivots>;
using Matrix = std::array<Row, kPivots>;

NodeID node_of_most_edges(const GraphView& graph) {
  NodeID best = 0;
  std::int64_t most = -1;
  for (NodeID v = 0; v < graph.num_nodes(); ++v) {
    const std::int64_t degree = degree_both_ways(graph, v);
    if (degree > most) most = degree, best = v;
  }
  return best;
}

struct PivotTable {
  std::array<std::span<Distance>, kPivots> distance;
  std::span<Distance> nearest;  // to any pivot so far
  std::span<NodeID> queue;
  Row column_mean{};  // of squared distances, over the nodes that are reached
  double mean = 0;
};

Status allocate(const GraphView& graph, Arena& scratch, PivotTable& table) {
  const std::int64_t n = graph.num_nodes();
  for (auto& column : table.distance)
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, n, {"pivot distances"}, column));
  QUADRILLE_RETURN_IF_ERROR(allocate_scratch(scratch, n, {"pivot nearest"}, table.nearest));
  return allocate_scratch(scratch, n, {"pivot queue"}, table.queue);
}

// Each pivot is the node farthest from those before it, the lowest id first; the first is at an end
// of the graph.
std::int64_t find_distances(const GraphView& graph, PivotTable& table) {
  std::int64_t reached =
      hop_distances(graph, node_of_most_edges(graph), table.nearest, table.queue);
  NodeID pivot = table.queue[at(reached - 1)];
  for (auto& column : table.distance) {
    reached = hop_distances(graph, pivot, column, table.queue);
    const bool first = &column == table.distance.data();
    for (const NodeID v : table.queue.first(at(reached)))
      table.nearest[at(v)] = first ? column[at(v)] : std::min(table.nearest[at(v)], column[at(v)]);
    pivot = *std::ranges::min_element(table.queue.first(at(reached)), [&](NodeID u, NodeID v) {
      const Distance du = table.nearest[at(u)], dv = table.nearest[at(v)];
      return du != dv ? du > dv : u < v;
    });
  }
  return reached;
}

double squared(Distance d) { return static_cast<double>(d) * static_cast<double>(d); }

void find_means(std::span<const NodeID> nodes, PivotTable& table) {
  table.mean = 0;
  for (std::size_t k = 0; k < kPivots; ++k) {
    double sum = 0;  // exact: integers below 2^53
    for (const NodeID v : nodes) sum += squared(table.distance[k][at(v)]);
    table.column_mean[k] = sum / static_cast<double>(nodes.size());
    table.mean += table.column_mean[k] / kPivots;
  }
}

// The node's row of the double-centred matrix of squared distances.
Row centred_row(const PivotTable& table, NodeID v) {
  Row row;
  double mean = 0;
  for (std::size_t k = 0; k < kPivots; ++k) {
    row[k] = squared(table.distance[k][at(v)]);
    mean += row[k] / kPivots;
  }
  for (std::size_t k = 0; k < kPivots; ++k)
    row[k] = -0.5 * (row[k] - mean - table.column_mean[k] + table.mean);
  return row;
}

Matrix product_with_itself(std::span<const NodeID> nodes, const PivotTable& table) {
  Matrix product{};
  for (const NodeID v : nodes) {
    const Row row = centred_row(table, v);
    for (std::size_t i = 0; i < kPivots; ++i) {
      for (std::size_t j = 0; j < kPivots; ++j) product[i][j] += row[i] * row[j];
    }
  }
  return product;
}

double dot(const Row& a, const Row& b) {
  double sum = 0;
  for (std::size_t i = 0; i < kPivots; ++i) sum += a[i] * b[i];
  return sum;
}

// Power iteration, kept at right angles to `other`.
Row eigenvector(const Matrix& matrix, const Row& other) {
  Row v;
  for (std::size_t i = 0; i < kPivots; ++i) v[i] = 1.0 / static_cast<double>(i + 1);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    Row next;
    for (std::size_t i = 0; i < kPivots; ++i) next[i] = dot(matrix[i], v);
    const double along = dot(next, other);
    for (std::size_t i = 0; i < kPivots; ++i) next[i] -= along * other[i];
    const double length = std::sqrt(dot(next, next));
    if (!(length > 0)) return Row{};  // the drawing has no second dimension
    for (std::size_t i = 0; i < kPivots; ++i) v[i] = next[i] / length;
  }
  return v;
}

}  // namespace

std::int64_t hop_distances(const GraphView& graph, NodeID source, std::span<Distance> distance,
                           std::span<NodeID> queue) {
  std::ranges::fill(distance, kDistInf);
  std::int64_t head = 0, tail = 0;
  const auto reach = [&](std::span<const NodeID> neighbors, Distance hops) {
    for (const NodeID v : neighbors) {
      if (distance[at(v)] != kDistInf) continue;
      distance[at(v)] = hops;
      queue[at(tail++)] = v;
    }
  };
  distance[at(source)] = 0;
  queue[at(tail++)] = source;
  while (head < tail) {
    const NodeID u = queue[at(head++)];
    reach(graph.out_neigh(u), distance[at(u)] + 1);
    if (graph.directed()) reach(graph.in_neigh(u), distance[at(u)] + 1);
  }
  return tail;
}

Result<PivotDrawing> pivot_mds(const GraphView& graph, Arena& scratch, std::span<float> x,
                               std::span<float> y, std::span<std::uint8_t> reached) {
  std::ranges::fill(reached, std::uint8_t{0});
  if (graph.num_nodes() == 0) return PivotDrawing{};
  PivotTable table;
  QUADRILLE_RETURN_IF_ERROR(allocate(graph, scratch, table));
  const std::int64_t count = find_distances(graph, table);
  const auto nodes = table.queue.first(at(count));
  find_means(nodes, table);
  const Matrix matrix = product_with_itself(nodes, table);
  const Row first = eigenvector(matrix, Row{});
  const Row second = eigenvector(matrix, first);
  for (const NodeID v : nodes) {
    const Row row = centred_row(table, v);
    x[at(v)] = static_cast<float>(dot(row, first));
    y[at(v)] = static_cast<float>(dot(row, second));
    reached[at(v)] = 1;
  }
  return PivotDrawing{count};
}

}  // namespace quadrille
