// Catch-up: what bringing a frame's slot to the last step costs when one block in a hundred was
// written since, against all of them.
#include <array>

#include "bench/suite.h"
#include "engine/catch_up.h"
#include "engine/region.h"

namespace quadrille::program {
namespace {

constexpr int kNumColumns = 16;  // of four bytes an element: 64 MB a frame at a million elements
constexpr std::int64_t kStepsASample = 8;

FrameSchema schema_of(std::int64_t elements) {
  FrameSchema schema;
  for (int column = 0; column < kNumColumns; ++column) {
    schema.add({.name = "column " + std::to_string(column), .size = elements});
  }
  return schema;
}

// A writer that fills two slots in turn, as it does when nobody holds a frame.
class TwoSlots {
 public:
  explicit TwoSlots(std::int64_t elements) : layout_(schema_of(elements)) {}

  Status allocate() {
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      QUADRILLE_ASSIGN_OR_RETURN(
          slots_[slot],
          Region::reserve(layout_.frame_bytes(), {.stagger_bytes = slot * 11 * kCacheLineBytes}));
      QUADRILLE_RETURN_IF_ERROR(slots_[slot].commit(layout_.frame_bytes()));
    }
    catch_up_.complete(0, slots_[0].base(), 0);
    return Status::ok();
  }

  // One step that writes each `stride`-th block.
  void step(std::int64_t stride, Parallel& parallel) {
    const auto to = static_cast<FrameSlot>(++step_ % 2), from = 1 - to;
    catch_up_.bring_up(to, slots_[to].base(), slots_[from].base(), parallel);
    constexpr std::int64_t kElements = kBlockBytes / sizeof(std::int32_t);
    std::int64_t block = 0;
    for (ColumnID column = 0; column < kNumColumns; ++column) {
      for (std::int64_t i = 0; i < layout_[column].num_blocks; ++i, ++block) {
        if (block % stride == 0) catch_up_.mark(column, i * kElements, i * kElements + 1, 0);
      }
    }
    catch_up_.complete(to, slots_[to].base(), step_);
  }

 private:
  FrameLayout layout_;
  CatchUp catch_up_{layout_, 2};
  std::array<Region, 2> slots_;
  std::int64_t step_ = 0;
};

}  // namespace

Status run_suite_catch_up(const SuiteContext& context) {
  TwoSlots slots(context.size.part_items);
  QUADRILLE_RETURN_IF_ERROR(slots.allocate());
  for (const auto& [name, stride] :
       {std::pair("catch-up, 1 % of 64 KiB blocks", 100), std::pair("catch-up, all blocks", 1)}) {
    context.results.push_back(measure_part(context, name, kStepsASample, "frames", [&] {
      for (std::int64_t i = 0; i < kStepsASample; ++i) slots.step(stride, context.parallel);
    }));
  }
  return Status::ok();
}

}  // namespace quadrille::program
