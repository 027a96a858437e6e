// churn: a graph that changes, a batch of updates a step, with components and a breadth-first
// search repaired after each. A frame holds the version of the graph that it was computed on.
#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <quadrille/arena.h>

#include "engine/integers.h"
#include "engine/time_stepper.h"
#include "engine/topology.h"
#include "kernels/bfs_repair.h"
#include "kernels/components.h"
#include "kernels/components_repair.h"
#include "kernels/node_sets.h"
#include "kernels/scratch.h"
#include "kernels/verify.h"
#include "scenes/input/updates.h"
#include "scenes/scenes.h"
#include "scenes/update_stream.h"
#include "scenes/wave_scene.h"

namespace quadrille {
namespace {

constexpr std::int64_t kDefaultBatch = 1000;
constexpr std::size_t kRerunBytes = std::size_t{64} << 20;

constexpr std::int64_t kMostVersions = sizeof(void*) == 8 ? 64 : 4;  // address space of blocks

class ChurnScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override;
  FrameSchema schema() const override;
  Status initialize(FrameWriter& frame) override;
  std::vector<Pass> passes() override;
  bool finished() const override { return stream_.finished(); }
  std::int64_t default_steps() const override { return stream_.is_file() ? -1 : 100; }
  std::int64_t work() const override { return updates_; }
  std::string_view work_unit() const override { return "updates"; }
  // Of each update two records are read and written, and a target in the lists of both ends.
  std::int64_t step_bytes() const override {
    constexpr std::int64_t kUpdateBytes = 4 * sizeof(NodeRecord) + 4 * sizeof(NodeID);
    return steps_ == 0 ? 0 : updates_ * kUpdateBytes / steps_;
  }
  std::vector<SceneFact> facts(const Frame& last) const override;
  bool positions(const Frame& frame, std::span<const float>& x,
                 std::span<const float>& y) const override;
  Status verify(const Frame& last) const override;

 private:
  enum : ColumnID { kActive, kDistance, kParent, kLabel };
  struct Scratch {
    Arena components, bfs;  // of runs from scratch
  };

  Status open_updates(const SceneContext& context);
  Status open_topology(const SceneContext& context);
  Status update(FrameWriter& frame);
  Status repair(FrameWriter& frame);
  void mark(FrameWriter& frame);
  Status verify_against_scratch(const Frame& last) const;
  GraphView graph() const { return store_->current().view(); }
  static BfsColumns paths(FrameWriter& frame) {
    return {.distance = frame.column<Distance>(kDistance),
            .parent = frame.column<NodeID>(kParent),
            .active = {}};
  }

