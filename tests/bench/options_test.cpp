#include "bench/options.h"

#include <array>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>
#include <quadrille/scene.h>

#include "bench/help_text.h"
#include "bench/option_values.h"

namespace quadrille::program {
namespace {

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "quadrille");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

std::string some_scene(SceneNeeds needs) {
  for (const SceneEntry& entry : scene_registry()) {
    if (entry.needs == needs) return std::string(entry.name);
  }
  return "";
}

void expect_wrong_usage(const CommandLine& line, const std::string& part) {
  EXPECT_EQ(line.exit_code, 2);
  EXPECT_EQ(line.text.find('\n'), std::string::npos) << line.text;
  EXPECT_NE(line.text.find(part), std::string::npos) << line.text;
  EXPECT_NE(line.text.find("--help"), std::string::npos) << line.text;
}

TEST(ParseBytes, TakesBinaryUnits) {
  EXPECT_EQ(parse_bytes("4096").value(), 4096u);
  EXPECT_EQ(parse_bytes("1K").value(), 1024u);
  EXPECT_EQ(parse_bytes("512M").value(), std::size_t{512} << 20);
  EXPECT_EQ(parse_bytes("1.5GiB").value(), std::size_t{3} << 29);
  EXPECT_EQ(parse_bytes("2GB").value(), std::size_t{2} << 30);
  EXPECT_EQ(parse_bytes("4e3").value(), 4000u);
}

TEST(ParseBytes, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "M", "-1", "0", "1.5", "12X", "1KK", "1 M", "nan", "inf", "1e30G", "99999999999G"}) {
    EXPECT_FALSE(parse_bytes(text).is_ok()) << text;
  }
}

TEST(ParsePublish, TakesWordsIntervalsAndRates) {
  EXPECT_EQ(parse_publish("every").value().mode, PublishMode::kEvery);
  EXPECT_EQ(parse_publish("never").value().mode, PublishMode::kNever);
  EXPECT_EQ(parse_publish("7").value().interval, 7);
  EXPECT_DOUBLE_EQ(parse_publish("50Hz").value().period_s, 0.02);
  for (const char* text : {"every", "never", "7", "60Hz"}) {
    EXPECT_EQ(to_string(parse_publish(text).value()), text);
  }
}

TEST(ParsePublish, RefusesWhatIsNoInterval) {
  for (const char* text :
       {"", "0", "-3", "2.5", "0Hz", "Hz", "sometimes", "60 Hz", "1e400Hz", "infHz"}) {
    EXPECT_FALSE(parse_publish(text).is_ok()) << text;
  }
}

TEST(ParseWhenPinned, TakesAPolicyAndItsNumber) {
  EXPECT_EQ(parse_when_pinned("skip").value().policy, FramePolicy::kSkip);
  EXPECT_EQ(parse_when_pinned("wait").value().policy, FramePolicy::kWait);
  EXPECT_DOUBLE_EQ(parse_when_pinned("wait:250ms").value().wait_s, 0.25);
  EXPECT_EQ(parse_when_pinned("grow").value().policy, FramePolicy::kGrow);
  EXPECT_EQ(parse_when_pinned("grow:20").value().max_slots, 20);
  for (const char* text : {"skip", "wait:250ms", "wait:0.5ms", "grow:20"}) {
    EXPECT_EQ(to_string(parse_when_pinned(text).value()), text);
  }
}

TEST(ParseWhenPinned, RefusesWhatIsNoPolicy) {
  for (const char* text :
       {"", "skip:1", "wait:", "wait:x", "wait:-1ms", "wait:0s", "wait:5", "wait:inf",
        "grow:", "grow:0", "grow:2.5", "grow:65536", "block", "wait 5"}) {
    EXPECT_FALSE(parse_when_pinned(text).is_ok()) << text;
  }
}

