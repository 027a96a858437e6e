// FloatMode: the processor's floating-point mode that results are promised in, for as long as one
// lives. A caller may have set another (games flush denormals, interval libraries round downwards);
// it finds its own again.
//
// Stands at each public entry that computes, and in each chunk that another thread runs: threads of
// a pool, of oneTBB or of an integrator have a mode of their own. A look at the mode costs a few
// cycles, a change some tens, and no system call.
#pragma once

#include <cstdint>

namespace quadrille {

class FloatMode {
 public:
  FloatMode() : callers_(read()) {
    if (!is_promised(callers_)) write(kPromised);
  }
  ~FloatMode() {
    if (!is_promised(callers_)) write(callers_);
  }
  FloatMode(const FloatMode&) = delete;
  FloatMode& operator=(const FloatMode&) = delete;

 private:
#if defined(__SSE__)
  using Word = std::uint32_t;                // MXCSR
  static constexpr Word kPromised = 0x1f80;  // to nearest, denormals kept, no exception traps
  static constexpr Word kRaised = 0x3f;      // what happened so far; changes nothing
  static Word read() { return __builtin_ia32_stmxcsr(); }
  static void write(Word word) { __builtin_ia32_ldmxcsr(word); }
#elif defined(__aarch64__)
  using Word = std::uint64_t;  // FPCR
  static constexpr Word kPromised = 0, kRaised = 0;
  static Word read() {
    Word word;
    asm volatile("mrs %0, fpcr" : "=r"(word)::"memory");
    return word;
  }
  static void write(Word word) { asm volatile("msr fpcr, %0" ::"r"(word) : "memory"); }
#else  // WebAssembly has one mode only
  using Word = std::uint32_t;
  static constexpr Word kPromised = 0, kRaised = 0;
  static Word read() { return kPromised; }
  static void write(Word) {}
#endif
  static bool is_promised(Word word) { return (word & ~kRaised) == kPromised; }

  Word callers_;
};

}  // namespace quadrille