  Parallel* parallel_ = nullptr;
  const KernelTable* kernels_ = nullptr;
  NodeID source_ = kNoParent;  // internal id; kNoParent: there are no nodes at the start
  NodeID most_nodes_ = 0;
  UpdateStream stream_;
  std::unique_ptr<TopologyStore> store_;
  std::unique_ptr<Scratch> scratch_;
  std::optional<ComponentsRepair> components_;
  std::optional<BfsRepair> bfs_;
  std::span<const EdgeEdit> batch_;  // of the step
  std::span<NodeID> active_;         // nodes that the step changed
  std::size_t num_active_ = 0;
  bool was_sparse_ = true;
  EditReport done_;
  std::int64_t updates_ = 0, steps_ = 0, added_nodes_ = 0;
};

Status ChurnScene::prepare(const SceneContext& context) {
  parallel_ = &context.parallel;
  kernels_ = &context.kernels;
  const GraphView& input = context.input.graph.view();
  if (input.num_nodes() > 0 || context.options.source != 0) {
    QUADRILLE_ASSIGN_OR_RETURN(source_, find_source(input, context.options.source));
  }
  QUADRILLE_RETURN_IF_ERROR(open_updates(context));
  most_nodes_ = stream_.nodes_at_end(input);
  QUADRILLE_RETURN_IF_ERROR(open_topology(context));
  // Less than 64 bytes a node and some for each worker; address space.
  const std::size_t rerun_bytes = kRerunBytes + std::size_t{64} * at(most_nodes_);
  const auto make_arena = [&](Label label) {
    return Arena::create(
        {.capacity_bytes = rerun_bytes, .name = label, .budget = context.budget, .hook = {}});
  };
  QUADRILLE_ASSIGN_OR_RETURN(Arena components, make_arena({"components anew"}));
  QUADRILLE_ASSIGN_OR_RETURN(Arena bfs, make_arena({"search anew"}));
  scratch_ = std::make_unique<Scratch>(Scratch{std::move(components), std::move(bfs)});
  QUADRILLE_ASSIGN_OR_RETURN(
      components_, ComponentsRepair::create(most_nodes_, *parallel_, *kernels_, context.scratch,
                                            scratch_->components));
  QUADRILLE_ASSIGN_OR_RETURN(
      bfs_, BfsRepair::create(most_nodes_, *parallel_, *kernels_, context.scratch, scratch_->bfs));
  return allocate_scratch(context.scratch, most_nodes_, {"changed nodes"}, active_);
}

Status ChurnScene::open_updates(const SceneContext& context) {
  const std::int64_t batch = context.options.batch > 0 ? context.options.batch : kDefaultBatch;
  const GraphView& input = context.input.graph.view();
  if (context.options.updates.empty()) {
    stream_ = UpdateStream(batch, context.options.seed);
  } else {
    QUADRILLE_ASSIGN_OR_RETURN(std::vector<EdgeEdit> updates,
                               read_updates(context.options.updates, input, context.budget));
    stream_ = UpdateStream(batch, std::move(updates));
  }
  return context.budget == nullptr ? Status::ok()
                                   : context.budget->charge(stream_.bytes(), {"updates"});
}

Status ChurnScene::open_topology(const SceneContext& context) {
  TopologyOptions options;
  options.budget = context.budget;
  options.most_nodes = std::max<std::int64_t>(most_nodes_, 1);
  options.most_versions = kMostVersions;
  options.usual_edits = static_cast<std::int64_t>(stream_.most_at_once());
  QUADRILLE_ASSIGN_OR_RETURN(
      store_, TopologyStore::create(context.input.graph.view(), context.parallel, options));
  return Status::ok();
}

FrameSchema ChurnScene::schema() const {
  FrameSchema schema;
  const auto add = [&](const char* name, ColumnType type) {
    schema.add({.name = name, .type = type, .mode = ColumnMode::kUpdated, .size = most_nodes_});
  };
  add("active", ColumnType::kBit);
  add("distance", ColumnType::kInt32);
  add("parent", ColumnType::kInt32);
  add("label", ColumnType::kInt32);
  return schema;
}

Status ChurnScene::initialize(FrameWriter& frame) {
  frame.set_topology(store_->current());
  QUADRILLE_RETURN_IF_ERROR(components_->start(graph(), frame.column<NodeID>(kLabel)));
  if (source_ != kNoParent) return bfs_->start(graph(), source_, paths(frame));
  std::ranges::fill(paths(frame).distance, kDistInf);
  std::ranges::fill(paths(frame).parent, kNoParent);
  return Status::ok();
}

std::vector<Pass> ChurnScene::passes() {
  return {{"update", [this](FrameWriter& frame) { return update(frame); }},
          {"repair", [this](FrameWriter& frame) { return repair(frame); }}};
}

Status ChurnScene::update(FrameWriter& frame) {
  batch_ = stream_.next(graph());
  NodeID nodes = graph().num_nodes();
  for (const EdgeEdit& edit : batch_) nodes = std::max({nodes, edit.u + 1, edit.v + 1});
  const NodeID added = nodes - graph().num_nodes();
  if (added > 0) QUADRILLE_RETURN_IF_ERROR(store_->add_nodes(added));
  EditReport report;
  QUADRILLE_RETURN_IF_ERROR(store_->edit(batch_, &report));
  added_nodes_ += added;
  done_.inserted += report.inserted;
  done_.deleted += report.deleted;
  done_.reweighted += report.reweighted;
  done_.ignored += report.ignored;
  done_.rewritten_extents += report.rewritten_extents;
  done_.splits += report.splits;
  updates_ += std::ssize(batch_);
  ++steps_;
  frame.set_topology(store_->current());
  return Status::ok();
}

Status ChurnScene::repair(FrameWriter& frame) {
  QUADRILLE_RETURN_IF_ERROR(components_->repair(graph(), batch_, frame.column<NodeID>(kLabel)));
  if (source_ != kNoParent) {
    QUADRILLE_RETURN_IF_ERROR(bfs_->repair(graph(), batch_, paths(frame)));
  }
  mark(frame);
  return Status::ok();
}

// `active` is what the step changed.
void ChurnScene::mark(FrameWriter& frame) {
  const auto active = frame.column<std::uint64_t>(kActive);
  if (was_sparse_) {
    clear_words_of(active_.first(num_active_), active, *parallel_);
  } else {
    std::ranges::fill(active, 0);
    frame.mark_all(kActive);
  }
  num_active_ = 0;
  for (const std::span<const NodeID> changed : {components_->changed(), bfs_->changed()}) {
    for (const NodeID v : changed) {
      std::uint64_t& word = active[at(v >> 6)];
      if ((word & bit_of(v)) == 0) active_[num_active_++] = v;
      word |= bit_of(v);
    }
  }
  const auto changed = active_.first(num_active_);
  was_sparse_ = is_sparse(std::ssize(changed), most_nodes_);
  mark_step(frame, was_sparse_, changed, {kActive, kDistance, kParent, kLabel});
}

std::vector<SceneFact> ChurnScene::facts(const Frame& last) const {
  const auto count = [](std::int64_t n) { return static_cast<double>(n); };
  std::vector<SceneFact> facts = {
      {"inserted", count(done_.inserted), "edges"},
      {"deleted", count(done_.deleted), "edges"},
      {"reweighted", count(done_.reweighted), "edges"},
      {"ignored", count(done_.ignored), "updates"},
      {"added", count(added_nodes_), "nodes"},
      {"now", count(graph().num_edges()), "edges"},
      {"rewritten", count(done_.rewritten_extents), "runs of lists"},
      {"splits", count(done_.splits), ""},
      {"topology", count(static_cast<std::int64_t>(store_->committed_bytes())) / 1e6, "MB"},
      {"computed anew", count(components_->reruns() + bfs_->reruns()), ""}};
  const auto label = last.column<NodeID>(kLabel).first(at(graph().num_nodes()));
  std::ranges::move(class_facts(label, "components"), std::back_inserter(facts));
  std::ranges::move(distance_facts(last.column<Distance>(kDistance), "hops"),
                    std::back_inserter(facts));
  return facts;
}

bool ChurnScene::positions(const Frame&, std::span<const float>& x,
                           std::span<const float>& y) const {
  const GraphView current = graph();  // what it points to stays while the store does
  if (!current.has_coordinates() || current.num_nodes() != most_nodes_) return false;
  x = current.x();
  y = current.y();
  return true;
}

// Both by what must hold on the graph as it is now, and against runs from scratch on it.
Status ChurnScene::verify(const Frame& last) const {
  const auto nodes = at(graph().num_nodes());
  QUADRILLE_RETURN_IF_ERROR(verify_components(graph(), last.column<NodeID>(kLabel).first(nodes)));
  if (source_ != kNoParent) {
    QUADRILLE_RETURN_IF_ERROR(verify_bfs(graph(), source_,
                                         last.column<Distance>(kDistance).first(nodes),
                                         last.column<NodeID>(kParent).first(nodes)));
  }
  return verify_against_scratch(last);
}

// `show` says a value as the user would.
template <class T, class Show>
Status expect_same(const GraphView& graph, std::span<const T> kept, std::span<const T> fresh,
                   const char* name, Show show) {
  const auto [a, b] = std::ranges::mismatch(fresh, kept.first(fresh.size()));
  if (a == fresh.end()) return Status::ok();
  return {StatusCode::kInvalidInput,
          std::string(name) + " of node " + graph.name_of(static_cast<NodeID>(a - fresh.begin())) +
              " is " + show(*b) + "; a run from scratch says " + show(*a)};
}

Status ChurnScene::verify_against_scratch(const Frame& last) const {
  const GraphView now = graph();
  const auto nodes = at(now.num_nodes());
  QUADRILLE_ASSIGN_OR_RETURN(
      Arena arena,
      Arena::create({.capacity_bytes = kRerunBytes + 128 * nodes, .name = {"verify"}}));
  const auto is_node = [&](NodeID v) { return v >= 0 && v < now.num_nodes(); };
  std::vector<NodeID> label(nodes), parent(nodes);
  std::vector<Distance> distance(nodes);
  std::vector<std::uint64_t> active(at(bit_words(now.num_nodes())));
  QUADRILLE_RETURN_IF_ERROR(
      run_components(now, {.label = label, .active = active}, *parallel_, *kernels_, arena));
  QUADRILLE_RETURN_IF_ERROR(expect_same<NodeID>(
      now, last.column<NodeID>(kLabel), label, "the label",
      [&](NodeID user) { return is_node(user) ? now.names()[user] : std::to_string(user); }));
  if (source_ == kNoParent) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(run_bfs(now, now.user_id(source_),
                                    {.distance = distance, .parent = parent, .active = {}},
                                    *parallel_, *kernels_, arena));
  QUADRILLE_RETURN_IF_ERROR(
      expect_same<Distance>(now, last.column<Distance>(kDistance), distance, "the distance",
                            [](Distance hops) { return std::to_string(hops); }));
  return expect_same<NodeID>(
      now, last.column<NodeID>(kParent), parent, "the parent",
      [&](NodeID v) { return is_node(v) ? now.name_of(v) : std::string("none"); });
}

}  // namespace

std::unique_ptr<Scene> create_churn_scene() { return std::make_unique<ChurnScene>(); }

}  // namespace quadrille
