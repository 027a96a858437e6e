// The options that say what is computed, on what: the same on every verb that runs a scene.
#include "bench/option_builder.h"

namespace quadrille::program {

void add_order(CLI::App* app, std::string& order) {
  add_choice(
      app, "--order", order, {"file", "morton", "degree", "placed"},
      "Node order in memory: file (as read), morton (by place, where the input has coordinates), "
      "degree (hubs first: several times faster waves on social and web graphs) or placed (few "
      "edges "
      "between blocks of 4,096 nodes: faster waves on meshes, roads and trees in any order). "
      "Results always speak of the file's ids. Default: file")
      ->group(kInputGroup);
}

namespace {

void add_graph(CLI::App* app, std::string& graph) {
  app->add_option("--graph", graph,
                  "A graph: .el .wel .tsv .csv .txt .mtx .metis .graph .gr .sg .wsg .graphml .qg; "
                  ".gz and .zst too")
      ->option_text("FILE")
      ->group(kInputGroup);
}

}  // namespace

void add_reading_options(CLI::App* app, ReadingOptions& reading) {
  auto* const directed =
      app->add_flag("--directed", reading.directed, "Read an edge list as directed")
          ->group(kInputGroup);
  add_choice(app, "--ids", reading.ids, {"dense", "sparse", "texts"},
             "What nodes are called in an edge list or GraphML: dense (0, 1, 2 ...), sparse (any "
             "numbers of "
             "64 bits, or any texts, whichever the first edge has) or texts (also if they look "
             "like numbers). Inputs and results speak of these; a .qg keeps them. Default: dense")
      ->group(kInputGroup);
  app->add_flag("--symmetrize", reading.symmetrize,
                "Take the arcs of a directed graph (.mtx, .gr, .sg, .graphml, .qg) as edges")
      ->excludes(directed)
      ->group(kInputGroup);
  app->add_flag("--drop-loops", reading.drop_loops, "Leave edges from a node to itself out")
      ->group(kInputGroup);
  app->add_flag("--largest-component", reading.largest_component,
                "Keep the largest component alone (of a directed graph the largest weak one); "
                "nodes keep their ids")
      ->group(kInputGroup);
  add_order(app, reading.order);
}

void add_graph_options(CLI::App* app, InputOptions& input) {
  add_graph(app, input.graph);
  app->add_option("--generate", input.generate,
                  "A generated graph (kron:20:16, urand:20:16, grid:1024x1024)")
      ->option_text("SPEC")
      ->excludes("--graph")
      ->group(kInputGroup);
  add_reading_options(app, input);
}

void add_input_options(CLI::App* app, RunOptions& run) {
  add_graph(app, run.input.graph);
  app->add_option("--points", run.input.points,
                  "Points: .csv .tsv (x,y,vx,vy,mass,radius in a header), .xyz or .qt (a quadtree)")
      ->option_text("FILE")
      ->group(kInputGroup);
  app->add_option(
         "--generate", run.input.generate,
         "A generated graph (kron:20:16, urand:20:16, grid:1024x1024) or points (uniform:1000000, "
         "clusters:1000000, plummer:1000000, collision:1000000, collapse:1000000, orbit:2; for "
         "collide hourglass:100000, dam:100000, mixed:100000)")
      ->option_text("SPEC")
      ->group(kInputGroup);
  add_reading_options(app, run.input);
  add_seed(app, run.seed);
}

void add_scene_options(CLI::App* app, RunOptions& run) {
  app->add_option(
         "--source", run.source,
         "bfs, sssp, churn: where the wave starts (an id of the file). Default: the lowest "
         "that leads to another")
      ->option_text("ID")
      ->group(kSceneGroup);
  add_number(app, "--sources", run.num_sources, {1, 1e6},
             "bfs, sssp, churn: a run from each of N random nodes with edges, chosen by --seed")
      ->excludes("--source")
      ->group(kSceneGroup);
  add_number(app, "--steps", run.steps, {0, 1e12},
             "Steps to run. Default: waves to their end, others 100")
      ->group(kSceneGroup);
  add_number(app, "--delta", run.delta, {1, 1e15},
             "sssp: width of a bucket. Default: from the weights")
      ->group(kSceneGroup);
  add_number(app, "--damping", run.damping, {0, 0.9999},
             "pagerank: how often the walk follows an arc rather than jump. Default: 0.85")
      ->group(kSceneGroup);
  add_number(app, "--tolerance", run.tolerance, {0, 1},
             "pagerank: the end, once one without momentum changes less in sum. Default: 0.0001")
      ->group(kSceneGroup);
  add_number(app, "--iterations", run.iterations, {0, 1e9},
             "pagerank: at most as many. Default: 20")
      ->group(kSceneGroup);
  add_number(app, "--samples", run.samples, {1, 2147483647},
             "closeness, betweenness: so many random nodes as sources of the estimate, chosen by "
             "--seed; exact where that is all of them. Default: 64")
      ->group(kSceneGroup);
  add_number(app, "--theta", run.theta, {0, 1.5},
             "nbody, layout: opening angle. layout: to 1.2. nbody: to 1, and to 1.5 by the law "
             "inverse in an open box with an order of 4 or less; 0: direct sums. Default: nbody "
             "0.9, up to 131,072 bodies 0.8, up to 32,768 0.7; under inverse-square 0.8, up to "
             "131,072 bodies 0.5, up to 32,768 0.4; in a periodic box 0.5; layout 0.9")
      ->group(kSceneGroup);
  add_number(
      app, "--multipole-order", run.multipole_order, {1, 8},
      "nbody: of the series of far cells; 2 to 6, without softening 1 to 8. Default: 4; 6 up to "
      "131,072 bodies, under inverse-square and in a periodic box")
      ->group(kSceneGroup);
  add_number(app, "--force-error", run.force_error, {1e-6, 0.1},
             "nbody: relative error of the forces, instead of theta and the order; measured on 128 "
             "bodies as the run goes on")
      ->excludes("--theta")
      ->excludes("--multipole-order")
      ->group(kSceneGroup);
  add_number(app, "--dt", run.dt, {1e-18, 1e18},
             "nbody, collide: time of a step. Default: a hundredth of the time in which a body "
             "crosses the whole; collide: what presses the lowest discs of a full box by a "
             "hundredth of a radius")
      ->group(kSceneGroup);
  app->add_option(
         "--time-steps", run.time_steps,
         "nbody: shared, or block[:LEVELS[:ETA]]: a body makes 2^L steps of dt / 2^L, L up to "
         "LEVELS (8), each at most ETA (0.2) times the root of softening over its acceleration. "
         "Default: shared")
      ->option_text("NAME")
      ->group(kSceneGroup);
  app->add_option("--box", run.box,
                  "nbody: open, or periodic[:SIDE], a square around the bodies' middle that "
                  "repeats itself (for the law inverse). Default: open")
      ->option_text("NAME")
      ->group(kSceneGroup);
  add_number(app, "--softening", run.softening, {0, 1e18},
             "nbody: length below which forces fade. Default: rms radius over the root of the "
             "number of bodies")
      ->group(kSceneGroup);
  add_choice(app, "--law", run.law, {"inverse", "inverse-square"},
             "nbody: what forces fall with, the distance (gravity in two dimensions) or its square "
             "(that of a thin disc). Default: inverse")
      ->group(kSceneGroup);
  add_number(app, "--friction", run.friction, {0, 100},
             "collide: of discs, walls and segments. Default: 0.4")
      ->group(kSceneGroup);
  add_number(app, "--restitution", run.restitution, {0, 1},
             "collide: share of the speed with which discs part that they had when they met. "
             "Default: 0.3")
      ->group(kSceneGroup);
  add_number(app, "--gravity", run.gravity, {0, 1e15},
             "collide: downward, lengths a second squared. Default: the box's height")
      ->group(kSceneGroup);
  add_number(app, "--rolling", run.rolling, {0, 100},
             "collide: resistance to it: slopes up to this stop discs. Default: 0")
      ->group(kSceneGroup);
  add_number(app, "--sub-steps", run.sub_steps, {1, 64},
             "collide: of a step: more make contacts harder. Default: 4")
      ->group(kSceneGroup);
  add_number(app, "--size", run.size, {1, 1e9}, "sort: number of elements. Default: 1,000,000")
      ->group(kSceneGroup);
  app->add_option(
         "--updates", run.updates,
         "churn: updates in order, a line each: + u v, + u v weight or - u v; + may name the "
         "next new node, if ids are dense. Default: random ones, half of them deletions")
      ->option_text("FILE")
      ->group(kSceneGroup);
  add_number(app, "--batch", run.batch, {1, 1e9}, "churn: updates a step. Default: 1,000")
      ->group(kSceneGroup);
  add_choice(app, "--algorithm", run.algorithm, {"radix", "merge", "quick"},
             "sort: radix, merge or quick. Default: radix")
      ->group(kSceneGroup);
}

}  // namespace quadrille::program
