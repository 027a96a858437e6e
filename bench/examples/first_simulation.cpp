// A graph from edges, a breadth-first search step by step, and the frame that it leaves: the
// example of the README.
#include <array>
#include <cstdio>

#include <quadrille/graph_builder.h>
#include <quadrille/simulation.h>

int main() {
  using namespace quadrille;
  // A square with a tail: 0-1, 1-2, 2-3, 3-0 and 3-4.
  const std::array<Edge, 5> edges = {{{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 0, 1}, {3, 4, 1}}};
  SceneInput input;
  input.graph = build_graph(edges).value();
  input.has_graph = true;

  Result<Simulation> simulation =
      Simulation::create("bfs", std::move(input), {.scene = {.source = 0}});
  if (!simulation.is_ok())
    return std::fprintf(stderr, "%s\n", simulation.status().message().c_str()), 1;
  while (!simulation->finished()) {
    if (const Status status = simulation->step(); !status.is_ok()) return 1;
  }

  const PinnedFrame frame =
      simulation->reader().latest();  // any thread may hold one, as long as it likes
  const ColumnID distance = frame->schema().find("distance");
  for (const Distance d : frame->column<Distance>(distance)) std::printf("%d ", d);
  std::printf("after %d steps\n", static_cast<int>(frame->step()));  // 0 1 2 1 2 after 3 steps
}
