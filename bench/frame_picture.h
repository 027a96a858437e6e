// The picture of `profile frames`: how long calls take, as percentiles, both axes logarithmic.
#pragma once

#include <string>

#include <quadrille/status.h>

#include "bench/frame_profile.h"

namespace quadrille::program {

// SVG. A panel a call and a cell, a line a peer.
std::string frame_picture(const FrameProfile& profile, const std::string& caption);

}  // namespace quadrille::program
