#include "bench/bus_error.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include <unistd.h>

namespace quadrille::program {
namespace {

// A signal's handler can reach nothing else.
char last_words[256];
std::size_t last_words_bytes = 0;

// Nothing but what a handler may call.
void leave(int) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, last_words, last_words_bytes);
  ::_exit(1);
}

}  // namespace

BusErrorExit::BusErrorExit(std::string_view sentence) {
  last_words_bytes = std::min(sentence.size(), sizeof last_words);
  std::memcpy(last_words, sentence.data(), last_words_bytes);
  std::signal(SIGBUS, leave);
}

BusErrorExit::~BusErrorExit() { std::signal(SIGBUS, SIG_DFL); }

}  // namespace quadrille::program
