#include "scenes/picture_png.h"

#include <png.h>

namespace quadrille {

Result<std::vector<char>> encode_png(const Image& image) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  // The simplified interface reports errors in `message` instead of jumping.
  png_alloc_size_t bytes = 0;
  if (png_image_write_get_memory_size(header, bytes, 0, image.rgb.data(), 0, nullptr) == 0)
    return Status(StatusCode::kIoError,
                  std::string("cannot encode the picture: ") + header.message);
  std::vector<char> encoded(bytes);
  if (png_image_write_to_memory(&header, encoded.data(), &bytes, 0, image.rgb.data(), 0, nullptr) ==
      0)
    return Status(StatusCode::kIoError,
                  std::string("cannot encode the picture: ") + header.message);
  encoded.resize(bytes);
  return encoded;
}

}  // namespace quadrille
