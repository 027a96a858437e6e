#include "bench/dump.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "bench/dump_order.h"
#include "bench/format.h"
#include "bench/text_dump.h"
#include "engine/replace_file.h"

namespace quadrille::program {
namespace {

static_assert(std::endian::native == std::endian::little,
              "dumps are written as they lie in memory");

constexpr std::int64_t kElementsAtOnce = 1 << 15;

// write(user, bytes) appends element `user`.
template <class Write>
Status write_elements(const std::string& path, std::int64_t size, const Write& write) {
  std::vector<char> bytes;
  return replace_file(path, [&](const FileSink& sink) {
    for (std::int64_t first = 0; first < size; first += kElementsAtOnce) {
      bytes.clear();
      const std::int64_t last = std::min(size, first + kElementsAtOnce);
      for (std::int64_t user = first; user < last; ++user) write(user, bytes);
      QUADRILLE_RETURN_IF_ERROR(sink(bytes));
    }
    return Status::ok();
  });
}

template <class T>
void append(std::vector<char>& bytes, T value) {
  const std::size_t end = bytes.size();
  bytes.resize(end + sizeof value);
  std::memcpy(bytes.data() + end, &value, sizeof value);
}

template <class T>
Status write_values(const std::string& path, const Frame& frame, ColumnID column,
                    const DumpOrder& order) {
  const ColumnSpec& spec = frame.schema()[column];
  std::vector<std::span<const T>> planes;
  for (int plane = 0; plane < spec.planes; ++plane)
    planes.push_back(frame.column<T>(column, plane));
  return write_elements(path, spec.size, [&](std::int64_t user, std::vector<char>& bytes) {
    const auto internal = static_cast<std::size_t>(order.internal(user));
    for (const std::span<const T> plane : planes) append(bytes, plane[internal]);
  });
}

Status write_bits(const std::string& path, const Frame& frame, ColumnID column,
                  const DumpOrder& order) {
  const auto words = frame.column<std::uint64_t>(column);
  return write_elements(path, frame.schema()[column].size,
                        [&](std::int64_t user, std::vector<char>& bytes) {
                          const auto bit = static_cast<std::size_t>(order.internal(user));
                          append(bytes, static_cast<char>(words[bit / 64] >> (bit % 64) & 1));
                        });
}

Status write_parents(const std::string& path, std::span<const std::int32_t> parent,
                     const DumpOrder& order) {
  return write_elements(path, std::ssize(parent), [&](std::int64_t user, std::vector<char>& bytes) {
    append(bytes, order.user(parent[static_cast<std::size_t>(order.internal(user))]));
  });
}

Status write_labels(const std::string& path, std::span<const std::int32_t> label,
                    const DumpOrder& order) {
  const std::vector<NodeID> smallest = smallest_bearers(label, order);
  return write_elements(path, std::ssize(label), [&](std::int64_t user, std::vector<char>& bytes) {
    const std::int32_t own = label[static_cast<std::size_t>(order.internal(user))];
    append(bytes, smallest[static_cast<std::size_t>(own)]);
  });
}

}  // namespace

NodeColumn node_column_of(const ColumnSpec& spec, const GraphView* graph) {
  if (graph == nullptr || spec.type != ColumnType::kInt32) return NodeColumn::kNone;
  if (spec.name == "parent") return NodeColumn::kParent;
  return spec.name == "label" ? NodeColumn::kLabel : NodeColumn::kNone;
}

// The first user that bears a label is the smallest.
std::vector<NodeID> smallest_bearers(std::span<const std::int32_t> label, const DumpOrder& order) {
  std::vector<NodeID> smallest(label.size(), -1);
  for (std::int64_t user = 0; user < std::ssize(label); ++user) {
    const std::int32_t own = label[static_cast<std::size_t>(order.internal(user))];
    NodeID& first = smallest[static_cast<std::size_t>(own)];
    if (first < 0) first = static_cast<NodeID>(user);
  }
  return smallest;
}

Status check_dump(const FrameSchema& schema, const DumpOption& dump) {
  if (schema.find(dump.column) >= 0) return Status::ok();
  std::string names;
  for (const ColumnSpec& column : schema.columns())
    names += (names.empty() ? "" : ", ") + column.name;
  return {StatusCode::kInvalidArgument,
          fmt::format("--dump: this scene has no column '{}'; it has {}", dump.column, names)};
}

Status write_dump(const Frame& frame, const GraphView* graph, const DumpOption& dump) {
  QUADRILLE_RETURN_IF_ERROR(check_dump(frame.schema(), dump));
  const ColumnID column = frame.schema().find(dump.column);
  const ColumnSpec& spec = frame.schema()[column];
  if (is_text_dump(dump.path)) return write_text_dump(frame, graph, dump);
  const DumpOrder order(graph, spec.size);
  const NodeColumn kind = node_column_of(spec, graph);
  if (kind == NodeColumn::kParent) {
    return write_parents(dump.path, frame.column<std::int32_t>(column), order);
  }
  if (kind == NodeColumn::kLabel) {
    return write_labels(dump.path, frame.column<std::int32_t>(column), order);
  }
  switch (spec.type) {
    case ColumnType::kBit: return write_bits(dump.path, frame, column, order);
    case ColumnType::kInt32: return write_values<std::int32_t>(dump.path, frame, column, order);
    case ColumnType::kUint32: return write_values<std::uint32_t>(dump.path, frame, column, order);
    case ColumnType::kInt64: return write_values<std::int64_t>(dump.path, frame, column, order);
    case ColumnType::kFloat32: return write_values<float>(dump.path, frame, column, order);
  }
  return Status::ok();
}

}  // namespace quadrille::program
