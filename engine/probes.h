// QUADRILLE_PROBE: static probes for bpftrace, perf, SystemTap and gdb, and the one door to
// <sys/sdt.h>. Each is one instruction that does nothing until a tracer asks for it.
//
//   frame_begin(step)   frame_publish(step)   frame_skip(step)   pass(name, step, ns)
//
//   bpftrace -e 'usdt:./quadrille:quadrille:pass { @[str(arg0)] = hist(arg2); }' -c 'quadrille ...'
//
// Built where the CMake option QUADRILLE_USDT finds the header (Debian's systemtap-sdt-dev).
#pragma once

#if defined(QUADRILLE_USDT)
#define SDT_USE_VARIADIC
#include <sys/sdt.h>
#define QUADRILLE_PROBE(name, ...) STAP_PROBEV(quadrille, name, __VA_ARGS__)
#else
#define QUADRILLE_PROBE(name, ...) static_cast<void>(0)
#endif
