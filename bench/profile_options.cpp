// The options of `quadrille profile`: a verb for each thing that is profiled.
#include "bench/help_text.h"
#include "bench/option_builder.h"

namespace quadrille::program {
namespace {

constexpr const char* kMeasureGroup = "What is measured";

// What each verb of `profile` has.
template <class ProfileOptions>
void add_profile_options(CLI::App* verb, ProfileOptions& options) {
  verb->add_flag("--quick", options.quick, "Small sizes: a few seconds, every part exercised")
      ->group(kMeasureGroup);
  add_number(verb, "--repeat", options.repeat, {1, 1000},
             "Rounds; every second one runs backwards. Default: 5")
      ->group(kMeasureGroup);
  verb->add_option("--report", options.report, "Write every sample")
      ->option_text("FILE.json")
      ->group(kResultGroup);
  verb->add_option("--picture", options.picture, "Draw the table")
      ->option_text("FILE.svg")
      ->group(kResultGroup);
  verb->add_option("--hdr-log", options.hdr_log,
                   "Write the histograms as HdrHistogram's tools read them")
      ->option_text("FILE.hlog")
      ->group(kResultGroup);
  add_quiet(verb, options.quiet);
}

void add_profile_arena(CLI::App& profile, ProfileArenaOptions& arena) {
  CLI::App* verb = add_verb(profile, "arena", "What allocating from an arena costs");
  verb->footer(profile_arena_help_footer());
  add_profile_options(verb, arena);
  add_number(verb, "--objects", arena.objects, {1, 1e8},
             "Objects of 16 bytes a list; may be given again. Default: 10,000, 1,000,000 and "
             "10,000,000")
      ->group(kMeasureGroup);
  add_number(verb, "--frames", arena.frames, {1, 1e8},
             "Frames of each allocator, over all rounds. Default: 1,000,000")
      ->group(kMeasureGroup);
  add_number(verb, "--threads", arena.threads, {2, 256},
             "Threads of the column of threads. Default: 2")
      ->group(kMeasureGroup);
  add_number(verb, "--seed", arena.seed, {0, 9e15}, "Seed of everything random. Default: 1")
      ->group(kMeasureGroup);
}

}  // namespace

void add_profile(CLI::App& app, Options& options) {
  CLI::App* profile = add_verb(app, "profile", "What the engine's parts cost, and their peers");
  profile->require_subcommand(1);
  add_profile_arena(*profile, options.profile_arena);
}

}  // namespace quadrille::program
