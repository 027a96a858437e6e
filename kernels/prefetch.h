// For functions that do nothing but ask for cache lines. GCC 12 takes such a function for one
// without effect and deletes the calls, prefetches and all, unless it is inlined before that look.
#pragma once

#define QUADRILLE_PREFETCHING inline __attribute__((always_inline))
