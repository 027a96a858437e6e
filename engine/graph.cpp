#include <quadrille/graph.h>

#include <cstring>
#include <utility>

#include "engine/graph_image.h"
#include "engine/region.h"
#include "engine/slab.h"

namespace quadrille {
namespace {

// The four slabs of one direction; `first` is its block table.
Adjacency adjacency(const std::byte* image, std::uint32_t first) {
  return {slab_of<NodeBlock>(image, first), slab_of<NodeRecord>(image, first + 1),
          slab_of<NodeID>(image, first + 2), slab_of<Weight>(image, first + 3)};
}

NodeNames names_of(const std::byte* image) {
  const auto count = static_cast<std::size_t>(header_of(image).num_nodes);
  if (const auto* const numbers = slab_of<std::uint64_t>(image, kSlabNameNumbers))
    return NodeNames(std::span(numbers, count));
  const auto* const offsets = slab_of<std::uint64_t>(image, kSlabNameOffsets);
  if (offsets == nullptr) return {};
  const auto bytes = static_cast<std::size_t>(header_of(image).slabs[kSlabNameBytes].length);
  return {std::span(offsets, count + 1), {slab_of<char>(image, kSlabNameBytes), bytes}};
}

}  // namespace

GraphView::GraphView(const std::byte* image) {
  const HeaderSlab& header = header_of(image);
  num_nodes_ = static_cast<NodeID>(header.num_nodes);
  num_edges_ = header.num_edges;
  num_arcs_ = header.num_arcs;
  directed_ = (header.flags & kGraphDirected) != 0;
  real_weights_ = (header.flags & kGraphRealWeights) != 0;
  version_ = header.version;
  out_ = adjacency(image, kSlabBlockTable);
  in_ = directed_ ? adjacency(image, kSlabInBlockTable) : out_;
  if (header.slabs[kSlabX].length != 0) {
    const auto count = static_cast<std::size_t>(num_nodes_);
    x_ = {slab_of<float>(image, kSlabX), count};
    y_ = {slab_of<float>(image, kSlabY), count};
  }
  user_ids_ = slab_of<NodeID>(image, kSlabUserIds);
  internal_ids_ = slab_of<NodeID>(image, kSlabInternalIds);
  names_ = names_of(image);
}

NodeID GraphView::find_user(std::string_view name) const {
  if (!names_.empty()) return names_.find(name);
  std::uint64_t user = 0;
  return parse_node_number(name, user) && user < static_cast<std::uint64_t>(num_nodes_)
             ? static_cast<NodeID>(user)
             : -1;
}

std::span<const Weight> GraphView::out_weights(NodeID u) const {
  if (out_.weights == nullptr) return {};
  return {out_.weights + first_edge(out_, u), node_record(out_, u).out_degree};
}

Graph::Graph() = default;
Graph::Graph(Graph&& other) noexcept
    : region_(std::move(other.region_)), file_(std::move(other.file_)),
      view_(std::exchange(other.view_, GraphView())) {}
Graph& Graph::operator=(Graph&& other) noexcept {
  region_ = std::move(other.region_);
  file_ = std::move(other.file_);
  view_ = std::exchange(other.view_, GraphView());
  return *this;
}
Graph::~Graph() = default;

Graph Graph::adopt(Region region) {
  Graph graph;
  graph.region_ = std::make_unique<Region>(std::move(region));
  graph.view_ = GraphView(graph.region_->base());
  return graph;
}

// Copied first and checked then: bytes that are shared may change between a check and its use.
Result<Graph> Graph::open(std::span<const std::byte> image, const OpenOptions& options) {
  if (image.size() < sizeof(HeaderSlab)) return check_graph_image(image);
  QUADRILLE_ASSIGN_OR_RETURN(
      Region region, Region::reserve(image.size(), {.budget = options.budget, .label = {"graph"}}));
  QUADRILLE_RETURN_IF_ERROR(region.commit(image.size()));
  std::memcpy(region.base(), image.data(), image.size());
  QUADRILLE_RETURN_IF_ERROR(
      check_graph_image({region.base(), image.size()}, options.parallel, options.totals));
  return adopt(std::move(region));
}

Result<Graph> Graph::open(std::shared_ptr<const MappedFile> file, const OpenOptions& options) {
  const std::span<const std::byte> image = std::as_bytes(file->bytes());
  QUADRILLE_RETURN_IF_ERROR(check_graph_image(image, options.parallel, options.totals));
  Graph graph;
  graph.file_ = std::move(file);
  graph.view_ = GraphView(image.data());
  return graph;
}

std::span<const std::byte> Graph::image() const {
  if (file_ != nullptr) return std::as_bytes(file_->bytes());
  if (region_ == nullptr) return {};
  return {region_->base(), static_cast<std::size_t>(header_of(region_->base()).image_bytes)};
}

}  // namespace quadrille
