// The tables of `profile frames`: a block a question, with a sentence above it that says what its
// figures are.
#pragma once

#include <string>

#include "bench/frame_profile.h"
#include "bench/machine.h"

namespace quadrille::program {

// All in lines of at most `width` columns, from 80 on.

// Machine, clock, counters: what the figures were taken on, and how.
std::string frame_heading(const FrameProfile& profile, const Machine& machine,
                          const TickClock& clock, std::size_t width);
std::string frame_tables(const FrameProfile& profile, std::size_t width);
// The channel against a mutex, in a few lines. Empty where one of them was not measured.
std::string frame_summary(const FrameProfile& profile, std::size_t width);

}  // namespace quadrille::program
