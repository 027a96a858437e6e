// Frames: what a simulation publishes. A frame is one step's columns, immutable once published;
// readers pin it and may hold it as long as they like. Schema and columns are described here;
// frame_reader.h is how to get one.
//
// A column is *updated* (in place, after catch-up: the pass changes some elements of the previous
// step's values) or *rewritten* (the pass reads the previous completed step and writes every
// element of the next: no catch-up).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/status.h>
#include <quadrille/types.h>

namespace quadrille {

enum class ColumnType : std::uint8_t { kBit, kInt32, kUint32, kInt64, kFloat32 };
enum class ColumnMode : std::uint8_t { kUpdated, kRewritten };

// `size` elements in each of `planes` planes (positions are planar: all x, then all y). A bit
// column is read as words of 64 bits (bit i of word w is element 64 w + i); bits past the size are
// zero.
struct ColumnSpec {
  std::string name;
  ColumnType type = ColumnType::kInt32;
  ColumnMode mode = ColumnMode::kUpdated;
  std::int64_t size = 0;
  int planes = 1;
};

using ColumnID = int;

class FrameSchema {
 public:
  ColumnID add(ColumnSpec spec);
  std::span<const ColumnSpec> columns() const { return columns_; }
  const ColumnSpec& operator[](ColumnID column) const {
    return columns_[static_cast<std::size_t>(column)];
  }
  // -1: no such column.
  ColumnID find(std::string_view name) const;

 private:
  std::vector<ColumnSpec> columns_;
};

// What to do when a publication would leave the writer without a slot to go on in, because readers
// hold the others: leave the step private (kSkip), wait for a reader (kWait), add a slot (kGrow:
// the only step that allocates). The writer itself never lacks a slot.
enum class FramePolicy : std::uint8_t { kSkip, kWait, kGrow };

// XXH3-128, written as 32 hexadecimal digits, high half first.
struct StateHash {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const StateHash&, const StateHash&) = default;
  std::string to_string() const;
};

class FrameLayout;

// One completed step. Borrowed: valid while the pin (or, for a pass, the step) that it came from
// lasts.
class Frame {
 public:
  Frame() = default;
  Frame(const FrameLayout* layout, const std::byte* data) : layout_(layout), data_(data) {}

  bool is_valid() const { return data_ != nullptr; }
  std::int64_t step() const;  // 0 is the state before the first step
  double time() const;        // sum of dt
  std::uint64_t topology_version() const;
  const FrameSchema& schema() const;

  // T must be the column's type (bit columns: std::uint64_t). Any thread.
  template <class T>
  std::span<const T> column(ColumnID column, int plane = 0) const {
    const auto bytes = plane_bytes(column, plane);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  // Step in which each 64 KiB block of the column was last written.
  std::span<const std::int64_t> last_written_step(ColumnID column) const;

  // Over the step and the live elements of all columns in schema order; -0 counts as +0. Computed
  // at each call: reads the whole frame (about 0.1 ms a MB).
  StateHash state_hash() const;

 private:
  std::span<const std::byte> plane_bytes(ColumnID column, int plane) const;
  const FrameLayout* layout_ = nullptr;
  const std::byte* data_ = nullptr;
};

}  // namespace quadrille