TEST(ParseDump, CutsAtTheFirstEqualsSign) {
  const DumpOption dump = parse_dump("distance=a=b.bin").value();
  EXPECT_EQ(dump.column, "distance");
  EXPECT_EQ(dump.path, "a=b.bin");
  for (const char* text : {"", "distance", "=d.bin", "distance="})
    EXPECT_FALSE(parse_dump(text).is_ok()) << text;
}

TEST(ParseRatio, TakesPercentAndFractions) {
  EXPECT_DOUBLE_EQ(parse_ratio("5%").value(), 0.05);
  EXPECT_DOUBLE_EQ(parse_ratio("0.1").value(), 0.1);
  EXPECT_DOUBLE_EQ(parse_ratio("1e-3").value(), 0.001);
  for (const char* text : {"", "%", "-1%", "5%%", "five"})
    EXPECT_FALSE(parse_ratio(text).is_ok()) << text;
}

TEST(CommandLine, HelpAndVersionAreNotErrors) {
  for (const char* verb : {"run", "bench", "query", "inspect", "convert", "diff", "profile"}) {
    const CommandLine line = parse({verb, "--help"});
    EXPECT_EQ(line.exit_code, 0) << verb;
    EXPECT_NE(line.text.find(std::string("quadrille ") + verb), std::string::npos) << line.text;
  }
  EXPECT_NE(parse({"--help"}).text.find("Usage:"), std::string::npos);
  EXPECT_EQ(parse({"--version"}).text.rfind("quadrille ", 0), 0u);
}

