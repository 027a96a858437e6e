#include "bench/text_dump.h"

#include <string_view>
#include <vector>

#include "bench/dump_order.h"
#include "engine/text_writer.h"
#include "scenes/input/formats.h"

namespace quadrille::program {
namespace {

constexpr std::string_view kAxes[] = {"_x", "_y"};

class TextDump {
 public:
  TextDump(const Frame& frame, const GraphView* graph, const DumpOption& dump)
      : frame_(frame), graph_(graph), column_(frame.schema().find(dump.column)),
        spec_(frame.schema()[column_]), order_(graph, spec_.size),
        separator_(extension_of(dump.path) == "tsv" ? '\t' : ','),
        kind_(node_column_of(spec_, graph)) {
    if (kind_ == NodeColumn::kLabel)
      smallest_ = smallest_bearers(frame.column<std::int32_t>(column_), order_);
  }

  void write(TextWriter& out) const {
    out << (graph_ == nullptr ? "element" : "node");
    for (int plane = 0; plane < spec_.planes; ++plane) {
      out << separator_ << spec_.name;
      if (spec_.planes > 1) out << kAxes[plane];
    }
    out << '\n';
    for (std::int64_t user = 0; user < spec_.size; ++user) {
      put_node(out, static_cast<NodeID>(user));
      const auto element = static_cast<std::size_t>(order_.internal(user));
      for (int plane = 0; plane < spec_.planes; ++plane)
        put_value(out << separator_, element, plane);
      out << '\n';
    }
  }

 private:
  void put_node(TextWriter& out, NodeID user) const {
    if (graph_ == nullptr || user >= graph_->num_nodes()) {
      out << user;
    } else {
      out << graph_->names()[user];
    }
  }
  void put_value(TextWriter& out, std::size_t element, int plane) const {
    switch (spec_.type) {
      case ColumnType::kBit:
        out << ((frame_.column<std::uint64_t>(column_)[element / 64] >> (element % 64) & 1) != 0
                    ? '1'
                    : '0');
        return;
      case ColumnType::kInt32:
        return put_int32(out, frame_.column<std::int32_t>(column_, plane)[element]);
      case ColumnType::kUint32:
        out << frame_.column<std::uint32_t>(column_, plane)[element];
        return;
      case ColumnType::kInt64: out << frame_.column<std::int64_t>(column_, plane)[element]; return;
      case ColumnType::kFloat32: out << frame_.column<float>(column_, plane)[element]; return;
    }
  }
  void put_int32(TextWriter& out, std::int32_t value) const {
    if (kind_ == NodeColumn::kNone) {
      out << value;
    } else if (value >= 0) {
      put_node(out, kind_ == NodeColumn::kParent ? order_.user(value)
                                                 : smallest_[static_cast<std::size_t>(value)]);
    }
  }

  const Frame& frame_;
  const GraphView* graph_;
  ColumnID column_;
  const ColumnSpec& spec_;
  DumpOrder order_;
  char separator_;
  NodeColumn kind_;
  std::vector<NodeID> smallest_;  // kLabel
};

}  // namespace

bool is_text_dump(const std::string& path) {
  const std::string extension = extension_of(path);
  return extension == "csv" || extension == "tsv";
}

Status write_text_dump(const Frame& frame, const GraphView* graph, const DumpOption& dump) {
  const TextDump text(frame, graph, dump);
  return write_file(dump.path, [&](TextWriter& out) { text.write(out); });
}

}  // namespace quadrille::program
