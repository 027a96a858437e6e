#include "engine/memory_ledger.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/clock.h"
#include "engine/memory_runs.h"

namespace quadrille {
namespace {

std::int64_t granule_bytes(std::size_t bytes) {
  const std::size_t granules =
      (std::max<std::size_t>(bytes, 1) + Arena::kGranule - 1) / Arena::kGranule;
  return static_cast<std::int64_t>(granules * Arena::kGranule);
}

std::size_t blocks_of(std::int64_t bytes) {
  return (static_cast<std::size_t>(bytes) + kBlockBytes - 1) / kBlockBytes;
}

// What two readings, one straight after the other, are apart at least.
std::int64_t clock_cost_ns() {
  std::int64_t least = INT64_MAX;
  for (int i = 0; i < 64; ++i) {
    const std::int64_t begin = monotonic_ns();
    least = std::min(least, monotonic_ns() - begin);
  }
  return least;
}

}  // namespace

class MemoryLedger::AreaTracker final : public ArenaTracker {
 public:
  AreaTracker(MemoryLedger& ledger, Area& area) : ledger_(ledger), area_(area) {}
  void on_allocate(const ArenaAllocation& allocation) override;
  void on_release(std::size_t offset, std::size_t bytes) override;
  void on_reset() override;

 private:
  MemoryLedger& ledger_;
  Area& area_;
};

struct MemoryLedger::Area {
  struct Section {
    LabelID label;
    MemorySection what;
  };
  std::string name, rest_label;
  MemoryAreaKind kind = MemoryAreaKind::kFixed;
  std::int64_t committed = 0;
  std::int64_t covered = 0;  // of these by sections or runs; the rest has the rest's label
  std::int64_t elapsed_ns = 0;
  std::int64_t section_bytes = 0;
  std::vector<Section> sections;
  LabelRuns runs;
  std::int64_t reset_step = -1;
  std::unique_ptr<AreaTracker> tracker;
};

struct MemoryLedger::State {
  std::vector<std::unique_ptr<Area>> areas;  // by id; null: closed
  std::vector<LabelUsage> labels;
  std::map<std::string, LabelID, std::less<>> ids;
  std::map<LabelID, std::int64_t> heap;
  std::int64_t bytes = 0;
  std::int64_t step = 0;
  std::int64_t clock_ns = clock_cost_ns();

