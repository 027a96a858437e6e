// quadrille profile arena: what an allocation costs, ours and its peers', as tables, a report and a
// picture.
#include <cstdio>

#include "bench/allocation_profile.h"
#include "bench/allocation_report.h"
#include "bench/allocation_table.h"
#include "bench/format.h"
#include "bench/machine.h"
#include "bench/report.h"
#include "bench/table.h"
#include "bench/verbs.h"

namespace quadrille::program {
namespace {

ProfileArenaOptions with_defaults(ProfileArenaOptions options) {
  if (options.objects.empty()) {
    options.objects = options.quick ? std::vector<std::int64_t>{10'000, 100'000}
                                    : std::vector<std::int64_t>{10'000, 1'000'000, 10'000'000};
  }
  if (options.frames == 0) options.frames = options.quick ? 20'000 : 1'000'000;
  return options;
}

std::string machine_line(const Machine& machine, const TickClock& clock) {
  return fmt::format("{}, {}, {}, {}\nclock: {}, {:.1f} ns a reading, subtracted\n\n",
                     one_line(machine.cpu), plural(machine.cores, "core"), machine.kernel,
                     machine.compiler, clock.name(), clock.ordered_cost_ns());
}

std::vector<std::pair<std::string, std::string>> option_list(const ProfileArenaOptions& options) {
  return {{"objects", fmt::format("{}", fmt::join(options.objects, ","))},
          {"frames", std::to_string(options.frames)},
          {"repeat", std::to_string(options.repeat)},
          {"threads", std::to_string(options.threads)},
          {"quick", options.quick ? "true" : "false"}};
}

Status write_files(const ProfileArenaOptions& options, const Machine& machine,
                   const AllocationProfile& profile, HdrLogTime time) {
  if (!options.report.empty()) {
    Report report;
    report.verb = "profile arena";
    report.options = option_list(options);
    report.seed = options.seed;
    report.machine = machine;
    report.peak_resident_bytes = peak_resident_bytes();
    report.results = allocation_results(profile);
    QUADRILLE_RETURN_IF_ERROR(write_report(options.report, report));
  }
  if (!options.hdr_log.empty()) {
    QUADRILLE_RETURN_IF_ERROR(write_frame_log(
        options.hdr_log, profile, time,
        fmt::format("quadrille profile arena: ns a frame; {}", one_line(machine.cpu))));
  }
  if (options.picture.empty()) return Status::ok();
  return draw_allocation(options.picture, profile, one_line(machine.cpu));
}

}  // namespace

Status run_profile_arena(const ProfileArenaOptions& given) {
  const ProfileArenaOptions options = with_defaults(given);
  const TickClock clock = TickClock::calibrate();
  const Machine machine = describe_machine("");
  if (!options.quiet) {
    fmt::print("{}", machine_line(machine, clock));
    std::fflush(stdout);
  }
  HdrLogTime time;
  time.start_s = seconds_since_1970();
  Progress progress(options.quiet);
  QUADRILLE_ASSIGN_OR_RETURN(const AllocationProfile profile,
                             measure_allocation(options, clock, progress));
  time.length_s = seconds_since_1970() - time.start_s;
  progress.clear();
  if (!options.quiet) fmt::print("{}", allocation_tables(profile, output_width()));
  return write_files(options, machine, profile, time);
}

}  // namespace quadrille::program
