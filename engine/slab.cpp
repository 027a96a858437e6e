#include "engine/slab.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace quadrille {
namespace {

std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
}

// The bytes between the end of a slab and the next boundary.
std::span<const std::byte> padding_after(const std::byte* image, const SlabRange& range) {
  const std::uint64_t end = range.offset + range.length;
  return {image + static_cast<std::size_t>(end), static_cast<std::size_t>(padded(end) - end)};
}

const char* name_of(SlabKind kind) {
  switch (kind) {
    case SlabKind::kGraph: return "graph";
    case SlabKind::kQuadtree: return "quadtree";
  }
  return "thing of a later version";
}

}  // namespace

HeaderSlab plan_header(SlabKind kind) {
  HeaderSlab header{};
  header.magic = kSlabMagic;
  header.format = kSlabFormat;
  header.kind = kind;
  header.image_bytes = sizeof(HeaderSlab);
  return header;
}

void append_slab(HeaderSlab& header, SlabName name, std::int64_t count, std::size_t element_bytes) {
  const std::uint64_t length = static_cast<std::uint64_t>(count) * element_bytes;
  header.slabs[name] = {length == 0 ? 0 : header.image_bytes, length};
  header.image_bytes += padded(length);
}

void clear_padding(std::byte* image, const HeaderSlab& header) {
  for (const SlabRange& range : header.slabs) {
    const std::size_t size = padding_after(image, range).size();
    std::memset(image + static_cast<std::size_t>(range.offset + range.length), 0, size);
  }
}

bool has_clear_padding(const std::byte* image, const HeaderSlab& header) {
  return std::ranges::all_of(header.slabs, [image](const SlabRange& range) {
    return std::ranges::all_of(padding_after(image, range),
                               [](std::byte byte) { return byte == std::byte{0}; });
  });
}

Status check_image(std::span<const std::byte> image, SlabKind kind) {
  const std::string what = std::string(name_of(kind)) + " image: ";
  const auto bad = [&what](const std::string& why) {
    return Status(StatusCode::kInvalidInput, what + why);
  };
  if (image.size() < sizeof(HeaderSlab)) {
    return bad("it has " + std::to_string(image.size()) + " bytes, less than a header");
  }
  if (reinterpret_cast<std::uintptr_t>(image.data()) % kCacheLineBytes != 0) {
    return {StatusCode::kInvalidArgument, what + "it does not stand on a 64-byte boundary"};
  }
  const HeaderSlab& header = header_of(image.data());
  if (header.magic != kSlabMagic) return bad("it does not begin with QADRILLE");
  if (header.format != kSlabFormat) {
    return {StatusCode::kUnsupported, what + "its format is " + std::to_string(header.format) +
                                          "; this build reads " + std::to_string(kSlabFormat)};
  }
  if (header.kind != kind) {
    return bad(std::string("it holds a ") + name_of(header.kind) + ", not a " + name_of(kind));
  }
  if (header.image_bytes != image.size()) {
    return bad("its header says " + std::to_string(header.image_bytes) + " bytes, but there are " +
               std::to_string(image.size()));
  }
  return Status::ok();
}

}  // namespace quadrille
