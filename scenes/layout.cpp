// layout: a force-directed drawing of a graph as it unfolds, one move of every node a step. It
// begins with the graph's own coordinates, or else with PivotMDS; nodes that are not connected to
// the rest begin around it.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <quadrille/arena.h>
#include <quadrille/parallel.h>
#include <quadrille/quadtree_builder.h>

#include "engine/integers.h"
#include "engine/number_text.h"
#include "engine/random.h"
#include "engine/time_stepper.h"
#include "kernels/barnes_hut.h"
#include "kernels/pivot_mds.h"
#include "kernels/scratch.h"
#include "kernels/spring_weights.h"
#include "kernels/springs.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

// Not std::hypot, which differs between math libraries.
double length(double dx, double dy) { return std::sqrt(dx * dx + dy * dy); }

constexpr ColumnID kNodePosition = 0;
constexpr float kFirstStep = 0.5f;  // of the mean edge length
constexpr float kCooling = 0.9f;    // Hu's t
constexpr int kProgress = 5;        // steps of falling energy after which steps grow again
constexpr float kJitter = 0.2f;     // of the mean edge length: nodes on one spot would never part
constexpr int kStressSources = 4;

class LayoutScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override {
    graph_ = context.input.graph.view();
    parallel_ = &context.parallel;
    kernels_ = &context.kernels;
    budget_ = context.budget;
    seed_ = context.options.seed;
    QUADRILLE_RETURN_IF_ERROR(check_layout_options(context.options));
    if (!(context.options.theta < 0)) options_.theta = context.options.theta;
    const std::int64_t n = graph_.num_nodes();
    weights_ = read_spring_weights(graph_);
    QUADRILLE_RETURN_IF_ERROR(tree_.prepare(n, context.budget));
    QUADRILLE_ASSIGN_OR_RETURN(
        field_, BarnesHut::create(n, context.kernels, context.parallel, context.scratch));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"layout: field x"}, field_x_));
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(context.scratch, n, {"layout: field y"}, field_y_));
    return allocate_scratch(context.scratch, spring_chunks(n), {"layout: energies"}, chunk_energy_);
  }

  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add({.name = "position",
                .type = ColumnType::kFloat32,
                .mode = ColumnMode::kRewritten,
                .size = graph_.num_nodes(),
                .planes = 2});
    return schema;
  }

  Status initialize(FrameWriter& frame) override {
    const auto x = frame.column<float>(kNodePosition, 0), y = frame.column<float>(kNodePosition, 1);
    if (graph_.has_coordinates()) {
      std::ranges::copy(graph_.x(), x.begin());
      std::ranges::copy(graph_.y(), y.begin());
      leave_extremes(x, y);
      center(x, y);
      leave_extremes(x, y);
    } else {
      QUADRILLE_RETURN_IF_ERROR(first_drawing(x, y));
    }
    if (weights_.some_are_zero) QUADRILLE_RETURN_IF_ERROR(look_for_parts_without_springs());
    const auto scale = static_cast<float>(balanced_scale(graph_, weights_.scale, x, y));
    for (const auto plane : {x, y})
      std::ranges::transform(plane, plane.begin(), [=](float c) { return scale * c; });
    const auto length = static_cast<float>(edge_length(x, y));
    shake(x, y, kJitter * (length > 0 ? length : 1.0f));
    first_step_ = step_ = kFirstStep * (length > 0 ? length : 1.0f);
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"quadtree",
             [this](FrameWriter& frame) {
               const Frame& from = frame.previous();
               tree_.build(from.column<float>(kNodePosition, 0),
                           from.column<float>(kNodePosition, 1), *parallel_, *kernels_);
               return Status::ok();
             }},
            {"repulsion",
             [this](FrameWriter&) {
               field_->accelerate(tree_.view(), {}, options_, field_x_, field_y_);
               return Status::ok();
             }},
            {"springs", [this](FrameWriter& frame) { return move(frame); }}};
  }

  std::int64_t work() const override { return steps_ * (graph_.num_nodes() + graph_.num_edges()); }
  std::string_view work_unit() const override { return "nodes and edges"; }
  // Places read and written, the field; a target, a place and, if there are any, a weight an arc.
  std::int64_t step_bytes() const override {
    const auto word = static_cast<std::int64_t>(sizeof(float));
    return graph_.num_nodes() * 6 * word +
           graph_.num_arcs() * (graph_.directed() ? 2 : 1) * (graph_.weighted() ? 4 : 3) * word;
  }

  std::vector<SceneFact> facts(const Frame& last) const override {
    const auto x = last.column<float>(kNodePosition, 0), y = last.column<float>(kNodePosition, 1);
    return {{"mean edge length", edge_length(x, y), ""},
            {"step length", step_, ""},
            {"energy", energy_, ""},
            {"stress (4 sources)", sampled_stress(x, y), ""}};
  }

  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override {
    x = frame.column<float>(kNodePosition, 0);
    y = frame.column<float>(kNodePosition, 1);
    return true;
  }

  // Finite, and nodes that share an edge stand closer than nodes that need not.
  Status verify(const Frame& last) const override {
    const auto x = last.column<float>(kNodePosition, 0), y = last.column<float>(kNodePosition, 1);
    for (std::size_t v = 0; v < x.size(); ++v) {
      if (!std::isfinite(x[v]) || !std::isfinite(y[v]))
        return {StatusCode::kInvalidInput,
                "layout: node " + graph_.name_of(static_cast<NodeID>(v)) + " has lost its place"};
    }
    const double edge = edge_length(x, y), pair = mean_pair_distance(x, y);
    if (edge > 1.25 * pair)
      return {StatusCode::kInvalidInput, "layout: edges are " + std::to_string(edge) +
                                             " long on average, and any two nodes " +
                                             std::to_string(pair) + " apart"};
    return Status::ok();
  }

 private:
  Status first_drawing(std::span<float> x, std::span<float> y) {
    const std::int64_t n = graph_.num_nodes();
    QUADRILLE_ASSIGN_OR_RETURN(Arena arena, temporary_arena(kPivots + 2));
    std::span<std::uint8_t> reached;
    QUADRILLE_RETURN_IF_ERROR(allocate_scratch(arena, n, {"layout: reached"}, reached));
    QUADRILLE_ASSIGN_OR_RETURN(const PivotDrawing drawing, pivot_mds(graph_, arena, x, y, reached));
    if (drawing.num_reached < n) place_around(drawing.num_reached, reached, x, y);
    return Status::ok();
  }

  // Scatters what the first drawing has not reached over a square around it, as dense as the
  // drawing is.
  void place_around(std::int64_t num_reached, std::span<const std::uint8_t> reached,
                    std::span<float> x, std::span<float> y) {
    float extent = 0;
    for (std::size_t v = 0; v < x.size(); ++v) {
      if (reached[v] != 0) extent = std::max({extent, std::abs(x[v]), std::abs(y[v])});
    }
    const double share =
        static_cast<double>(x.size()) / static_cast<double>(std::max<std::int64_t>(num_reached, 1));
    const double side = std::max(1.0, 2.0 * extent) * std::sqrt(share);
    Random random(seed_, 1);
    for (std::size_t v = 0; v < x.size(); ++v) {
      const double a = random.next_unit() - 0.5, b = random.next_unit() - 0.5;
      if (reached[v] != 0) continue;
      x[v] = static_cast<float>(side * a);
      y[v] = static_cast<float>(side * b);
    }
    disconnected_ = true;
  }

  // Parts that only edges of weight 0 join are as good as unconnected.
  Status look_for_parts_without_springs() {
    QUADRILLE_ASSIGN_OR_RETURN(Arena arena, temporary_arena(1));
    std::span<NodeID> parent;
    QUADRILLE_RETURN_IF_ERROR(
        allocate_scratch(arena, graph_.num_nodes(), {"layout: parts"}, parent));
    disconnected_ |= !springs_connect(graph_, parent);
    return Status::ok();
  }

  // For the time of one call, with room for so many words and one byte a node.
  Result<Arena> temporary_arena(std::size_t words) const {
    ArenaOptions options;
    options.capacity_bytes =
        at(graph_.num_nodes()) * (words * sizeof(NodeID) + 1) + 32 * kCacheLineBytes;
    options.budget = budget_;
    options.name = {"layout: temporary"};
    return Arena::create(options);
  }

  double edge_length(std::span<const float> x, std::span<const float> y) const {
    return mean_edge_length(graph_, weights_.scale, x, y);
  }

  // Coordinates of any size are only where the drawing begins: cubes of very large or small ones,
  // which the forces ask for, would leave the range of a double. By a power of two, so their digits
  // stay.
  static void leave_extremes(std::span<float> x, std::span<float> y) {
    constexpr float kUsual = 0x1p40f;
    float largest = 0;
    for (const auto plane : {x, y}) {
      for (const float c : plane) largest = std::max(largest, std::abs(c));
    }
    if (largest == 0 || (largest <= kUsual && largest >= 1 / kUsual)) return;
    for (const auto plane : {x, y})
      std::ranges::transform(plane, plane.begin(),
                             [by = -std::ilogb(largest)](float c) { return std::scalbn(c, by); });
  }

  static void center(std::span<float> x, std::span<float> y) {
    for (const auto plane : {x, y}) {
      double sum = 0;
      for (const float c : plane) sum += c;
      const double mean = plane.empty() ? 0 : sum / static_cast<double>(plane.size());
      std::ranges::transform(plane, plane.begin(),
                             [=](float c) { return static_cast<float>(c - mean); });
    }
  }

  // Parts without an edge between them would push each other away for ever: gravity holds them at
  // about the extent that the drawing begins with.
  void shake(std::span<float> x, std::span<float> y, float by) {
    Random random(seed_, 2);
    double squares = 0;
    for (std::size_t v = 0; v < x.size(); ++v) {
      x[v] += by * static_cast<float>(random.next_unit() - 0.5);
      y[v] += by * static_cast<float>(random.next_unit() - 0.5);
      squares += double{x[v]} * x[v] + double{y[v]} * y[v];
    }
    const auto n = static_cast<double>(x.size());
    if (disconnected_ && squares > 0)
      gravity_ = static_cast<float>(kRepulsion * n * n / (2 * squares));
  }

  Status move(FrameWriter& frame) {
    const Frame& from = frame.previous();
    const double energy = move_along_forces({.graph = graph_,
                                             .weight_scale = weights_.scale,
                                             .x = from.column<float>(kNodePosition, 0),
                                             .y = from.column<float>(kNodePosition, 1),
                                             .field_x = field_x_,
                                             .field_y = field_y_,
                                             .step = step_,
                                             .gravity = gravity_,
                                             .next_x = frame.column<float>(kNodePosition, 0),
                                             .next_y = frame.column<float>(kNodePosition, 1),
                                             .chunk_energy = chunk_energy_},
                                            *parallel_);
    adapt_step(energy);
    ++steps_;
    return Status::ok();
  }

  // Shorter when the energy rose, longer after it fell kProgress times in a row.
  void adapt_step(double energy) {
    if (steps_ > 0 && energy < energy_) {
      if (++progress_ >= kProgress) {
        progress_ = 0;
        step_ = std::min(first_step_, step_ / kCooling);
      }
    } else if (steps_ > 0) {
      progress_ = 0;
      step_ *= kCooling;
    }
    energy_ = energy;
  }

  double mean_pair_distance(std::span<const float> x, std::span<const float> y) const {
    constexpr int kPairs = 4096;
    if (x.empty()) return 0;
    Random random(seed_, 3);
    double sum = 0;
    for (int i = 0; i < kPairs; ++i) {
      const std::size_t u = at(random.next_below(static_cast<std::uint32_t>(x.size())));
      const std::size_t v = at(random.next_below(static_cast<std::uint32_t>(x.size())));
      sum += length(double{x[u]} - x[v], double{y[u]} - y[v]);
    }
    return sum / kPairs;
  }

  // Normalised stress with the scale fitted: 1 - (sum e/d)^2 / (pairs * sum (e/d)^2), d in hops, e
  // as drawn.
  double sampled_stress(std::span<const float> x, std::span<const float> y) const {
    std::vector<Distance> distance(x.size());
    std::vector<NodeID> queue(x.size());
    double pairs = 0, sum = 0, squares = 0;
    for (int s = 0; s < kStressSources && !x.empty(); ++s) {
      const auto source =
          static_cast<NodeID>(mix_bits(seed_ + static_cast<std::uint64_t>(s)) % x.size());
      const std::int64_t reached = hop_distances(graph_, source, distance, queue);
      for (std::int64_t i = 1; i < reached; ++i) {
        const std::size_t v = at(queue[at(i)]);
        const double ratio =
            length(double{x[v]} - x[at(source)], double{y[v]} - y[at(source)]) / distance[v];
        ++pairs;
        sum += ratio;
        squares += ratio * ratio;
      }
    }
    return squares > 0 ? 1 - sum * sum / (pairs * squares) : 0;
  }

  GraphView graph_;
  SpringWeights weights_;
  Parallel* parallel_ = nullptr;
  const KernelTable* kernels_ = nullptr;
  MemoryBudget* budget_ = nullptr;
  std::uint64_t seed_ = 1;
  QuadtreeBuilder tree_;
  std::optional<BarnesHut> field_;
  BarnesHutOptions options_;
  std::span<float> field_x_, field_y_;
  std::span<double> chunk_energy_;
  bool disconnected_ = false;
  float step_ = 0, first_step_ = 0, gravity_ = 0;
  double energy_ = 0;
  int progress_ = 0;
  std::int64_t steps_ = 0;
};

}  // namespace

Status check_layout_options(const SceneOptions& options) {
  const float theta = options.theta;
  if (theta < 0 || (theta > 0 && theta <= 1.2f)) return Status::ok();
  return {StatusCode::kInvalidArgument,
          "theta is " + number_text(theta) + "; for a layout it may be above 0 and up to 1.2"};
}

std::unique_ptr<Scene> create_layout_scene() { return std::make_unique<LayoutScene>(); }

}  // namespace quadrille
