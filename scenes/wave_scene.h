// What the graph waves share: they work on a graph, run until nothing changes, count arcs as their
// work, and tell the frame what a step changed. PathWave is for those that go out from one node
// (bfs, sssp), ValueWave for those that give every node one number (pagerank, kcore, triangles),
// LabelWave where that names its class (components, labels); each is one kernel's columns, and a
// step of the scene is a step of the kernel.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <quadrille/scene.h>

#include "engine/time_stepper.h"

namespace quadrille {

class WaveScene : public Scene {
 public:
  std::int64_t default_steps() const override { return -1; }
  std::string_view work_unit() const override { return "edges"; }
  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override;
  Status verify(const Frame& last) const override;

 protected:
  virtual Status verify_finished(const Frame& last) const = 0;

  // The internal id of the source. The default one of an empty graph is kNoParent: there is no
  // wave, and that is no error.
  Result<NodeID> choose_source(const SceneContext& context) const;
  // As many internal ids as `samples` says; kInvalidArgument: a negative number.
  Result<std::vector<NodeID>> choose_sample(const SceneContext& context) const;

  // A column of one element a node, changed in place.
  ColumnSpec node_column(std::string name, ColumnType type) const;
  // An average over the steps done so far: `bytes` for all of them.
  std::int64_t bytes_a_step(std::int64_t bytes) const;

  GraphView graph_;
  std::int64_t steps_ = 0;
};

// Says which nodes a step changed: those named, or all of the given columns.
void mark_step(FrameWriter& frame, bool sparse, std::span<const NodeID> changed,
               std::initializer_list<ColumnID> columns);

// Reached nodes, the farthest one's distance, the sum of distances.
template <class T>
std::vector<SceneFact> distance_facts(std::span<const T> distance, const std::string& unit) {
  T farthest = 0;
  double reached = 0, sum = 0;  // sums stay exact: below 2^53 for any graph that fits a machine
  for (const T d : distance) {
    if (d < 0) continue;
    ++reached;
    sum += static_cast<double>(d);
    farthest = d > farthest ? d : farthest;
  }
  return {{"reached", reached, "nodes"},
          {"eccentricity", static_cast<double>(farthest), unit},
          {"sum", sum, unit}};
}

// How many labels there are, called `name`, and how many nodes have the most frequent one.
std::vector<SceneFact> class_facts(std::span<const NodeID> label, const std::string& name);

// `Derived` gives kPassName and columns(frame).
template <class Derived, class Kernel>
class KernelWave : public WaveScene {
 public:
  std::vector<Pass> passes() override {
    return {{Derived::kPassName, [this](FrameWriter& frame) {
               kernel_->step(Derived::columns(frame));
               mark(frame);
               ++steps_;
               return Status::ok();
             }}};
  }
  bool finished() const override { return kernel_->finished(); }
  std::int64_t work() const override { return kernel_->edges_examined(); }

 protected:
  std::optional<Kernel> kernel_;  // from prepare() on