  LabelID label_of(std::string_view name);
  LabelUsage& usage(LabelID label) { return labels[static_cast<std::size_t>(label)]; }
  void hold(LabelID label, std::int64_t bytes);
  void count(LabelID label, std::int64_t bytes, std::int64_t elapsed_ns);
  void cover(Area& area);
  void uncover(Area& area);
  MemoryArea list(const Area& area);
  MemoryArea list_heap() const;
};

MemoryLedger::MemoryLedger() : state_(std::make_unique<State>()) {}
MemoryLedger::~MemoryLedger() = default;

LabelID MemoryLedger::State::label_of(std::string_view name) {
  const auto found = ids.find(name);
  if (found != ids.end()) return found->second;
  const auto label = static_cast<LabelID>(labels.size());
  labels.push_back({.label = std::string(name)});
  ids.emplace(name, label);
  return label;
}

void MemoryLedger::State::hold(LabelID label, std::int64_t delta) {
  LabelUsage& of = usage(label);
  of.held_bytes += delta;
  of.peak_bytes = std::max(of.peak_bytes, of.held_bytes);
}

void MemoryLedger::State::count(LabelID label, std::int64_t requested, std::int64_t elapsed_ns) {
  LabelUsage& of = usage(label);
  ++of.allocations;
  of.allocated_bytes += requested;
  of.time_ns += elapsed_ns;
}

// ---- areas ----

MemoryAreaID MemoryLedger::open_area(Label label) {
  const std::lock_guard lock(mutex_);
  auto area = std::make_unique<Area>();
  area->name = area->rest_label = label.name;
  state_->areas.push_back(std::move(area));
  return static_cast<MemoryAreaID>(state_->areas.size()) - 1;
}

void MemoryLedger::close_area(MemoryAreaID area) {
  const std::lock_guard lock(mutex_);
  QUADRILLE_ASSERT(state_->areas[static_cast<std::size_t>(area)]->committed == 0);
  state_->areas[static_cast<std::size_t>(area)].reset();
}

void MemoryLedger::charge(Label label, std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  const LabelID id = state_->label_of(label.name);
  state_->bytes += bytes;
  state_->heap[id] += bytes;
  state_->hold(id, bytes);
  if (bytes > 0) state_->count(id, bytes, 0);
}

void MemoryLedger::charge(MemoryAreaID id, std::int64_t bytes, std::int64_t elapsed_ns) {
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  State& state = *state_;
  Area& area = *state.areas[static_cast<std::size_t>(id)];
  state.bytes += bytes;
  area.committed += bytes;
  area.elapsed_ns += elapsed_ns;
  if (area.committed < area.covered) state.uncover(area);
  const LabelID rest = state.label_of(area.rest_label);
  const bool covers = area.covered == 0 && area.committed >= area.section_bytes;
  if (bytes > 0 && area.kind != MemoryAreaKind::kArena) {
    state.count(rest, bytes, elapsed_ns);
  }
  if (covers && area.section_bytes > 0) {
    // Not by way of the rest, whose peak would count them.
    state.hold(rest, bytes - area.section_bytes);
    state.cover(area);
  } else {
    state.hold(rest, bytes);
  }
}

void MemoryLedger::describe(MemoryAreaID id, MemoryAreaKind kind, std::string name,
                            std::vector<MemorySection> sections) {
  const std::lock_guard lock(mutex_);
  State& state = *state_;
  Area& area = *state.areas[static_cast<std::size_t>(id)];
  QUADRILLE_ASSERT(area.sections.empty() && area.runs.empty());
  area.kind = kind;
  area.name = std::move(name);
  for (MemorySection& section : sections) {
    if (section.bytes == 0) continue;
    area.section_bytes += static_cast<std::int64_t>(section.bytes);
    const LabelID label = state.label_of(section.label);
    area.sections.push_back({label, std::move(section)});
  }
  if (area.section_bytes == 0 || area.committed < area.section_bytes) return;
  state.hold(state.label_of(area.rest_label), -area.section_bytes);
  state.cover(area);
}

// Gives the sections their bytes and their part of what committing took.
void MemoryLedger::State::cover(Area& area) {
  LabelUsage& rest = usage(label_of(area.rest_label));
  const double ns_a_byte =
      static_cast<double>(area.elapsed_ns) / static_cast<double>(area.committed);
  for (const Area::Section& section : area.sections) {
    const auto part = static_cast<std::int64_t>(section.what.bytes);
    const auto elapsed = static_cast<std::int64_t>(ns_a_byte * static_cast<double>(part));
    hold(section.label, part);
    count(section.label, part, elapsed);
    rest.allocated_bytes -= part;
    rest.time_ns -= elapsed;
  }
  area.covered = area.section_bytes;
}

// Its sections and runs hold nothing any more. The rest's peak does not see it: pages that are on
// their way back were never free.
void MemoryLedger::State::uncover(Area& area) {
  for (const Area::Section& section : area.sections) {
    if (area.covered > 0) hold(section.label, -static_cast<std::int64_t>(section.what.bytes));
  }
  for (const LabelRuns::Run& run : area.runs.remove_all()) hold(run.label, -run.bytes);
  usage(label_of(area.rest_label)).held_bytes += area.covered;
  area.covered = 0;
}

// ---- arenas ----

ArenaTracker* MemoryLedger::track_arena(MemoryAreaID id) {
  const std::lock_guard lock(mutex_);
  Area& area = *state_->areas[static_cast<std::size_t>(id)];
  const std::string free_label = area.rest_label + ": free";
  if (area.committed > 0) {  // an integrator's hook gave all of it at once
    state_->hold(state_->label_of(area.rest_label), -area.committed);
    state_->hold(state_->label_of(free_label), area.committed);
  }
  area.rest_label = free_label;
  area.kind = MemoryAreaKind::kArena;
  area.tracker = std::make_unique<AreaTracker>(*this, area);
  return area.tracker.get();
}

void MemoryLedger::AreaTracker::on_allocate(const ArenaAllocation& allocation) {
  const std::lock_guard lock(ledger_.mutex_);
  State& state = *ledger_.state_;
  const std::int64_t bytes = granule_bytes(allocation.bytes);
  const LabelID label = state.label_of(allocation.label.name);
  state.count(label, static_cast<std::int64_t>(allocation.bytes),
              std::max<std::int64_t>(0, allocation.elapsed_ns - state.clock_ns));
  state.hold(state.label_of(area_.rest_label), -bytes);
  state.hold(label, bytes);
  area_.covered += bytes;
  area_.runs.add(allocation.offset, {bytes, label, state.step});
}

void MemoryLedger::AreaTracker::on_release(std::size_t offset, std::size_t bytes) {
  const std::lock_guard lock(ledger_.mutex_);
  State& state = *ledger_.state_;
  const std::size_t end = offset + static_cast<std::size_t>(granule_bytes(bytes));
  for (const LabelRuns::Run& run : area_.runs.remove(offset, end)) {
    state.hold(run.label, -run.bytes);
    state.hold(state.label_of(area_.rest_label), run.bytes);
    area_.covered -= run.bytes;
  }
}

void MemoryLedger::AreaTracker::on_reset() {
  const std::lock_guard lock(ledger_.mutex_);
  ledger_.state_->uncover(area_);
  ledger_.state_->hold(ledger_.state_->label_of(area_.rest_label), 0);
  area_.reset_step = ledger_.state_->step;
}

// ---- the listing ----

void MemoryLedger::begin_step(std::int64_t step) {
  const std::lock_guard lock(mutex_);
  state_->step = step;
}

MemoryArea MemoryLedger::State::list(const Area& area) {
  MemoryArea listed{.name = area.name, .kind = area.kind, .bytes = area.committed};
  listed.reset_step = area.reset_step;
  const LabelID rest = label_of(area.rest_label);
  if (area.kind == MemoryAreaKind::kArena) {
    listed.section_begin = {0};
    listed.blocks = area.runs.blocks(area.committed, rest);
    return listed;
  }
  const auto add = [&](LabelID label, std::int64_t held, const std::int64_t* written_steps) {
    listed.section_begin.push_back(listed.blocks.size());
    for (std::size_t block = 0; block < blocks_of(held); ++block) {
      listed.blocks.push_back({label, written_steps == nullptr ? -1 : written_steps[block]});
    }
  };
  if (area.covered > 0) {
    for (const Area::Section& section : area.sections) {
      add(section.label, static_cast<std::int64_t>(section.what.bytes), section.what.written_steps);
    }
  }
  if (area.committed > area.covered) add(rest, area.committed - area.covered, nullptr);
  return listed;
}

MemoryArea MemoryLedger::State::list_heap() const {
  MemoryArea listed{.name = "heap"};
  for (const auto& [label, held] : heap) {
    if (held == 0) continue;
    listed.bytes += held;
    listed.section_begin.push_back(listed.blocks.size());
    listed.blocks.insert(listed.blocks.end(), blocks_of(held), MemoryBlock{label, -1});
  }
  return listed;
}

MemoryMap MemoryLedger::list(std::int64_t completed_step) const {
  const std::lock_guard lock(mutex_);
  State& state = *state_;
  MemoryMap map;
  map.step = completed_step;
  map.bytes = state.bytes;
  for (const std::unique_ptr<Area>& area : state.areas) {
    if (area != nullptr && area->committed > 0) map.areas.push_back(state.list(*area));
  }
  MemoryArea heap = state.list_heap();
  if (heap.bytes > 0) map.areas.push_back(std::move(heap));
  map.labels = state.labels;
  return map;
}

}  // namespace quadrille
