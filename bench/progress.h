// Progress: one line on standard error while something long goes on; only on a terminal, never in a
// pipe.
#pragma once

#include <cstdint>
#include <string>

namespace quadrille::program {

class Progress {
 public:
  // Silent where standard error is no terminal, and where `quiet`.
  explicit Progress(bool quiet);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` < 0: unknown, so there is a count and no bar. Draws ten times a second at most.
  void update(const std::string& what, std::int64_t done, std::int64_t total);
  void clear();

 private:
  bool visible_;
  bool drawn_ = false;
  std::int64_t start_ns_ = 0;
  std::int64_t last_drawn_ns_ = 0;
};

// "bfs  [#########---------]  50/100 steps  1.2 s" in `width` columns.
std::string progress_line(const std::string& what, std::int64_t done, std::int64_t total,
                          double elapsed_ns, std::size_t width);

}  // namespace quadrille::program
