// PreemptionWatch: tells a long call from one during which the system took the processor away.
#pragma once

#include <cstdint>

namespace quadrille::program {

// Of the thread that made it. It asks the system only about calls so long that they may have been
// interrupted.
class PreemptionWatch {
 public:
  PreemptionWatch() : last_(count()) {}
  // Whether the system took the processor from this thread since the last long call: of a call that
  // lasted `ns`, how long it waited for the machine, not for anybody else, is then part of that.
  bool spoils(std::int64_t ns) {
    if (ns < kLongNs) return false;
    const std::int64_t before = last_;
    last_ = count();
    return last_ != before;
  }

 private:
  static constexpr std::int64_t kLongNs = 10'000;
  static std::int64_t count();
  std::int64_t last_;
};

}  // namespace quadrille::program
