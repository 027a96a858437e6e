#include <quadrille/quadtree.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include <quadrille/float_mode.h>

#include "engine/derive_quadtree.h"
#include "engine/quadtree_image.h"
#include "engine/region.h"

namespace quadrille {
namespace {

Status bad_image(const std::string& why) {
  return {StatusCode::kInvalidInput, "quadtree image: " + why};
}

// As with graphs: the layout is a function of the counts, so the header is compared with its plan.
Status verify_tree_header(const HeaderSlab& header) {
  const std::int64_t num_bodies = header.num_edges, num_quadrants = header.num_nodes;
  if (num_bodies < 0 || num_bodies > kMaxQuadtreeBodies || num_quadrants < 0 ||
      num_quadrants > max_quadrants(num_bodies) || (num_bodies == 0) != (num_quadrants == 0)) {
    return bad_image("it cannot have " + std::to_string(num_bodies) + " bodies and " +
                     std::to_string(num_quadrants) + " quadrants");
  }
  HeaderSlab plan =
      plan_quadtree_image({num_bodies, num_quadrants, header.slabs[kSlabExactX].length != 0});
  plan.version = header.version;
  plan.num_arcs = header.num_arcs;
  plan.depth = header.depth;
  std::memcpy(plan.bounds, header.bounds, sizeof(plan.bounds));
  if (std::memcmp(&plan, &header, sizeof(plan)) != 0) {
    return bad_image("its header does not fit the counts of bodies and quadrants in it");
  }
  for (const double bound : header.bounds) {
    if (!(std::fabs(bound) <= double{std::numeric_limits<float>::max()}) ||
        double{static_cast<float>(bound)} != bound || (num_quadrants == 0 && bound != 0)) {
      return bad_image("its bounds are not floats, or there are no bodies to have any");
    }
  }
  return Status::ok();
}

// Of an image whose header and padding are verified.
QuadtreeView view_of(const std::byte* image) {
  const HeaderSlab& header = header_of(image);
  const auto num_bodies = static_cast<std::size_t>(header.num_edges);
  const auto edge = [&header](int i) { return static_cast<float>(header.bounds[i]); };
  QuadtreeView tree;
  tree.quadrants = {slab_of<Quadrant>(image, kSlabNodes),
                    static_cast<std::size_t>(header.num_nodes)};
  tree.order = {slab_of<BodyID>(image, kSlabOrder), num_bodies};
  tree.x = {slab_of<float>(image, kSlabX), num_bodies};
  tree.y = {slab_of<float>(image, kSlabY), num_bodies};
  if (header.slabs[kSlabExactX].length != 0) {
    tree.exact_x = {slab_of<double>(image, kSlabExactX), num_bodies};
    tree.exact_y = {slab_of<double>(image, kSlabExactY), num_bodies};
  }
  tree.bounds = {edge(0), edge(1), edge(2), edge(3)};
  tree.depth = header.depth;
  tree.num_leaves = header.num_arcs;
  tree.version = header.version;
  return tree;
}

Result<std::unique_ptr<Region>> committed(std::size_t bytes, MemoryBudget* budget) {
  RegionOptions options;
  options.budget = budget;
  QUADRILLE_ASSIGN_OR_RETURN(Region region, Region::reserve(bytes, options));
  QUADRILLE_RETURN_IF_ERROR(region.commit(bytes));
  return std::make_unique<Region>(std::move(region));
}

std::size_t derived_bytes(std::size_t num_quadrants) {
  return num_quadrants * (sizeof(Box) + sizeof(BodyRange)) +
         (kMaxQuadtreeDepth + 2) * sizeof(std::int32_t);
}

// Boxes, ranges and depths, one behind the other: each is a multiple of the next one's alignment.
DerivedQuadtree room_in(const Region& region, std::size_t num_quadrants) {
  auto* const boxes = reinterpret_cast<Box*>(region.base());
  auto* const ranges = reinterpret_cast<BodyRange*>(boxes + num_quadrants);
  auto* const depths = reinterpret_cast<std::int32_t*>(ranges + num_quadrants);
  return {{boxes, num_quadrants}, {ranges, num_quadrants}, {depths, kMaxQuadtreeDepth + 2}};
}

}  // namespace

Quadtree::Quadtree() = default;
Quadtree::Quadtree(Quadtree&& other) noexcept
    : image_(std::move(other.image_)), derived_(std::move(other.derived_)),
      view_(std::exchange(other.view_, QuadtreeView())) {}
Quadtree& Quadtree::operator=(Quadtree&& other) noexcept {
  image_ = std::move(other.image_);
  derived_ = std::move(other.derived_);
  view_ = std::exchange(other.view_, QuadtreeView());
  return *this;
}
Quadtree::~Quadtree() = default;

// Copied first and verified then: a mapped file may change between a check and its use.
Result<Quadtree> Quadtree::open(std::span<const std::byte> image, MemoryBudget* budget) {
  const FloatMode mode;
  if (image.size() < sizeof(HeaderSlab)) return check_image(image, SlabKind::kQuadtree);
  Quadtree tree;
  QUADRILLE_ASSIGN_OR_RETURN(tree.image_, committed(image.size(), budget));
  const std::byte* const copy = tree.image_->base();
  std::memcpy(tree.image_->base(), image.data(), image.size());
  QUADRILLE_RETURN_IF_ERROR(check_image({copy, image.size()}, SlabKind::kQuadtree));
  QUADRILLE_RETURN_IF_ERROR(verify_tree_header(header_of(copy)));
  if (!has_clear_padding(copy, header_of(copy)))
    return bad_image("the padding after a slab is not zero");
  tree.view_ = view_of(copy);
  const std::size_t num_quadrants = tree.view_.quadrants.size();
  QUADRILLE_ASSIGN_OR_RETURN(tree.derived_, committed(derived_bytes(num_quadrants), budget));
  QUADRILLE_RETURN_IF_ERROR(derive_quadtree(tree.view_, room_in(*tree.derived_, num_quadrants)));
  return tree;
}

std::span<const std::byte> Quadtree::image() const {
  if (image_ == nullptr) return {};
  return {image_->base(), static_cast<std::size_t>(header_of(image_->base()).image_bytes)};
}

}  // namespace quadrille
