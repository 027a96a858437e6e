// What a loop does between two looks at a word that another core is about to write: it leaves the
// core's units to the other hardware thread, and saves the penalty of a wrong guess at the end.
#pragma once

namespace quadrille {

inline void spin_pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace quadrille
