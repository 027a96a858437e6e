// What a trace holds, as tests compare it.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "engine/trace_reader.h"

namespace quadrille::test {

constexpr double kWholeTrace = std::numeric_limits<double>::infinity();

inline std::vector<TraceThreadEvents> read_all(const Trace& trace, double last_s = kWholeTrace) {
  const TraceReader reader(trace, last_s);
  std::vector<TraceThreadEvents> threads;
  TraceThreadEvents thread;
  for (std::size_t i = 0; i < reader.max_threads(); ++i) {
    if (reader.read(i, thread)) threads.push_back(thread);
  }
  return threads;
}

// "frame(begin(catch up) count publish skip!) memory#": spans with what they hold, instants with !,
// counters with #; `only` one of the categories, or all.
inline std::string sentence(const Trace& trace, const std::vector<TraceEvent>& events,
                            const std::string& only = "") {
  const auto names = TraceReader(trace, kWholeTrace).names();
  std::string text;
  bool is_empty_span = false;
  for (const TraceEvent& event : events) {
    const TraceNameEntry& name = names.at(static_cast<std::size_t>(event.name));
    if (!only.empty() && name.category != only) continue;
    if (event.phase == TracePhase::kEnd) {
      text.pop_back();  // the space, or the bracket of a span that held nothing
      if (!is_empty_span) text += ')';
      text += ' ';
    } else {
      constexpr const char* kMarks[] = {"(", "", "! ", "# "};
      text += name.text + kMarks[static_cast<int>(event.phase)];
    }
    is_empty_span = event.phase == TracePhase::kBegin;
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace quadrille::test
