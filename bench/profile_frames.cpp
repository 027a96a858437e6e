// quadrille profile frames: what handing frames to readers costs, ours and its peers', as tables, a
// report, single calls, histograms and a picture.
#include <cstdio>

#include "bench/format.h"
#include "bench/frame_picture.h"
#include "bench/frame_profile.h"
#include "bench/frame_report.h"
#include "bench/frame_table.h"
#include "bench/frame_text.h"
#include "bench/machine.h"
#include "bench/report.h"
#include "bench/table.h"
#include "bench/verbs.h"
#include "engine/replace_file.h"

namespace quadrille::program {
namespace {

std::vector<std::pair<std::string, std::string>> option_list(const ProfileFramesOptions& options,
                                                             const FramePlan& plan) {
  std::vector<std::string> peers, rates;
  for (const FramePeerEntry* peer : plan.peers) peers.emplace_back(peer->traits.name);
  for (const double rate : options.rates_hz) rates.push_back(rate_text(rate));
  return {{"peers", fmt::format("{}", fmt::join(peers, ","))},
          {"readers", fmt::format("{}", fmt::join(options.readers, ","))},
          {"rates", fmt::format("{}", fmt::join(rates, ","))},
          {"parts", fmt::format("{}", fmt::join(options.parts, ","))},
          {"window_s", fmt::format("{}", options.window_s)},
          {"hold_s", fmt::format("{}", options.hold_s)},
          {"repeat", std::to_string(options.repeat)},
          {"frame_bytes", std::to_string(plan.frame_lines * kCacheLineBytes)},
          {"quick", options.quick ? "true" : "false"}};
}

Status write_files(const ProfileFramesOptions& options, const FramePlan& plan,
                   const FrameProfile& profile, const TickClock& clock, HdrLogTime time) {
  const Machine machine = describe_machine("");
  const std::string cpu = one_line(machine.cpu);
  if (!options.report.empty()) {
    Report report;
    report.verb = "profile frames";
    report.options = option_list(options, plan);
    report.machine = machine;
    report.peak_resident_bytes = peak_resident_bytes();
    report.results = frame_results(profile);
    QUADRILLE_RETURN_IF_ERROR(write_report(options.report, report));
  }
  if (!options.samples.empty())
    QUADRILLE_RETURN_IF_ERROR(write_frame_samples(options.samples, profile, clock));
  if (!options.hdr_log.empty()) {
    QUADRILLE_RETURN_IF_ERROR(write_frame_histograms(
        options.hdr_log, profile, time, fmt::format("quadrille profile frames: ns; {}", cpu)));
  }
  if (options.picture.empty()) return Status::ok();
  return replace_file(options.picture, frame_picture(profile, cpu));
}

}  // namespace

Status run_profile_frames(const ProfileFramesOptions& options) {
  const FramePlan plan = plan_frames(options);
  if (plan.peers.empty()) {
    return {StatusCode::kUnsupported,
            fmt::format("this program was built without {}", fmt::join(plan.not_built, " and "))};
  }
  const TickClock clock = TickClock::calibrate();
  HdrLogTime time;
  time.start_s = seconds_since_1970();
  Progress progress(options.quiet);
  QUADRILLE_ASSIGN_OR_RETURN(const FrameProfile profile, measure_frames(plan, clock, progress));
  time.length_s = seconds_since_1970() - time.start_s;
  progress.clear();
  if (!options.quiet) {
    fmt::print("{}{}{}", frame_heading(profile, describe_machine(""), clock, output_width()),
               frame_tables(profile, output_width()), frame_summary(profile, output_width()));
    std::fflush(stdout);
  }
  return write_files(options, plan, profile, clock, time);
}

}  // namespace quadrille::program