 private:
  void mark(FrameWriter& frame) {
    if constexpr (requires { kernel_->sparse(); }) {
      mark_step(frame, kernel_->sparse(), kernel_->changed(), Derived::kColumns);
    } else {
      mark_step(frame, false, {}, Derived::kColumns);
    }
  }
};

// Distances and parents from one node on. `Distance` is the element of the first, `Search` what
// runs to the end by itself: create_kernel(context) and create_search(context) make them.
template <class Derived, class Kernel, class Search, class Columns, class Distance>
class PathWave : public KernelWave<Derived, Kernel> {
 public:
  Status prepare(const SceneContext& context) override {
    this->graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(source_, this->choose_source(context));
    auto* const derived = static_cast<Derived*>(this);
    if (context.options.whole_run) {
      QUADRILLE_ASSIGN_OR_RETURN(search_, derived->create_search(context));
    } else {
      QUADRILLE_ASSIGN_OR_RETURN(this->kernel_, derived->create_kernel(context));
    }
    return Status::ok();
  }
  std::vector<Pass> passes() override {
    if (!search_) return KernelWave<Derived, Kernel>::passes();
    return {{"search", [this](FrameWriter& frame) {
               const bool is_over = finished();  // then nothing changes any more
               if (!is_over) search_->run(source_, columns(frame));
               mark_step(frame, is_over, {}, kColumns);
               ++this->steps_;
               return Status::ok();
             }}};
  }
  bool finished() const override {
    if (!search_) return KernelWave<Derived, Kernel>::finished();
    return source_ == kNoParent || this->steps_ > 0;
  }
  std::int64_t work() const override {
    return search_ ? search_->edges_examined() : KernelWave<Derived, Kernel>::work();
  }
  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(this->node_column("active", ColumnType::kBit));
    schema.add(this->node_column("distance",
                                 sizeof(Distance) == 8 ? ColumnType::kInt64 : ColumnType::kInt32));
    schema.add(this->node_column("parent", ColumnType::kInt32));
    return schema;
  }
  Status initialize(FrameWriter& frame) override {
    if (source_ == kNoParent) return Status::ok();
    search_ ? start(columns(frame)) : this->kernel_->start(source_, columns(frame));
    return Status::ok();
  }

 protected:
  friend KernelWave<Derived, Kernel>;
  enum : ColumnID { kActive, kDistance, kParent };
  static constexpr std::initializer_list<ColumnID> kColumns = {kActive, kDistance, kParent};

  static Columns columns(FrameWriter& frame) {
    return {.distance = frame.column<Distance>(kDistance),
            .parent = frame.column<NodeID>(kParent),
            .active = frame.column<std::uint64_t>(kActive)};
  }

  NodeID source_ = 0;             // internal id
  std::optional<Search> search_;  // instead of kernel_: all steps in one

 private:
  void start(const Columns& columns) const {  // step 0, as the kernel writes it
    const auto source = static_cast<std::size_t>(source_);
    std::ranges::fill(columns.distance, Distance{-1});
    std::ranges::fill(columns.parent, kNoParent);
    columns.distance[source] = 0;
    columns.parent[source] = source_;
    columns.active[source / 64] = std::uint64_t{1} << (source % 64);
  }
};

// A value of every node, in the column `kValue`. `Derived` gives its name (kColumnName) and
// create_kernel(context).
template <class Derived, class Kernel, class Columns, class Value>
class ValueWave : public KernelWave<Derived, Kernel> {
 public:
  Status prepare(const SceneContext& context) override {
    this->graph_ = context.input.graph.view();
    QUADRILLE_ASSIGN_OR_RETURN(this->kernel_, static_cast<Derived*>(this)->create_kernel(context));
    return Status::ok();
  }
  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add(this->node_column("active", ColumnType::kBit));
    schema.add(this->node_column(Derived::kColumnName, kType));
    return schema;
  }
  Status initialize(FrameWriter& frame) override {
    this->kernel_->start(columns(frame));
    return Status::ok();
  }

 protected:
  friend KernelWave<Derived, Kernel>;
  enum : ColumnID { kActive, kValue };
  static constexpr std::initializer_list<ColumnID> kColumns = {kActive, kValue};
  static constexpr ColumnType kType = std::is_same_v<Value, float>          ? ColumnType::kFloat32
                                      : std::is_same_v<Value, std::int64_t> ? ColumnType::kInt64
                                                                            : ColumnType::kInt32;
  static_assert(kType != ColumnType::kInt32 || std::is_same_v<Value, std::int32_t>);

  static Columns columns(FrameWriter& frame) {
    return {frame.column<Value>(kValue), frame.column<std::uint64_t>(kActive)};
  }
};

// The label of every node.
template <class Derived, class Kernel, class Columns>
class LabelWave : public ValueWave<Derived, Kernel, Columns, NodeID> {
 public:
  static constexpr const char* kColumnName = "label";
  Result<Kernel> create_kernel(const SceneContext& context) const {
    return Kernel::create(this->graph_, context.parallel, context.kernels, context.scratch);
  }
};

}  // namespace quadrille
