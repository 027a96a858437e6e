// The door to libpng: an image as the bytes of a PNG file.
#pragma once

#include <vector>

#include <quadrille/status.h>

#include "scenes/canvas.h"

namespace quadrille {

Result<std::vector<char>> encode_png(const Image& image);

}  // namespace quadrille
