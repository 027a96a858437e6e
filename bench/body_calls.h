// BodyCalls: what a step of many bodies is made of, and whole steps, as a library's user calls
// them: prepared once and run as often as wanted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <quadrille/scene.h>
#include <quadrille/status.h>

#include "bench/options.h"

namespace quadrille {
class Parallel;
}  // namespace quadrille

namespace quadrille::program {

//   build     the quadtree, of bodies in any order
//   nearest   the 8 nearest bodies of each, a batch, of an index that stands
//   force     the 1/r field of all at all by the multipole method, tree included
//   nbody, collide   a step of the scene, its frame published
inline constexpr std::string_view kBodyCallNames[] = {"build", "nearest", "force", "nbody",
                                                      "collide"};

class BodyCalls {
 public:
  struct Calls {
    std::function<Status()> run;
    std::function<Status()> verify;              // what the last run wrote
    std::function<std::int64_t()> memory_bytes;  // held from run to run, beyond the input
  };

  // `kernel` is one of kBodyCallNames. `parallel` must outlive this. kOutOfMemory.
  static Result<BodyCalls> create(std::string_view kernel, const PointSet& points,
                                  Parallel& parallel, const MachineOptions& machine,
                                  std::uint64_t seed);

  Result<double> run();  // the nanoseconds that it took
  Status verify() const { return calls_.verify(); }
  std::int64_t memory_bytes() const { return calls_.memory_bytes(); }

 private:
  Calls calls_;
};

}  // namespace quadrille::program