TEST(CommandLine, HelpFitsEightyColumns) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{"--help"},
                                             {"run", "--help"},
                                             {"bench", "--help"},
                                             {"query", "--help"},
                                             {"profile", "--help"},
                                             {"profile", "arena", "--help"},
                                             {"profile", "frames", "--help"},
                                             {"profile", "publish", "--help"},
                                             {"diff", "--help"}}) {
    std::istringstream help(parse(arguments).text);
    for (std::string line; std::getline(help, line);) EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST(CommandLine, EntriesWrapAtSpacesAndKeepLongWords) {
  const std::string word(54, 'x');
  const std::string entry = help_entry("--name", word + "xxxxxxxx end");
  EXPECT_NE(entry.find(word + "\n"), std::string::npos) << entry;
  EXPECT_NE(entry.find(" end\n"), std::string::npos) << entry;
  EXPECT_EQ(help_entry("--empty", "").back(), '\n');
}

TEST(CommandLine, WrongUsageIsOneLineThatPointsToHelp) {
  expect_wrong_usage(parse({}), "quadrille --help");
  expect_wrong_usage(parse({"dance"}), "dance");
  expect_wrong_usage(parse({"run"}), "SCENE");
  expect_wrong_usage(parse({"run", "no-such\nscene"}), "no-such?scene");
  expect_wrong_usage(parse({"bench", "--threads", "0"}), "--threads");
  expect_wrong_usage(parse({"bench", "--threads", "many"}), "--threads");
  expect_wrong_usage(parse({"bench", "--threads", "2.5"}), "--threads");
  expect_wrong_usage(parse({"bench", "--seed", "-1"}), "--seed");
  expect_wrong_usage(parse({"bench", "--tasks", "openmp"}), "--tasks");
  expect_wrong_usage(parse({"bench", "--picture", "p.gif"}), "p.gif");
  expect_wrong_usage(parse({"bench", "--picture", "p.png"}), "p.png");
  expect_wrong_usage(parse({"run", "sort", "--memory-picture", "m.png"}), "m.png");
  expect_wrong_usage(parse({"run", "sort", "--picture-every", "5"}), "--picture: name a file");
  expect_wrong_usage(parse({"run", "sort", "--picture", "p.svg", "--picture-every", "0"}), "0");
  expect_wrong_usage(parse({"bench", "--no-such-option"}), "--no-such-option");
  expect_wrong_usage(parse({"diff", "a.json"}), "B.json");
  expect_wrong_usage(parse({"profile"}), "arena");
  expect_wrong_usage(parse({"profile", "heap"}), "'heap' is no verb");
  expect_wrong_usage(parse({"profile", "frames", "--peers", "channel,pigeon"}), "'pigeon'");
  expect_wrong_usage(parse({"profile", "publish", "bfs"}), "needs a graph");
  expect_wrong_usage(parse({"profile", "publish", "pigeon"}), "'pigeon'");
  expect_wrong_usage(parse({"profile", "publish", "--graph", "a.el"}), "name one");
  expect_wrong_usage(parse({"profile", "frames", "--readers", "1,63"}), "'63'");
  expect_wrong_usage(parse({"profile", "frames", "--readers", "1,"}), "''");
  expect_wrong_usage(parse({"profile", "frames", "--rates", "60"}), "60Hz");
  expect_wrong_usage(parse({"profile", "frames", "--parts", "all"}), "stalled");
  expect_wrong_usage(parse({"profile", "frames", "--window", "20"}), "20ms");
  expect_wrong_usage(parse({"profile", "frames", "--frame-bytes", "1M"}), "64.0 KiB");
  expect_wrong_usage(parse({"profile", "frames", "--picture", "p.png"}), "p.png");
  expect_wrong_usage(parse({"profile", "arena", "--threads", "1"}), "--threads");
  expect_wrong_usage(parse({"profile", "arena", "--objects", "0"}), "--objects");
  expect_wrong_usage(parse({"profile", "arena", "--picture", "p.png"}), "p.png");
  expect_wrong_usage(parse({"diff", "a.json", "b.json", "--fail-above", "much"}), "much");
  expect_wrong_usage(parse({"run", "sort", "--when-pinned", "block"}), "grow");
  expect_wrong_usage(parse({"run", "sort", "--share", "x", "--repeat", "2"}), "one run");
  expect_wrong_usage(parse({"watch"}), "NAME");
  expect_wrong_usage(parse({"watch", "x", "--lines", "0"}), "--lines");
  expect_wrong_usage(parse({"watch", "x", "--every", "-1"}), "--every");
  expect_wrong_usage(parse({"watch", "../x"}), "NAME: '../x'");
  expect_wrong_usage(parse({"run", "sort", "--share", "a/b"}), "--share: 'a/b'");
  expect_wrong_usage(parse({"convert", "a.el", "a.foo"}), "'a.foo'");
  expect_wrong_usage(parse({"profile", "gapbs", "a.sg", "--kernels", "x"}), "'x' is not one of");
  expect_wrong_usage(parse({"profile", "gapbs", "a.sg", "--gapbs-delta", "0"}), "from 1 to");
}

TEST(CommandLine, AnEmptyWordIsNoValue) {
  expect_wrong_usage(parse({"run", "sort", "--report", ""}), "--report needs a value");
  expect_wrong_usage(parse({"run", "sort", "--share="}), "--share");
  expect_wrong_usage(parse({"run", "bfs", "--graph", ""}), "--graph needs a value");
  expect_wrong_usage(parse({"inspect", ""}), "FILE needs a value");
}

TEST(CommandLine, OptionsThatDoNotFitTogetherAreRefused) {
  expect_wrong_usage(
      parse({"run", "nbody", "--generate", "orbit:2", "--force-error", "0.01", "--theta", "0.5"}),
      "give --theta or --force-error, not both");
  expect_wrong_usage(
      parse({"run", "sort", "--dump", "value=a", "--dump", "value=a", "--report", "r"}),
      "two --dump name the same file");
  expect_wrong_usage(parse({"query", "p.csv", "--pairs", "1", "-o", "./p.csv"}),
                     "POINTS and --output name the same file");
  expect_wrong_usage(parse({"run", "bfs", "--graph", "g.el", "--dump", "distance=g.el"}),
                     "--graph and --dump name the same file");
  expect_wrong_usage(parse({"run", "sort", "--soft-limit", "2G", "--hard-limit", "1G"}),
                     "--soft-limit is more than --hard-limit");
  expect_wrong_usage(parse({"run", "nbody", "--generate", "orbit:2", "--order", "degree"}),
                     "reads no graph; --order");
  expect_wrong_usage(parse({"run", "sort", "--directed"}), "reads no graph; --directed");
}

// What no input could mend is wrong usage; each sentence is the scene's own.
TEST(CommandLine, WhatASceneRefusesOfAnyInputIsWrongUsage) {
  const auto nbody = [](std::vector<const char*> words) {
    words.insert(words.begin(), {"run", "nbody", "--generate", "plummer:9"});
    return parse(words);
  };
  expect_wrong_usage(nbody({"--theta", "1.2", "--law", "inverse-square"}), "theta is 1.2");
  expect_wrong_usage(nbody({"--theta", "1.2", "--box", "periodic"}), "in a periodic square");
  expect_wrong_usage(nbody({"--theta", "1.2", "--multipole-order", "6"}), "an order above 4");
  expect_wrong_usage(nbody({"--multipole-order", "8"}), "from 2 to 6 where 1/r is softened");
  expect_wrong_usage(nbody({"--box", "periodic:0"}), "above 0 and up to 1e18");
  expect_wrong_usage(nbody({"--box", "torus"}), "open and periodic[:SIDE]");
  expect_wrong_usage(nbody({"--box", "periodic", "--law", "inverse-square"}), "law inverse");
  expect_wrong_usage(nbody({"--box", "periodic:1", "--softening", "1"}), "a sixteenth");
  expect_wrong_usage(nbody({"--time-steps", "block:99"}), "from 0 to 16");
  expect_wrong_usage(nbody({"--time-steps", "block:3:0"}), "above 0 and up to 10");
  expect_wrong_usage(nbody({"--time-steps", "block", "--softening", "0"}), "by the softening");
  expect_wrong_usage(parse({"run", "collide", "--generate", "dam:9", "--dt", "1e16"}), "1e15");
  expect_wrong_usage(parse({"run", "layout", "--generate", "grid:3x3", "--theta", "1.3"}),
                     "above 0 and up to 1.2");
  expect_wrong_usage(
      parse({"profile", "publish", "nbody", "--generate", "plummer:9", "--box", "periodic:0"}),
      "above 0");
  for (const std::vector<const char*>& words : std::vector<std::vector<const char*>>{
           {"--multipole-order", "8", "--softening", "0"},
           {"--theta", "1.5"},
           {"--box", "periodic:1e-9", "--multipole-order", "2"},
           {"--box", "periodic", "--softening", "5", "--dt", "1e18"}})
    EXPECT_EQ(nbody(words).text, "");  // the bodies decide
}

TEST(CommandLine, ASceneNeedsExactlyOneInputOfItsKind) {
  const std::string graph_scene = some_scene(SceneNeeds::kGraph);
  if (graph_scene.empty()) GTEST_SKIP() << "no scene of this build reads a graph";
  const char* name = graph_scene.c_str();
  expect_wrong_usage(parse({"run", name}), "--graph FILE");
  expect_wrong_usage(parse({"run", name, "--points", "p.csv"}), "needs a graph");
  expect_wrong_usage(parse({"run", name, "--graph", "g.el", "--generate", "kron:4:4"}),
                     "one input");
  expect_wrong_usage(parse({"run", name, "--graph", "g.el", "--source", "1", "--sources", "2"}),
                     "--source");
  EXPECT_EQ(parse({"run", name, "--graph", "g.el"}).options.verb, Verb::kRun);
}

TEST(CommandLine, AnOptionOfOtherScenesIsRefusedAlsoWithItsDefault) {
  for (const auto& [option, value, other] :
       std::vector<std::array<const char*, 3>>{{"--samples", "64", "closeness"},
                                               {"--damping", "0.85", "pagerank"},
                                               {"--theta", "0.9", "nbody"},
                                               {"--delta", "5", "sssp"},
                                               {"--updates", "u.txt", "churn"},
                                               {"--algorithm", "radix", "sort"}}) {
    const CommandLine line = parse({"run", "bfs", "--graph", "g.el", option, value});
    expect_wrong_usage(line, std::string(option) + " is for ");
    expect_wrong_usage(line, other);
  }
  expect_wrong_usage(parse({"run", "components", "--graph", "g.el", "--source", "1"}), "no source");
  EXPECT_EQ(parse({"run", "betweenness", "--graph", "g.el", "--samples", "64"}).exit_code, 0);
}

TEST(CommandLine, RealNumbersMayHaveExponents) {
  const CommandLine line = parse({"run", "pagerank", "--graph", "g.el", "--tolerance", "1e-9"});
  ASSERT_EQ(line.exit_code, 0) << line.text;
  EXPECT_EQ(line.options.run.tolerance, 1e-9);
  for (const char* const text : {"1e", "inf", "nan", "1e-400", "0x1p-3", "1e999"}) {
    expect_wrong_usage(parse({"run", "pagerank", "--graph", "g.el", "--tolerance", text}),
                       "--tolerance");
  }
}

TEST(CommandLine, RunOptionsArriveAsGiven) {
  const std::string name = some_scene(SceneNeeds::kGraph);
  if (name.empty()) GTEST_SKIP() << "no scene of this build reads a graph";
  const CommandLine line = parse({"run",          name.c_str(),
                                  "--graph",      "g.el",
                                  "--source",     "7",
                                  "--steps",      "9",
                                  "--repeat",     "3",
                                  "--threads",    "5",
                                  "--tasks",      "serial",
                                  "--isa",        "portable",
                                  "--publish",    "never",
                                  "--readers",    "2",
                                  "--dump",       "distance=d.bin",
                                  "--dump",       "parent=p.bin",
                                  "--hard-limit", "1G",
                                  "--seed",       "11",
                                  "--verify"});
  ASSERT_EQ(line.exit_code, 0) << line.text;
  const RunOptions& run = line.options.run;
  EXPECT_EQ(run.scene, name);
  EXPECT_EQ(run.input.graph, "g.el");
  EXPECT_EQ(run.source, "7");
  EXPECT_EQ(run.steps, 9);
  EXPECT_EQ(run.repeat, 3);
  EXPECT_EQ(run.machine.threads, 5);
  EXPECT_EQ(run.machine.tasks, "serial");
  EXPECT_EQ(run.machine.isa, "portable");
  EXPECT_EQ(run.publish.mode, PublishMode::kNever);
  EXPECT_EQ(run.readers, 2);
  ASSERT_EQ(run.dumps.size(), 2u);
  EXPECT_EQ(run.dumps[1].path, "p.bin");
  EXPECT_EQ(run.hard_limit_bytes, std::size_t{1} << 30);
  EXPECT_EQ(run.soft_limit_bytes, SIZE_MAX);
  EXPECT_EQ(run.seed, 11u);
  EXPECT_TRUE(run.verify);
}

TEST(CommandLine, ProfileOptionsArriveAsGiven) {
  const CommandLine line = parse({"profile", "arena", "--objects", "10", "--objects", "2000",
                                  "--repeat", "7", "--report", "r.json", "--quiet"});
  EXPECT_EQ(line.exit_code, 0) << line.text;
  EXPECT_EQ(line.options.verb, Verb::kProfileArena);
  const ProfileArenaOptions& arena = line.options.profile_arena;
  EXPECT_EQ(arena.objects, (std::vector<std::int64_t>{10, 2000}));
  EXPECT_EQ(arena.repeat, 7);
  EXPECT_EQ(arena.report, "r.json");
  EXPECT_TRUE(arena.quiet);
}

TEST(CommandLine, WhatIsSharedAndWatchedArrivesAsGiven) {
  const CommandLine run =
      parse({"run", "sort", "--share", "demo", "--when-pinned", "wait:5ms", "--quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.text;
  EXPECT_EQ(run.options.run.share, "demo");
  EXPECT_EQ(run.options.run.when_pinned.policy, FramePolicy::kWait);
  EXPECT_DOUBLE_EQ(run.options.run.when_pinned.wait_s, 0.005);
  const CommandLine watch = parse({"watch", "demo", "--lines", "3", "--seconds", "2.5", "--every",
                                   "0", "--wait", "4", "--label", "plotter"});
  ASSERT_EQ(watch.exit_code, 0) << watch.text;
  EXPECT_EQ(watch.options.verb, Verb::kWatch);
  EXPECT_EQ(watch.options.watch.name, "demo");
  EXPECT_EQ(watch.options.watch.lines, 3);
  EXPECT_DOUBLE_EQ(watch.options.watch.seconds, 2.5);
  EXPECT_DOUBLE_EQ(watch.options.watch.every_s, 0);
  EXPECT_DOUBLE_EQ(watch.options.watch.wait_s, 4);
  EXPECT_EQ(watch.options.watch.label, "plotter");
}

TEST(CommandLine, QueryNeedsOneKindOfQuery) {
  expect_wrong_usage(parse({"query", "p.csv", "--at", "q.csv", "-o", "o.csv"}), "--nearest");
  expect_wrong_usage(
      parse({"query", "p.csv", "--nearest", "3", "--box", "2", "--at", "q.csv", "-o", "o.csv"}),
      "--nearest");
  expect_wrong_usage(parse({"query", "p.csv", "--nearest", "3", "-o", "o.csv"}), "--at");
  expect_wrong_usage(parse({"query", "p.csv", "--ray", "3", "-o", "o.csv"}), "--at");
  expect_wrong_usage(parse({"query", "p.csv", "--pairs", "3", "--at", "q.csv", "-o", "o.csv"}),
                     "--pairs");
  expect_wrong_usage(parse({"query", "p.csv", "--pairs", "3", "-o", "o.csv", "--count"}),
                     "--count");
  expect_wrong_usage(
      parse({"query", "p.csv", "--pairs", "3", "--ray", "1", "--at", "q.csv", "-o", "o.csv"}),
      "--pairs");
  EXPECT_EQ(parse({"query", "p.csv", "--pairs", "3", "-o", "o.csv"}).options.query.kind(),
            QueryKind::kPairs);
  EXPECT_EQ(
      parse({"query", "p.csv", "--ray", "0", "--at", "q.csv", "-o", "o.csv"}).options.query.kind(),
      QueryKind::kRay);
  const CommandLine line =
      parse({"query", "p.csv", "--radius", "2.5", "--at", "q.csv", "-o", "o.csv", "--count"});
  ASSERT_EQ(line.exit_code, 0) << line.text;
  EXPECT_EQ(line.options.query.kind(), QueryKind::kRadius);
  EXPECT_DOUBLE_EQ(line.options.query.radius, 2.5);
  EXPECT_TRUE(line.options.query.count);
}

TEST(CommandLine, ProfileFramesTakesLists) {
  const CommandLine line = parse({"profile", "frames", "--peers", "mutex,channel", "--readers",
                                  "0,4", "--rates", "full,2.5kHz", "--window", "500us", "--hold",
                                  "2ms", "--frame-bytes", "4K", "--hdr", "f.hlog"});
  ASSERT_EQ(line.exit_code, 0) << line.text;
  ASSERT_EQ(line.options.verb, Verb::kProfileFrames);
  const ProfileFramesOptions& frames = line.options.profile_frames;
  EXPECT_EQ(frames.peers, (std::vector<std::string>{"mutex", "channel"}));
  EXPECT_EQ(frames.readers, (std::vector<std::int64_t>{0, 4}));
  EXPECT_EQ(frames.rates_hz, (std::vector<double>{0, 2500}));
  EXPECT_DOUBLE_EQ(frames.window_s, 500e-6);
  EXPECT_DOUBLE_EQ(frames.hold_s, 2e-3);
  EXPECT_EQ(frames.frame_bytes, 4096u);
  EXPECT_EQ(frames.hdr_log, "f.hlog");
}

}  // namespace
}  // namespace quadrille::program
