#include "scenes/input/formats.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "engine/graph_image.h"
#include "engine/slab.h"

namespace quadrille {
namespace {

struct ExtensionEntry {
  std::string_view extension;
  Format format;
};

constexpr ExtensionEntry kExtensions[] = {
    {"el", Format::kEdgeList},  {"wel", Format::kEdgeList}, {"tsv", Format::kEdgeList},
    {"csv", Format::kEdgeList}, {"txt", Format::kEdgeList}, {"mtx", Format::kMatrixMarket},
    {"graph", Format::kMetis},  {"metis", Format::kMetis},  {"gr", Format::kDimacs},
    {"sg", Format::kGapbs},     {"wsg", Format::kGapbs},    {"graphml", Format::kGraphMl},
    {"xml", Format::kGraphMl},  {"qg", Format::kImage},     {"qt", Format::kTreeImage},
    {"xyz", Format::kXyz},
};

Format format_of_content(std::string_view text) {
  HeaderSlab header{};
  text.copy(reinterpret_cast<char*>(&header), sizeof header);
  if (header.magic == kSlabMagic)
    return header.kind == SlabKind::kQuadtree ? Format::kTreeImage : Format::kImage;
  if (text.starts_with("%%MatrixMarket")) return Format::kMatrixMarket;
  if (text.starts_with("<?xml") || text.starts_with("<graphml")) return Format::kGraphMl;
  return Format::kUnknown;
}

}  // namespace

std::string_view without_compression(std::string_view path) {
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (path.ends_with(ending)) path.remove_suffix(ending.size());
  }
  return path;
}

std::string extension_of(std::string_view path) {
  path = without_compression(path);
  const std::size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] == '/') return {};
  std::string extension(path.substr(dot + 1));
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

bool may_have_quotes(std::string_view path) {
  const std::string extension = extension_of(path);
  return extension == "csv" || extension == "tsv";
}

Format format_of_name(std::string_view path) {
  const std::string extension = extension_of(path);
  for (const ExtensionEntry& entry : kExtensions) {
    if (entry.extension == extension) return entry.format;
  }
  return Format::kUnknown;
}

Format format_of_file(const TextFile& file) {
  const Format by_content = format_of_content(file.text());
  if (by_content != Format::kUnknown) return by_content;
  const Format by_name = format_of_name(file.path());
  return by_name != Format::kUnknown ? by_name : Format::kEdgeList;
}

void note_lines(const LineCounts& lines, InputReport& report) {
  report.lines = lines.lines;
  report.comments = lines.comments;
  report.crlf_lines = lines.crlf_lines;
}

Result<Graph> build_from(EdgeSource& source, BuildOptions build, ReadContext& context) {
  const WeightKind kind = context.options.weights;
  build.weighted = build.weighted && kind != WeightKind::kIgnore;
  build.real_weights = build.weighted && kind == WeightKind::kReal;
  build.order = context.options.order;
  const GraphChanges& changes = context.options.changes;
  build.drop_self_loops = changes.drop_self_loops;
  const bool is_symmetrized = build.directed && changes.symmetrize;
  if (is_symmetrized) build.directed = false;
  if (changes.largest_component) build.order = NodeOrder::kFile;  // it is built once more
  Result<Graph> graph =
      build_graph(source, build, context.parallel, context.budget, &context.report.build);
  if (is_symmetrized) context.report.build.arcs_symmetrized = context.report.build.edges_in_input;
  return graph;
}

// Sums over the arcs tell whether there is one; only then each is looked up.
LonelyArc find_lonely_arc(const GraphView& graph, Parallel& parallel) {
  if (holds_both_arcs(graph, parallel)) return {};
  std::atomic<NodeID> lowest{graph.num_nodes()};
  const auto returned = [&](NodeID u, std::size_t i) {
    const NodeID v = graph.out_neigh(u)[i];
    const std::span<const NodeID> back = graph.out_neigh(v);
    const auto place = std::lower_bound(back.begin(), back.end(), u);
    if (place == back.end() || *place != u) return false;
    return !graph.weighted() ||
           graph.out_weights(v)[static_cast<std::size_t>(place - back.begin())] ==
               graph.out_weights(u)[i];
  };
  parallel.for_range(
      graph.num_nodes(), kNodeBlockSize, [&](std::int64_t begin, std::int64_t end, int) {
        for (auto u = static_cast<NodeID>(begin); u < end; ++u) {
          for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
            if (returned(u, i)) continue;
            const NodeID user = graph.user_id(u);
            NodeID seen = lowest.load(std::memory_order_relaxed);
            while (user < seen &&
                   !lowest.compare_exchange_weak(seen, user, std::memory_order_relaxed)) {
            }
            break;
          }
        }
      });
  const NodeID user = lowest.load(std::memory_order_relaxed);
  if (user == graph.num_nodes()) return {};
  const NodeID u = graph.internal_id(user);
  NodeID first = graph.num_nodes();  // of the user's ids, too
  for (std::size_t i = 0; i < graph.out_neigh(u).size(); ++i) {
    if (!returned(u, i)) first = std::min(first, graph.user_id(graph.out_neigh(u)[i]));
  }
  return {user, first};
}

}  // namespace quadrille
