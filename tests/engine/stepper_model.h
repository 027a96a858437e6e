// A random simulation and its plain model: the same changes are made to a frame, through marks and
// lists of changed ids, and to vectors that hold the whole state of every column. What the stepper
// calls the last completed step must be what the vectors hold, whatever readers do.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/time_stepper.h"

namespace quadrille::test {

inline std::unique_ptr<Parallel> make_parallel(TaskBackend backend, int num_threads) {
  ParallelOptions options;
  options.backend = backend;
  options.num_threads = num_threads;
  return std::move(Parallel::create(options)).value();
}

// Bytes of all live elements of every column, in schema order.
using PlainState = std::vector<std::vector<std::uint8_t>>;

inline PlainState copy_of(const Frame& frame) {
  PlainState state;
  const auto columns = frame.schema().columns();
  for (ColumnID id = 0; id < static_cast<int>(columns.size()); ++id) {
    for (int plane = 0; plane < columns[static_cast<std::size_t>(id)].planes; ++plane) {
      const auto bytes = frame.column<std::uint8_t>(id, plane);
      state.emplace_back(bytes.begin(), bytes.end());
    }
  }
  return state;
}

enum class StepKind { kNothing, kSparse, kSparseAndMarks, kMarks, kAll, kLongList };

// Draws a schema, then a step at a time. Two with one seed make the same changes.
class RandomSimulation {
 public:
  RandomSimulation(std::uint64_t seed, bool with_rewritten) : random_(seed) {
    // More than one block in most columns. The frontier is longer than the others, so that its bits
    // lie in two blocks too: ids past the end of a shorter column are passed over.
    size_ = 17000 + static_cast<std::int64_t>(random_() % 17000);
    schema_.add({"frontier", ColumnType::kBit, ColumnMode::kUpdated, kFrontierSize, 1});
    schema_.add({"distance", ColumnType::kInt32, ColumnMode::kUpdated, size_, 1});
    schema_.add({"length", ColumnType::kInt64, ColumnMode::kUpdated, size_, 1});
    schema_.add({"place", ColumnType::kFloat32, ColumnMode::kUpdated, size_, 2});
    schema_.add({"few", ColumnType::kUint32, ColumnMode::kUpdated, 77, 1});
    if (with_rewritten) {
      schema_.add({"speed", ColumnType::kUint32, ColumnMode::kRewritten, size_, 2});
      schema_.add({"awake", ColumnType::kBit, ColumnMode::kRewritten, size_, 1});
    }
  }

  const FrameSchema& schema() const { return schema_; }
  const PlainState& model() const { return model_; }

  Status initialize(FrameWriter& frame) {
    EXPECT_EQ(frame.step(), 0);
    EXPECT_EQ(frame.previous().step(), 0);
    model_ = copy_of(frame.previous());
    for (const auto& plane : model_) {
      EXPECT_TRUE(std::ranges::all_of(plane, [](std::uint8_t byte) { return byte == 0; }));
    }
    changed_ = draw_ids(100);
    for (const NodeID id : changed_) change(frame, id, true);
    if (random_() % 2 == 0) frame.set_changed_ids(changed_);  // initialize need not say
    list_before_ = changed_;
    return Status::ok();
  }

  Status step(FrameWriter& frame) {
    const auto kind = static_cast<StepKind>(random_() % 6);
    std::vector<NodeID> ids;
    if (kind == StepKind::kSparse || kind == StepKind::kSparseAndMarks) ids = draw_ids(200);
    if (kind == StepKind::kLongList) ids = draw_ids(size_);
    const bool is_sparse = !ids.empty() || kind == StepKind::kSparse;
    if (is_sparse && random_() % 4 != 0) clear_list_before(frame);
    for (const NodeID id : ids) change(frame, id, true);
    if (is_sparse) frame.set_changed_ids(ids);
    if (kind == StepKind::kMarks || kind == StepKind::kSparseAndMarks) change_ranges(frame);
    if (kind == StepKind::kAll) change_all(frame);
    list_before_ = is_sparse ? ids : std::vector<NodeID>();
    rewrite(frame);
    return Status::ok();
  }

 private:
  static constexpr std::int64_t kFrontierSize = 8 * 65536 + 5000;

  std::vector<NodeID> draw_ids(std::int64_t at_most) {
    std::vector<NodeID> ids(random_() % static_cast<std::uint64_t>(at_most + 1));
    for (NodeID& id : ids) {
      id = random_() % 4 == 0 ? static_cast<NodeID>(random_() % kFrontierSize) : draw_id();
    }
    return ids;
  }
  NodeID draw_id() { return static_cast<NodeID>(random_() % static_cast<std::uint64_t>(size_)); }

