// What a loop does between two looks at a word that another core is about to write: it leaves the
// core's units to the other hardware thread, and saves the penalty of a wrong guess at the end.
#pragma once

#include <thread>

namespace quadrille {

inline void spin_pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

// The same for who may wait long: after so many looks the core is offered to others. `looks` is the
// caller's, 0 at first and after each look that found something.
inline void patient_pause(int& looks) {
  constexpr int kLooks = 2000;
  ++looks < kLooks ? spin_pause() : std::this_thread::yield();
}

}  // namespace quadrille
