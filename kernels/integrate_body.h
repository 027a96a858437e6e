// The integrator's inner loops, as the kernel table holds them.
#pragma once

#include <cstdint>

namespace quadrille {

// to[i] = from[i] + scale * rate[i] for i in [0, count). A leapfrog's kick (velocity += dt/2 *
// acceleration) and drift (position += dt * velocity) are both this. `to` may be `from`.
struct AxpyArgs {
  const float* from;
  const float* rate;
  float* to;
  float scale;
  std::int64_t count;
};

struct IntegrateBodies {
  void (*axpy)(const AxpyArgs& args);
};

}  // namespace quadrille
