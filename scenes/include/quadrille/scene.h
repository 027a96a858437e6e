// Scene: what a simulation is about. It decides which columns a frame has, which passes run in
// which order, and when the end is reached. One file a scene; scenes/registry.cpp lists them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <quadrille/frame.h>
#include <quadrille/frame_writer.h>
#include <quadrille/graph.h>
#include <quadrille/hooks.h>
#include <quadrille/status.h>

namespace quadrille {

class Parallel;
class MemoryBudget;
class Arena;
class Trace;
struct KernelTable;

// Bodies as they were read or generated. Columns that the input lacks are empty, the others as long
// as x; x and y always stand. Doubles: real coordinates (geographic ones in 1e-5 degree, say) need
// more than the 24 bits of a float.
struct PointSet {
  std::vector<double> x, y;
  std::vector<float> vx, vy, mass, radius;
  // For scenes of bodies in a box, from generators: the box (min x, min y, max x, max y; empty:
  // that of the points), and segments that stand in it (ax, ay, bx, by each).
  std::vector<double> box;
  std::vector<float> segments;
  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
};

// What a scene works on; the graph or the points, as the scene says.
struct SceneInput {
  Graph graph;
  PointSet points;
  bool has_graph = false, has_points = false;
};

// Every member has an initialiser, so that -Wextra lets designated ones leave it out.
struct SceneOptions {
  NodeID source = 0;  // user id; the program takes the lowest one that leads to another
  // bfs, sssp, components: everything in one step, by the kernel's own way to the end, which is
  // faster where nobody wants the frames between. The answers are the same; nobody is active.
  bool whole_run = false;
  std::uint64_t seed = 1;
  std::int64_t delta = 0;       // sssp: bucket width; 0: chosen from the graph
  double damping = 0.85;        // pagerank: in [0, 1), how often the walk follows an arc
  double tolerance = 1e-4;      // pagerank: settled once a plain iteration changes less, in sum
  int iterations = 20;          // pagerank: at most as many
  std::int64_t samples = 64;    // closeness, betweenness: sources of the estimate, by `seed`
  float theta = -1.0f;          // nbody, layout: opening angle, to 1.5, to 1.2; negative: its own
  int order = 0;                // nbody: of the series of far cells; 0: its own
  double force_error = 0;       // nbody: relative, instead of theta and order; 0: those
  float dt = 0.0f;              // nbody, collide: time of a step; 0: the scene's own
  float softening = -1.0f;      // nbody: a length; negative: chosen from the number of bodies
  std::string time_steps = {};  // nbody: shared | block[:LEVELS[:ETA]]; empty: shared
  std::string box = {};         // nbody: open | periodic[:SIDE]; empty: open
  std::string law = {};         // nbody: inverse | inverse-square; empty: inverse
  float friction = -1.0f;       // collide: of discs, walls and segments; negative: 0.4
  float restitution = -1.0f;    // collide: the same; negative: 0.3
  float gravity = -1.0f;        // collide: lengths a second squared; negative: the box's height
  float rolling = 0;            // collide: resistance to it, as a slope; see BodyDefinition
  int sub_steps = 0;            // collide: 1 to 64; 0: 4
  std::int64_t size = 0;        // sort: number of elements; 0: 1M
  std::string algorithm = {};   // sort: radix | merge | quick; empty: radix
  std::string updates = {};     // churn: a file of updates; empty: random ones
  std::int64_t max_bodies = 0;  // of a World: as many as there may be
  std::int64_t batch = 0;       // churn: updates a step; 0: 1,000
};

// What a scene may use. All of it outlives the scene.
struct SceneContext {
  const SceneInput& input;
  const SceneOptions& options;
  Parallel& parallel;
  const KernelTable& kernels;
  MemoryBudget* budget;
  Arena& scratch;  // of the simulation: allocate in prepare(), labelled; never in a pass
  Trace* trace;    // null: none. For names of a pass's own events, and arenas of a scene's own
};

// How bodies are drawn, an element a body.
struct BodyShapes {
  std::span<const float> radius;                     // 0: there is no such body
  std::span<const float> half_length, cosine, sine;  // of capsules; empty: all are discs
  std::vector<float> segments;                       // ax, ay, bx, by of each
  std::vector<double> box;                           // min x, min y, max x, max y; empty: none
};

enum class SceneNeeds : std::uint8_t { kGraph, kPoints, kNothing };

struct SceneFact {   // a line of the report: what the run found
  std::string name;  // "reached", "components", "energy drift"
  double value;
  std::string unit;  // "nodes", "hops", "" ...
};

class Scene {
 public:
  virtual ~Scene() = default;
  // Called once, in this order: prepare (scratch memory; topology), schema, initialize (step 0),
  // passes.
  virtual Status prepare(const SceneContext& context) = 0;
  virtual FrameSchema schema() const = 0;
  virtual Status initialize(FrameWriter& frame) = 0;
  virtual std::vector<Pass> passes() = 0;
  // Waves end by themselves; others never do.
  virtual bool finished() const { return false; }
  virtual std::int64_t default_steps() const { return 100; }  // -1: until finished
  virtual float default_dt() const { return 1.0f; }
  // Whether a step may be that long, asked before each: kInvalidArgument if not; nothing changes.
  virtual Status check_dt(float dt) const {
    (void)dt;
    return Status::ok();
  }
  // Work done so far, for "a second" figures: edges looked at for waves, bodies moved for others.
  virtual std::int64_t work() const = 0;
  virtual std::string_view work_unit() const = 0;  // "edges" or "bodies" or "elements"
  // Bytes that one step has to move at least, for the share of bandwidth (a lower bound, stated in
  // the room's README).
  virtual std::int64_t step_bytes() const = 0;
  virtual std::vector<SceneFact> facts(const Frame& last) const = 0;
  // Where to draw node v; false: the scene has no positions.
  virtual bool positions(const Frame& frame, std::span<const float>& x,
                         std::span<const float>& y) const {
    (void)frame, (void)x, (void)y;
    return false;
  }
  // How large the bodies at those positions are; false: they are points.
  virtual bool shapes(const Frame& frame, BodyShapes& shapes) const {
    (void)frame, (void)shapes;
    return false;
  }
  // Checks the finished result by properties (a verifier, not a second run of the same code).
  virtual Status verify(const Frame& last) const = 0;
};

struct SceneEntry {
  std::string_view name;
  std::string_view summary;  // one line, for --help
  SceneNeeds needs;
  std::unique_ptr<Scene> (*create)();
  // kInvalidArgument or kUnsupported: what no input could mend in these options, in one sentence.
  // Null: nothing. What a scene refuses besides depends on its input.
  Status (*check)(const SceneOptions& options) = nullptr;
};

std::span<const SceneEntry> scene_registry();
const SceneEntry* find_scene(std::string_view name);  // null: none

}  // namespace quadrille
