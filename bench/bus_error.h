// BusErrorExit: while it lives, reading mapped memory that another process has cut short (SIGBUS)
// ends the program with a sentence and exit code 1. One at a time: signals belong to the process.
#pragma once

#include <string_view>

namespace quadrille::program {

class BusErrorExit {
 public:
  explicit BusErrorExit(std::string_view sentence);  // written to standard error as it is
  ~BusErrorExit();
  BusErrorExit(const BusErrorExit&) = delete;
  BusErrorExit& operator=(const BusErrorExit&) = delete;
};

}  // namespace quadrille::program
