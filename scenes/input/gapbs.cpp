// GAPBS serialized graphs: .sg, and .wsg with int32 weights. Little-endian and unaligned: u8
// directed, i64 arcs, i64 nodes, i64 offsets[nodes + 1], i32 target (.wsg: and i32 weight)[arcs];
// if directed the same again for the transpose, which is not read: it is rebuilt. Undirected: every
// edge stands in both lists.
#include <algorithm>
#include <array>
#include <cstring>

#include "engine/number_text.h"
#include "scenes/input/fields.h"
#include "scenes/input/formats.h"

namespace quadrille {
namespace {

struct GapbsLayout {
  bool directed = false, weighted = false;
  std::int64_t num_arcs = 0, num_nodes = 0;
  std::size_t offsets = 0, targets = 0;  // positions in the file
  std::size_t target_bytes() const { return weighted ? 8 : 4; }
};

template <class T>
T load(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

Status read_layout(const TextFile& file, GapbsLayout& layout) {
  const std::string_view bytes = file.text();
  constexpr std::size_t kHeader = 17;
  if (bytes.size() < kHeader) {
    return file.fault("the header takes 17 bytes; the file has " + std::to_string(bytes.size()));
  }
  const auto directed = load<std::uint8_t>(bytes, 0);
  layout.directed = directed == 1;
  layout.weighted = extension_of(file.path()) == "wsg";
  layout.num_arcs = load<std::int64_t>(bytes, 1);
  layout.num_nodes = load<std::int64_t>(bytes, 9);
  if (directed > 1)
    return file.fault("the first byte is " + std::to_string(directed) +
                      "; 0 or 1 says if directed");
  if (layout.num_nodes < 0 || layout.num_nodes > kMostNodes) {
    return file.fault("header says " + std::to_string(layout.num_nodes) +
                      " nodes; 0 to 2147483647 are possible");
  }
  if (layout.num_arcs < 0 || layout.num_arcs > INT64_MAX / 32) {
    return file.fault("header says " + std::to_string(layout.num_arcs) + " arcs, which cannot be");
  }
  layout.offsets = kHeader;
  const std::uint64_t offsets_bytes = 8 * (static_cast<std::uint64_t>(layout.num_nodes) + 1);
  const std::uint64_t arcs_bytes =
      static_cast<std::uint64_t>(layout.num_arcs) * layout.target_bytes();
  const std::uint64_t total = kHeader + (offsets_bytes + arcs_bytes) * (layout.directed ? 2 : 1);
  layout.targets =
      kHeader + static_cast<std::size_t>(std::min<std::uint64_t>(offsets_bytes, bytes.size()));
  if (total == bytes.size()) return Status::ok();
  return file.fault("header says " + counted(layout.num_nodes, "node") + " and " +
                    counted(layout.num_arcs, "arc") + ", which take " + std::to_string(total) +
                    " bytes; the file has " + std::to_string(bytes.size()));
}

class GapbsSource final : public EdgeSource {
 public:
  GapbsSource(const TextFile& file, const GapbsLayout& layout, WeightKind kind)
      : file_(file), layout_(layout), kind_(kind) {}
  std::int64_t num_chunks() const override {
    return (layout_.num_nodes + kNodeBlockSize - 1) / kNodeBlockSize;
  }

  Status read(std::int64_t chunk, EdgeSink& sink) override {
    const std::int64_t begin = chunk * kNodeBlockSize;
    const std::int64_t end = std::min<std::int64_t>(begin + kNodeBlockSize, layout_.num_nodes);
    std::array<Edge, 1024> batch;
    std::size_t filled = 0;
    for (std::int64_t u = begin; u < end; ++u) {
      const std::int64_t first = offset(u), last = offset(u + 1);
      if (first < 0 || last < first || last > layout_.num_arcs) {
        return file_.fault("the list of node " + std::to_string(u) + " runs from " +
                           std::to_string(first) + " to " + std::to_string(last) + "; there are " +
                           std::to_string(layout_.num_arcs) + " arcs");
      }
      for (std::int64_t e = first; e < last; ++e) {
        QUADRILLE_RETURN_IF_ERROR(arc(u, e, batch[filled]));
        if (++filled < batch.size()) continue;
        QUADRILLE_RETURN_IF_ERROR(sink.take(batch));
        filled = 0;
      }
    }
    return sink.take(std::span(batch).first(filled));
  }

  Status check_ends() const {
    const std::int64_t first = offset(0), last = offset(layout_.num_nodes);
    if (first == 0 && last == layout_.num_arcs) return Status::ok();
    return file_.fault("lists run from " + std::to_string(first) + " to " + std::to_string(last) +
                       "; header says " + std::to_string(layout_.num_arcs) + " arcs");
  }

 private:
  std::int64_t offset(std::int64_t u) const {
    return load<std::int64_t>(file_.text(), layout_.offsets + static_cast<std::size_t>(u) * 8);
  }
  Status arc(std::int64_t u, std::int64_t e, Edge& edge) const {
    const std::size_t at = layout_.targets + static_cast<std::size_t>(e) * layout_.target_bytes();
    edge = {static_cast<NodeID>(u), load<NodeID>(file_.text(), at), 1};
    if (edge.v < 0 || edge.v >= layout_.num_nodes) {
      return file_.fault("node " + std::to_string(edge.v) + " in the list of node " +
                         std::to_string(u) + " is out of range; header says " +
                         counted(layout_.num_nodes, "node"));
    }
    if (!layout_.weighted || kind_ == WeightKind::kIgnore) return Status::ok();
    edge.w = load<Weight>(file_.text(), at + 4);
    if (edge.w < 0) {
      return file_.fault("weight " + std::to_string(edge.w) + " in the list of node " +
                         std::to_string(u) + " is below 0");
    }
    if (kind_ == WeightKind::kReal) edge = real_edge(edge.u, edge.v, static_cast<float>(edge.w));
    return Status::ok();
  }

  const TextFile& file_;
  GapbsLayout layout_;
  WeightKind kind_;
};

}  // namespace

Result<Graph> read_gapbs(ReadContext& context) {
  GapbsLayout layout;
  QUADRILLE_RETURN_IF_ERROR(read_layout(context.file, layout));
  GapbsSource source(context.file, layout, context.options.weights);
  QUADRILLE_RETURN_IF_ERROR(source.check_ends());
  BuildOptions build;
  build.directed = layout.directed;
  build.both_arcs = !layout.directed;
  build.weighted = layout.weighted;
  build.num_nodes = layout.num_nodes;
  Result<Graph> graph = build_from(source, build, context);
  if (!graph.is_ok() || layout.directed) return graph;
  const LonelyArc lonely = find_lonely_arc(graph->view(), context.parallel);
  if (lonely.u < 0) return graph;
  return context.file.fault("node " + std::to_string(lonely.u) + " has an edge to node " +
                            std::to_string(lonely.v) +
                            ", which does not have it back, but the graph is undirected");
}

}  // namespace quadrille
