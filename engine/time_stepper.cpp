#include "engine/time_stepper.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "engine/catch_up.h"
#include "engine/clock.h"
#include "engine/frame_layout.h"
#include "engine/frame_pool.h"
#include "engine/frame_publisher.h"
#include "engine/number_text.h"
#include "engine/probes.h"
#include "engine/step_trace.h"

namespace quadrille {
namespace {

constexpr Label kCatchUpLabel{"catch-up"};

bool has_rewritten_column(const FrameSchema& schema) {
  return std::ranges::any_of(
      schema.columns(), [](const ColumnSpec& spec) { return spec.mode == ColumnMode::kRewritten; });
}

[[maybe_unused]] bool bits_past_the_size_are_zero(const Frame& frame) {
  const auto columns = frame.schema().columns();
  for (ColumnID id = 0; id < static_cast<int>(columns.size()); ++id) {
    const ColumnSpec& spec = columns[static_cast<std::size_t>(id)];
    if (spec.type != ColumnType::kBit || spec.size % 64 == 0) continue;
    for (int plane = 0; plane < spec.planes; ++plane) {
      if (frame.column<std::uint64_t>(id, plane).back() >> (spec.size % 64) != 0) return false;
    }
  }
  return true;
}

}  // namespace

struct TimeStepper::State {
  State(FrameSchema schema, const FrameOptions& frame_options, Parallel& workers,
        MemoryBudget* memory_budget, const Hooks& all_hooks)
      : layout(std::move(schema)), options(frame_options), parallel(workers), budget(memory_budget),
        hooks(all_hooks), rewrites(has_rewritten_column(layout.schema())),
        trace(frame_options.trace, memory_budget) {}
  ~State() {
    if (budget != nullptr && charged_bytes > 0) budget->refund(charged_bytes, kCatchUpLabel);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool is_published() const { return completed == pool->channel().current(); }

  Status allocate();
  Status begin();
  Status run_passes(FrameWriter& writer);
  void complete();
  bool publish();

  FrameLayout layout;
  FrameOptions options;
  Parallel& parallel;
  MemoryBudget* budget;
  Hooks hooks;
  bool rewrites;
  std::size_t charged_bytes = 0;
  std::unique_ptr<FramePool> pool;
  std::unique_ptr<FramePublisher> publisher;
  std::unique_ptr<CatchUp> catch_up;
  std::vector<Pass> passes;
  StepTrace trace;

  FrameSlot completed = kNoFrameSlot;  // of the last completed step
  FrameSlot writing = kNoFrameSlot;    // of the step being computed; the same when in place
  Frame completed_frame;
  FrameHeader header{};      // of the step being computed
  TopologyVersion topology;  // the same; none: the graph does not change
  float dt = 0;

  Status failure;  // of a pass: final
  StepTiming timing;
  FrameStatistics counts;
};

Status TimeStepper::State::allocate() {
  const std::int64_t slots = FramePublisher::slots_for(options, rewrites);
  const auto num_slots = static_cast<int>(std::min<std::int64_t>(slots, kNoFrameSlot + 1));
  const int max_slots = options.policy == FramePolicy::kGrow ? options.max_slots : num_slots;
  const FramePoolOptions pool_options = {.num_slots = num_slots,
                                         .max_slots = max_slots,
                                         .max_registered = options.max_registered,
                                         .reclaimable = options.reclaimable,
                                         .share = options.share,
                                         .trace = options.trace};
  QUADRILLE_ASSIGN_OR_RETURN(pool,
                             FramePool::create(layout, pool_options, budget, hooks.allocation));
  publisher = std::make_unique<FramePublisher>(*pool, options, rewrites, hooks.log, trace);
  catch_up = std::make_unique<CatchUp>(layout, pool->max_slots());
  if (budget == nullptr) return Status::ok();
  QUADRILLE_RETURN_IF_ERROR(budget->charge(catch_up->bytes(), kCatchUpLabel));
  charged_bytes = catch_up->bytes();
  return Status::ok();
}

// Takes a slot for the next step: the last one, if nobody else sees it and no pass must read it
// whole; else the free one that was filled last, brought up to date.
Status TimeStepper::State::begin() {
  const TraceSpan span = trace.begin();
  if (completed != kNoFrameSlot && !is_published() && !rewrites) {
    writing = completed;
    catch_up->begin(writing);
    return Status::ok();
  }
  writing = pool->find_free(completed);
  if (writing == kNoFrameSlot) writing = pool->seize(completed);
  if (writing == kNoFrameSlot) {  // the publisher's rule excludes it
    return {StatusCode::kNoFreeFrame, "every frame slot is pinned by a reader"};
  }
  pool->filling(writing);
  counts.reused += catch_up->holds_a_step(writing) ? 1 : 0;
  if (completed == kNoFrameSlot) return Status::ok();
  const std::int64_t start = monotonic_ns();
  TraceSpan copying = trace.catch_up();
  timing.catch_up_bytes =
      catch_up->bring_up(writing, pool->data(writing), pool->data(completed), parallel);
  copying.set_value(timing.catch_up_bytes);
  timing.catch_up_ns = monotonic_ns() - start;
  return Status::ok();
}

Status TimeStepper::State::run_passes(FrameWriter& writer) {
  std::int64_t start = monotonic_ns();
  for (std::size_t i = 0; i < passes.size(); ++i) {
    const TraceSpan span = trace.pass(i, header.step);
    try {
      failure = passes[i].run(writer);
    } catch (const std::bad_alloc&) {
      failure = {StatusCode::kOutOfMemory, "no memory for pass '" + passes[i].name + "'"};
    }
    if (!failure.is_ok()) return failure;
    const std::int64_t end = monotonic_ns();
    if (i < kMaxPasses) timing.pass_ns[i] = end - start;
    QUADRILLE_PROBE(pass, passes[i].name.c_str(), header.step, end - start);
    start = end;
  }
  timing.num_passes = static_cast<int>(passes.size());
  trace.end_passes();
  return Status::ok();
}

void TimeStepper::State::complete() {
  const TraceSpan span = trace.complete();
  std::byte* data = pool->data(writing);
  *reinterpret_cast<FrameHeader*>(data) = header;
  if (topology) pool->set_topology(writing, topology);
  catch_up->complete(writing, data, header.step);
  completed = writing;
  completed_frame = pool->frame(completed);
  QUADRILLE_ASSERT(bits_past_the_size_are_zero(completed_frame));
}

bool TimeStepper::State::publish() {
  const TraceSpan span = trace.publish(header.step);
  return publisher->publish(completed, header.step, counts);
}

// ---- TimeStepper ----

TimeStepper::TimeStepper(std::unique_ptr<State> state) : state_(std::move(state)) {}
TimeStepper::~TimeStepper() = default;

Result<std::unique_ptr<TimeStepper>> TimeStepper::create(
    FrameSchema schema, const FrameOptions& options,
    const std::function<Status(FrameWriter&)>& initialize, Parallel& parallel, MemoryBudget* budget,
    const Hooks& hooks) {
  QUADRILLE_RETURN_IF_ERROR(verify_schema(schema));
  QUADRILLE_RETURN_IF_ERROR(verify_options(options));
  try {
    auto state = std::make_unique<State>(std::move(schema), options, parallel, budget, hooks);
    QUADRILLE_RETURN_IF_ERROR(state->allocate());
    std::unique_ptr<TimeStepper> stepper(new TimeStepper(std::move(state)));
    State& s = *stepper->state_;
    QUADRILLE_RETURN_IF_ERROR(s.begin());
    s.completed_frame = s.pool->frame(s.writing);
    FrameWriter writer;
    writer.stepper_ = stepper.get();
    QUADRILLE_RETURN_IF_ERROR(initialize(writer));
    s.complete();
    s.publisher->publish_first(s.completed);
    return stepper;
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory for the frames' bookkeeping");
  }
}

void TimeStepper::set_passes(std::vector<Pass> passes) {
  QUADRILLE_ASSERT(passes.size() <= kMaxPasses);
  for (const Pass& pass : passes) state_->trace.add_pass(pass.name);
  state_->passes = std::move(passes);
}

Status TimeStepper::step(float dt) {
  State& s = *state_;
  if (!s.failure.is_ok()) return s.failure;
  if (!std::isfinite(dt)) {
    return {StatusCode::kInvalidArgument, "dt is " + number_text(dt) + "; it must be finite"};
  }
  s.trace.enter();
  const std::int64_t start = monotonic_ns();
  const TraceSpan frame = s.trace.frame(s.header.step + 1);
  QUADRILLE_PROBE(frame_begin, s.header.step + 1);
  s.timing = {};
  QUADRILLE_RETURN_IF_ERROR(s.begin());
  s.dt = dt;
  s.timing.step = ++s.header.step;
  s.header.time += static_cast<double>(dt);
  FrameWriter writer;
  writer.stepper_ = this;
  QUADRILLE_RETURN_IF_ERROR(s.run_passes(writer));
  s.complete();
  const std::int64_t completed = monotonic_ns();
  if (s.publisher->is_due(s.header.step)) s.publish();
  s.pool->drop_topologies(s.completed);
  ++s.counts.completed;
  s.publisher->look_after_readers(completed, s.counts);
  const std::int64_t end = monotonic_ns();
  s.timing.publish_ns = end - completed;
  s.timing.total_ns = end - start;
  s.counts.catch_up_bytes += s.timing.catch_up_bytes;
  s.trace.end_frame(s.timing.catch_up_bytes);
  return Status::ok();
}

Status TimeStepper::publish_now() {
  State& s = *state_;
  if (!s.failure.is_ok()) return s.failure;
  s.trace.enter();
  if (s.is_published() || s.publish()) return Status::ok();
  return {StatusCode::kNoFreeFrame, "step " + std::to_string(s.completed_frame.step()) +
                                        " stays private: readers hold the other frames"};
}

const Frame& TimeStepper::last_completed() const { return state_->completed_frame; }
FrameReader TimeStepper::reader() const { return FrameReader(state_->pool.get()); }
Result<RegisteredReader> TimeStepper::register_reader(std::string_view label) const {
  return RegisteredReader::create(state_->pool.get(), label);
}
std::vector<PinnedSlot> TimeStepper::pinned_slots() const {
  return state_->publisher->pins().pinned_slots(monotonic_ns());
}
std::span<const PinnedSlot> TimeStepper::stalls() const {
  return state_->publisher->pins().stalls();
}
Status TimeStepper::reclaim(ReaderID reader) {
  return state_->publisher->reclaim(reader, state_->counts);
}
const StepTiming& TimeStepper::last_timing() const { return state_->timing; }
std::span<const Pass> TimeStepper::passes() const { return state_->passes; }

FrameStatistics TimeStepper::statistics() const {
  FrameStatistics statistics = state_->counts;
  statistics.slots = state_->pool->num_slots();
  statistics.frame_bytes = static_cast<std::int64_t>(state_->layout.frame_bytes());
  return statistics;
}

// ---- FrameWriter ----

std::int64_t FrameWriter::step() const { return stepper_->state_->header.step; }
float FrameWriter::dt() const { return stepper_->state_->dt; }
const Frame& FrameWriter::previous() const { return stepper_->state_->completed_frame; }
TraceTrack* FrameWriter::trace_track() const { return stepper_->state_->trace.track(); }

std::span<std::byte> FrameWriter::plane_bytes(ColumnID column, int plane) {
  TimeStepper::State& s = *stepper_->state_;
  const ColumnLayout& layout = s.layout[column];
  QUADRILLE_ASSERT(plane >= 0 && plane < s.layout.schema()[column].planes);
  return {s.pool->data(s.writing) + layout.offset +
              static_cast<std::size_t>(plane) * layout.plane_stride,
          layout.plane_bytes};
}

void FrameWriter::mark_changed(ColumnID column, std::int64_t first, std::int64_t last, int plane) {
  stepper_->state_->catch_up->mark(column, first, last, plane);
}
void FrameWriter::mark_all(ColumnID column) { stepper_->state_->catch_up->mark_all(column); }
void FrameWriter::set_changed_ids(std::span<const NodeID> ids) {
  stepper_->state_->catch_up->set_changed_ids(ids);
}
void FrameWriter::set_topology_version(std::uint64_t version) {
  stepper_->state_->header.topology_version = version;
}
void FrameWriter::set_topology(const TopologyVersion& version) {
  set_topology_version(version.view().version());
  stepper_->state_->topology = version;
}

}  // namespace quadrille
