// Morton keys: the inner loops.
#pragma once

#include <cstdint>

#include <quadrille/morton_square.h>

namespace quadrille {

struct MortonEncodeArgs {  // keys[i] of the point (x[i], y[i]) for i in [0, count)
  const float* x;
  const float* y;
  std::uint32_t* keys;
  std::int64_t count;
  MortonSquare square;
};

struct MinMaxArgs {  // values[0 .. count)
  const float* values;
  std::int64_t count;
  float min, max;  // in: where to start from; out: widened to all values that compare
};

struct MortonBodies {
  void (*encode)(const MortonEncodeArgs& args);
  void (*min_max)(MinMaxArgs& args);
};

}  // namespace quadrille
