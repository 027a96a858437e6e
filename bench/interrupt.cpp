#include "bench/interrupt.h"

#include <csignal>
#include <cstdio>

namespace quadrille::program {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// A signal's handler can reach nothing else.
volatile std::sig_atomic_t asked_by = 0;

void ask(int signal) {
  asked_by = signal;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interrupt::Interrupt() {
  asked_by = 0;
  for (const int signal : kSignals) {
    // As under nohup, and in a script's background.
    if (std::signal(signal, ask) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
}

Interrupt::~Interrupt() {
  for (const int signal : kSignals) {
    if (std::signal(signal, SIG_DFL) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  if (asked_by == 0) return;
  std::fflush(stdout);
  std::raise(asked_by);
}

bool Interrupt::was_asked() const { return asked_by != 0; }

}  // namespace quadrille::program
