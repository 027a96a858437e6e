// KernelCalls: a graph kernel as a library's user calls it, prepared once and run to the end from
// as many sources as wanted, without frames.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <quadrille/arena.h>
#include <quadrille/graph.h>
#include <quadrille/parallel.h>
#include <quadrille/status.h>

namespace quadrille::program {

inline constexpr std::string_view kKernelCallNames[] = {"bfs",      "sssp",      "components",
                                                        "pagerank", "triangles", "betweenness"};

class KernelCalls {
 public:
  struct Calls {
    std::function<void(NodeID source)> run;  // of internal ids
    std::function<Status(NodeID source)> verify;
  };

  // `kernel` is one of kKernelCallNames; `isa` as --isa takes it. What `graph` shows and `parallel`
  // must outlive this. kOutOfMemory.
  static Result<KernelCalls> create(std::string_view kernel, const GraphView& graph,
                                    Parallel& parallel, const std::string& isa);

  // The nanoseconds that it took. `source`, a node of the user's, is of bfs and sssp.
  double run(NodeID source);
  Status verify(NodeID source) const;  // what the last run wrote

 private:
  explicit KernelCalls(const GraphView& graph) : graph_(graph) {}

  GraphView graph_;
  std::optional<Arena> arena_;  // columns and scratch: in large pages, as those of a simulation
  Calls calls_;
};

}  // namespace quadrille::program
