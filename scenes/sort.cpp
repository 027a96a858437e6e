// sort: a sorting algorithm at work, one pass a step, on values drawn from the seed. Its temporary
// buffers are labelled allocations of an arena that every step empties, so a tracker sees them come
// and go.

#include <quadrille/arena.h>
#include <quadrille/parallel.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "engine/arena_trace.h"
#include "engine/random.h"
#include "engine/time_stepper.h"
#include "kernels/sort_passes.h"
#include "scenes/scenes.h"

namespace quadrille {
namespace {

constexpr std::int64_t kDefaultSize = 1'000'000;
constexpr std::int64_t kChunk = 16384;
constexpr int kValueBits = 32;
constexpr ColumnID kValue = 0;

enum class SortAlgorithm : std::uint8_t { kRadix, kMerge, kQuick };

Result<SortAlgorithm> parse_algorithm(const std::string& name) {
  if (name.empty() || name == "radix") return SortAlgorithm::kRadix;
  if (name == "merge") return SortAlgorithm::kMerge;
  if (name == "quick") return SortAlgorithm::kQuick;
  return Status(StatusCode::kInvalidArgument,
                "no sorting algorithm is called '" + name + "'; known: radix, merge, quick");
}

// What a permutation does not change, and hardly anything else leaves alone.
struct Fingerprint {
  std::uint64_t sum = 0, mixed = 0;
  void add(std::uint32_t value) {
    sum += value;
    mixed += mix_bits(value + std::uint64_t{1});
  }
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

Fingerprint fingerprint_of(std::span<const std::uint32_t> values) {
  Fingerprint fingerprint;
  for (const std::uint32_t value : values) fingerprint.add(value);
  return fingerprint;
}

class SortScene final : public Scene {
 public:
  Status prepare(const SceneContext& context) override {
    parallel_ = &context.parallel;
    seed_ = context.options.seed;
    size_ = context.options.size == 0 ? kDefaultSize : context.options.size;
    if (size_ < 0 || size_ > std::int64_t{1} << 31)
      return {StatusCode::kInvalidArgument,
              "cannot sort " + std::to_string(size_) + " elements; the size is 1 to 2^31"};
    QUADRILLE_ASSIGN_OR_RETURN(algorithm_, parse_algorithm(context.options.algorithm));
    if (algorithm_ == SortAlgorithm::kQuick)
      QUADRILLE_RETURN_IF_ERROR(quick_.prepare(size_, context.scratch));
    return make_arena(context);
  }

  FrameSchema schema() const override {
    FrameSchema schema;
    schema.add({.name = "value",
                .type = ColumnType::kUint32,
                .mode = ColumnMode::kRewritten,
                .size = size_});
    return schema;
  }

  Status initialize(FrameWriter& frame) override {
    const auto values = frame.column<std::uint32_t>(kValue);
    parallel_->for_range(size_, kChunk, [&](std::int64_t begin, std::int64_t end, int) {
      Random random(seed_, static_cast<std::uint64_t>(begin / kChunk));
      for (std::int64_t i = begin; i < end; ++i)
        values[static_cast<std::size_t>(i)] = static_cast<std::uint32_t>(random.next() >> 32);
    });
    fingerprint_ = fingerprint_of(values);
    return Status::ok();
  }

  std::vector<Pass> passes() override {
    return {{"sort pass", [this](FrameWriter& frame) { return pass(frame); }}};
  }

  bool finished() const override {
    switch (algorithm_) {
      case SortAlgorithm::kRadix: return size_ <= 1 || shift_ >= kValueBits;
      case SortAlgorithm::kMerge: return width_ >= size_;
      case SortAlgorithm::kQuick: return quick_.finished();
    }
    return true;
  }
  std::int64_t default_steps() const override { return -1; }
  std::int64_t work() const override { return passes_ * size_; }
  std::string_view work_unit() const override { return "elements"; }
  std::int64_t step_bytes() const override {
    return 2 * size_ *
           static_cast<std::int64_t>(sizeof(std::uint32_t));  // each value read and written once
  }

  std::vector<SceneFact> facts(const Frame& last) const override {
    const auto values = last.column<std::uint32_t>(kValue);
    std::int64_t descents = 0;
    for (std::size_t i = 1; i < values.size(); ++i) descents += values[i] < values[i - 1] ? 1 : 0;
    return {{"elements", static_cast<double>(size_), ""},
            {"descents left", static_cast<double>(descents), ""},
            {"temporary buffers", static_cast<double>(arena_->statistics().high_water), "bytes"}};
  }

  Status verify(const Frame& last) const override {
    const auto values = last.column<std::uint32_t>(kValue);
    if (!(fingerprint_of(values) == fingerprint_))
      return {StatusCode::kInvalidInput, "sort: the values are no longer those of step 0"};
    const auto descent = std::ranges::is_sorted_until(values);
    if (finished() && descent != values.end())
      return {StatusCode::kInvalidInput, "sort: element " +
                                             std::to_string(descent - values.begin()) +
                                             " is less than the one before it"};
    return Status::ok();
  }

 private:
  Status make_arena(const SceneContext& context) {
    ArenaOptions options;
    options.capacity_bytes = sort_scratch_bytes(size_, context.parallel.num_workers());
    options.budget = context.budget;
    options.name = {"sort buffers"};
    QUADRILLE_ASSIGN_OR_RETURN(arena_, Arena::create(options));
    // Takes its pages now, so that no step asks the system for one.
    if (arena_->try_allocate(options.capacity_bytes, Arena::kGranule, {"sort: all of it"}) ==
        nullptr)
      return {StatusCode::kOutOfMemory, "sort: no memory for temporary buffers"};
    arena_->reset();
    if (context.trace != nullptr) {
      arena_trace_ = std::make_unique<ArenaTrace>(*context.trace, "sort: temporary buffers");
      arena_->add_tracker(arena_trace_.get());
    }
    return Status::ok();
  }

  Status pass(FrameWriter& frame) {
    const auto from = frame.previous().column<std::uint32_t>(kValue);
    const auto to = frame.column<std::uint32_t>(kValue);
    if (finished()) {
      std::ranges::copy(from, to.begin());
      return Status::ok();
    }
    ++passes_;
    arena_->reset();
    switch (algorithm_) {
      case SortAlgorithm::kRadix:
        QUADRILLE_RETURN_IF_ERROR(counting_pass(from, to, shift_, *parallel_, *arena_));
        shift_ += kSortDigitBits;
        break;
      case SortAlgorithm::kMerge:
        QUADRILLE_RETURN_IF_ERROR(merge_pass(from, to, width_, *parallel_, *arena_));
        width_ *= 2;
        break;
      case SortAlgorithm::kQuick: return quick_.round(from, to, *parallel_, *arena_);
    }
    return Status::ok();
  }

  Parallel* parallel_ = nullptr;
  std::unique_ptr<ArenaTrace> arena_trace_;
  std::optional<Arena> arena_;
  SortAlgorithm algorithm_ = SortAlgorithm::kRadix;
  std::uint64_t seed_ = 1;
  std::int64_t size_ = 0, passes_ = 0;
  int shift_ = 0;           // radix: the next digit
  std::int64_t width_ = 1;  // merge: of the runs so far
  PartitionRounds quick_;
  Fingerprint fingerprint_;
};

}  // namespace

std::unique_ptr<Scene> create_sort_scene() { return std::make_unique<SortScene>(); }

}  // namespace quadrille
