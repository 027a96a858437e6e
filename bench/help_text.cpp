#include "bench/help_text.h"

#include <quadrille/scene.h>

#include "bench/format.h"
#include "bench/peers/frame_peer.h"

namespace quadrille::program {
namespace {

constexpr std::size_t kHelpWidth = 80;
constexpr std::size_t kColumn = 26;  // where descriptions start

constexpr std::string_view kUsage[][2] = {
    {"run", "run SCENE [options]"},
    {"bench", "bench [--quick] [options]"},
    {"query",
     "query POINTS --nearest K | --box HALF | --radius R | --ray R\n"
     "                       --at FILE -o OUT.csv [--count]\n"
     "       quadrille query POINTS --pairs K -o OUT.csv"},
    {"inspect", "inspect FILE [--placement]"},
    {"convert", "convert IN OUT"},
    {"diff", "diff A.json B.json [--fail-above 5%]"},
    {"profile", "profile VERB [options]"},
    {"arena", "profile arena [--quick] [options]"},
    {"frames", "profile frames [--quick] [options]"},
    {"gapbs", "profile gapbs GRAPH.sg... --programs DIR [options]"},
    {"publish", "profile publish [SCENE] [--quick] [options]"},
    {"sizes", "profile sizes [--from S] [--to S] [options]"},
    {"trace", "profile trace [--quick] [options]"},
    {"updates", "profile updates [--quick] [options]"},
    {"watch", "watch NAME [options]"},
};

// The next line of at most `width` columns, cut at a space; removes it from `text`.
std::string_view take_line(std::string_view& text, std::size_t width) {
  std::size_t length = text.size();
  if (length > width) {
    const std::size_t space = text.rfind(' ', width);
    length = space == std::string_view::npos ? width : space;
  }
  const std::string_view line = text.substr(0, length);
  text.remove_prefix(length);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return line;
}

}  // namespace

std::string help_entry(std::string_view name, std::string_view description) {
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  std::string out = fmt::format("  {}", name);
  if (out.size() + 2 > kColumn)
    out += '\n' + std::string(kColumn, ' ');
  else
    out.resize(kColumn, ' ');
  for (bool first = true; first || !description.empty(); first = false) {
    if (!first) out += std::string(kColumn, ' ');
    out += take_line(description, kHelpWidth - kColumn);
    out += '\n';
  }
  return out;
}

std::string usage_line(std::string_view verb) {
  for (const auto& [name, text] : kUsage) {
    if (name == verb) return fmt::format("Usage: quadrille {}\n", text);
  }
  return "Usage: quadrille VERB [options]\n       quadrille VERB --help\n";
}

std::string main_help_footer() {
  return "Try:\n"
         "  quadrille bench --quick\n"
         "  quadrille run bfs --generate kron:20:16\n"
         "  quadrille run nbody --generate plummer:100000 --picture galaxy.png\n"
         "\n"
         "Exit codes: 0; 1: the input or the machine failed us (one sentence says what);\n"
         "2: wrong usage.";
}

std::string run_help_footer() {
  std::string text = "Scenes:\n";
  for (const SceneEntry& entry : scene_registry()) text += help_entry(entry.name, entry.summary);
  return text +
         "\n"
         "Try:\n"
         "  quadrille run bfs --graph roads.gr --source 725487 --dump distance=d.bin\n"
         "  quadrille run sssp --generate grid:1024x1024 --sources 8 --report sssp.json\n"
         "  quadrille run components --graph web.mtx.gz --verify\n"
         "  quadrille run nbody --generate plummer:1000000 --trace galaxy.json";
}

std::string bench_help_footer() {
  return "Every scene at a million nodes, then the engine's parts; each result is checked\n"
         "once, outside the timed part. How the figures are taken: bench/README.md.";
}

std::string profile_arena_help_footer() {
  return "Our arena and what one would use instead, each sample in a process of its own,\n"
         "in alternating order; takes about two minutes. How the table is read:\n"
         "bench/README.md.";
}

std::string profile_frames_help_footer() {
  std::string text = "Peers:\n";
  for (const FramePeerEntry& peer : frame_peers())
    text += help_entry(peer.traits.name, peer.traits.semantics);
  return text +
         "\n"
         "Parts: alone (one thread), busy (readers that read all the time), slow (that\n"
         "sleep with each frame), stalled (one that holds a frame), asleep (that wait for\n"
         "the next), stopped (one that is stopped by signals, wherever it is).\n"
         "\n"
         "Try:\n"
         "  quadrille profile frames --quick\n"
         "  quadrille profile frames --peers channel,mutex --readers 1 --rates full,10kHz\n"
         "  quadrille profile frames --picture frames.svg --hdr-log frames.hlog\n"
         "\n"
         "Takes about a minute. How the tables are read: bench/README.md.";
}

std::string profile_gapbs_help_footer() {
  return "Each pair is a run of a program of the GAP benchmark suite, which you have\n"
         "built, and one of the kernel that does the same. Their delta is the best\n"
         "power of two.\n"
         "\n"
         "Try:\n"
         "  quadrille profile gapbs kron.sg grid.sg --programs gapbs --kernels bfs\n"
         "\n"
         "What is compared: bench/README.md.";
}

std::string profile_publish_help_footer() {
  return "Each scene with a frame a step and without one, in pairs. With no SCENE: four of\n"
         "them, at a million nodes; takes about two minutes.\n"
         "\n"
         "Try:\n"
         "  quadrille profile publish bfs --graph roads.gr --source 725487\n"
         "\n"
         "How the table is read: bench/README.md.";
}

std::string profile_sizes_help_footer() {
  return "Graphs of 2^SCALE nodes and 16 times as many edges, or 2^SCALE bodies. --to 23,\n"
         "8 million, takes 10 GiB and some minutes.\n"
         "\n"
         "Try:\n"
         "  quadrille profile sizes --kernels bfs,components --picture sizes.svg\n"
         "  quadrille profile sizes --family uniform --kernels build,force --to 23\n"
         "\n"
         "How the table is read: bench/README.md.";
}

std::string profile_trace_help_footer() {
  return "Events of a trace, and scenes of a million nodes with a trace and without one, in\n"
         "pairs; takes about two minutes. How the table is read: bench/README.md.";
}

std::string profile_updates_help_footer() {
  return "Batches of updates on a graph that is read meanwhile or not, searches on the\n"
         "graph as built and as changed, and answers computed from scratch and repaired.\n"
         "With no input: kron:20:16; takes about a minute.\n"
         "\n"
         "Try:\n"
         "  quadrille profile updates --generate urand:20:16 --threads 2\n"
         "\n"
         "How the tables are read: bench/README.md.";
}

std::string watch_help_footer() {
  return "A line: the step, its time, how long ago its frame was published, how many the\n"
         "run skipped, and the hash of the frame. Ends with the run: 0; 1 if the run died.\n"
         "\n"
         "Try:\n"
         "  quadrille run nbody --generate plummer:10000 --steps 10000 --share demo &\n"
         "  quadrille watch demo --wait 5";
}

std::string query_help_footer() {
  return "Output: a line a query, no header, comma-separated: ids by (distance, id), or\n"
         "with --count how many. Boxes and circles include their bounds.\n"
         "--ray: a line a segment, from the first point of --at to the second, from the\n"
         "third to the fourth, and so on. --pairs: a line a pair, two ids and their\n"
         "distance.\n"
         "\n"
         "POINTS are a .csv, .tsv or .xyz file, or a .qt image that convert wrote: then no\n"
         "index is built.";
}

std::string convert_help_footer() {
  return "Endings of OUT (.gz and .zst compress):\n"
         "  graphs    .el .wel .csv .tsv .txt .mtx .graph .gr .sg .wsg .graphml .qg\n"
         "  points    .csv .tsv, or .qt: a quadtree over x and y";
}

}  // namespace quadrille::program
