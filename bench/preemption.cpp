#include "bench/preemption.h"

#include <sys/resource.h>

namespace quadrille::program {

std::int64_t PreemptionWatch::count() {
  rusage usage = {};
  return ::getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

}  // namespace quadrille::program