  // The same assignment to the frame and to the model, from what the *frame* held: a slot that was
  // not brought up to date shows.
  template <class T>
  void add_to(FrameWriter& frame, ColumnID column, int plane, std::size_t plane_index, NodeID id,
              T value) {
    T& element = frame.column<T>(column, plane)[static_cast<std::size_t>(id)];
    element = static_cast<T>(element + value);
    T in_model;
    std::uint8_t* at = model_[plane_index].data() + static_cast<std::size_t>(id) * sizeof(T);
    std::memcpy(&in_model, at, sizeof(T));
    in_model = static_cast<T>(in_model + value);
    std::memcpy(at, &in_model, sizeof(T));
  }
  void set_bit(FrameWriter& frame, ColumnID column, std::size_t plane_index, NodeID id, bool on) {
    const auto bit = static_cast<std::size_t>(id);
    std::uint64_t& word = frame.column<std::uint64_t>(column)[bit / 64];
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    word = on ? word | mask : word & ~mask;
    std::uint8_t& byte = model_[plane_index][bit / 8];
    const auto byte_mask = static_cast<std::uint8_t>(1u << (bit % 8));
    byte = static_cast<std::uint8_t>(on ? byte | byte_mask : byte & ~byte_mask);
  }
  void change(FrameWriter& frame, NodeID id, bool bit) {
    const auto value = static_cast<std::int32_t>(random_() % 1000);
    set_bit(frame, 0, 0, id, bit);
    if (id >= size_) return;
    add_to<std::int32_t>(frame, 1, 0, 1, id, value);
    add_to<std::int64_t>(frame, 2, 0, 2, id, value);
    add_to<float>(frame, 3, 0, 3, id, static_cast<float>(value));
    add_to<float>(frame, 3, 1, 4, id, static_cast<float>(value) * 0.5f);
    if (id < 77) add_to<std::uint32_t>(frame, 4, 0, 5, id, 3);
  }
  void clear_list_before(FrameWriter& frame) {
    for (const NodeID id : list_before_) set_bit(frame, 0, 0, id, false);
  }
  void change_ranges(FrameWriter& frame) {
    for (int i = 0; i < 3; ++i) {
      const NodeID first = draw_id();
      const NodeID last = static_cast<NodeID>(std::min<std::int64_t>(size_, first + 50));
      for (NodeID id = first; id < last; ++id) change(frame, id, id % 3 != 0);
      for (const ColumnID column : {0, 1, 2}) frame.mark_changed(column, first, last);
      for (const int plane : {0, 1}) frame.mark_changed(3, first, last, plane);
    }
    add_to<std::uint32_t>(frame, 4, 0, 5, 76, 5);
    frame.mark_changed(4, 0, 77);
  }
  void change_all(FrameWriter& frame) {
    for (NodeID id = 0; id < size_; id += 7) change(frame, id, id % 2 == 0);
    for (ColumnID column = 0; column < 5; ++column) frame.mark_all(column);
  }
  // Each element from the previous step's element next to it, so that reading the new ones shows.
  void rewrite(FrameWriter& frame) {
    if (schema_.columns().size() <= 5) return;
    const auto count = static_cast<std::size_t>(size_);
    for (const int plane : {0, 1}) {
      const auto from = frame.previous().column<std::uint32_t>(5, plane);
      const auto to = frame.column<std::uint32_t>(5, plane);
      for (std::size_t i = 0; i < count; ++i) {
        to[i] = from[(i + 1) % count] * 3 + static_cast<std::uint32_t>(frame.step());
      }
      auto& plain = model_[6 + static_cast<std::size_t>(plane)];
      std::vector<std::uint32_t> before(count), after(count);
      std::memcpy(before.data(), plain.data(), plain.size());
      for (std::size_t i = 0; i < count; ++i) {
        after[i] = before[(i + 1) % count] * 3 + static_cast<std::uint32_t>(frame.step());
      }
      std::memcpy(plain.data(), after.data(), plain.size());
    }
    const auto bits = frame.column<std::uint64_t>(6);
    std::ranges::fill(bits, 0);
    std::ranges::fill(model_[8], std::uint8_t{0});
    for (int i = 0; i < 20; ++i) set_bit(frame, 6, 8, draw_id(), true);
  }

  std::mt19937_64 random_;
  std::int64_t size_ = 0;
  FrameSchema schema_;
  PlainState model_;
  std::vector<NodeID> changed_, list_before_;
};

inline std::unique_ptr<TimeStepper> make_stepper(RandomSimulation& simulation,
                                                 const FrameOptions& options, Parallel& parallel,
                                                 MemoryBudget* budget = nullptr,
                                                 const Hooks& hooks = {}) {
  auto created = TimeStepper::create(
      simulation.schema(), options,
      [&](FrameWriter& frame) { return simulation.initialize(frame); }, parallel, budget, hooks);
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  auto stepper = std::move(created).value();
  stepper->set_passes({{"change", [&](FrameWriter& frame) { return simulation.step(frame); }}});
  return stepper;
}

}  // namespace quadrille::test
