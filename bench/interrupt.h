// Interrupt: while it lives, the first SIGINT, SIGTERM or SIGHUP asks the program to stop and clean
// up, and the second ends it at once. Who had them ignored goes on ignoring them. One at a time:
// signals belong to the process.
#pragma once

namespace quadrille::program {

class Interrupt {
 public:
  Interrupt();
  // If asked to stop, the process now ends by that signal, as its parent expects; standard output
  // is written out first.
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool was_asked() const;
};

}  // namespace quadrille::program
