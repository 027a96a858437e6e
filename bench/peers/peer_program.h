// What the programs that compare peers share: their command line, their exit codes (as `quadrille`
// has them) and who is left out of a comparison.
#pragma once

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <quadrille/status.h>

#include "bench/format.h"
#include "bench/option_builder.h"
#include "bench/option_values.h"

namespace quadrille::program {

// Parses the options of `app`, runs compare() and says in one sentence why it failed. Libraries
// beside ours throw, which is a failure too; a CLI::ParseError of compare() is wrong usage.
template <class Compare>
int run_peer_program(const char* name, CLI::App& app, int argc, const char* const* argv,
                     const Compare& compare) try {
  app.parse(argc, argv);
  const Status status = compare();
  if (status.is_ok()) return 0;
  fmt::print(stderr, "{}: {}\n", name, one_line(status.message()));
  return 1;
} catch (const CLI::ParseError& error) {
  return app.exit(error) == 0 ? 0 : 2;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}: {}\n", name, one_line(error.what()));
  return 1;
}

inline void add_without(CLI::App* app, std::vector<std::string>& without) {
  app->add_option_function<std::string>(
         "--without", [&without](const std::string& text) { without = split_list(text); },
         "Leave those out whose names hold one of these")
      ->option_text("A,B,...");
}

// Of pointers to peers: those whose names hold one of `without` go.
template <class Peers>
void leave_out(const std::vector<std::string>& without, Peers& peers) {
  std::erase_if(peers, [&without](const auto& peer) {
    return std::ranges::any_of(without, [&](const std::string& part) {
      return !part.empty() && peer->name().find(part) != std::string::npos;
    });
  });
}

}  // namespace quadrille::program
