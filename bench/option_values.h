// What the command line's values mean: sizes, publish intervals, dumps, limits in percent. No
// library behind these.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <quadrille/simulation.h>
#include <quadrille/status.h>

namespace quadrille::program {

struct PublishOption {
  PublishMode mode = PublishMode::kEvery;
  std::int64_t interval = 1;  // kInterval
  double period_s = 0;        // kPeriod
};

// --when-pinned
struct WhenPinnedOption {
  FramePolicy policy = FramePolicy::kSkip;
  double wait_s = 0.1;  // kWait
  int max_slots = 64;   // kGrow
};

struct DumpOption {
  std::string column;
  std::string path;
};

// "4096", "512M", "1.5G": K, M, G are powers of 1,024; a B or iB may follow.
Result<std::size_t> parse_bytes(std::string_view text);
// "every", "never", "7" (each seventh step), "60Hz" (at most 60 times a second).
Result<PublishOption> parse_publish(std::string_view text);
std::string to_string(const PublishOption& publish);
// "skip"; "wait" or "wait:20ms" (at most so long); "grow" or "grow:20" (to at most so many slots).
Result<WhenPinnedOption> parse_when_pinned(std::string_view text);
std::string to_string(const WhenPinnedOption& when_pinned);
// "distance=d.bin".
Result<DumpOption> parse_dump(std::string_view text);
// Whether `text` is a number (a whole one, if asked) from `least` to `most`; one of `choices`.
Status check_number(std::string_view text, double least, double most, bool whole);
Status check_choice(std::string_view text, std::span<const std::string_view> choices);
// "100kHz", "60Hz" in Hz; "full": 0, as fast as it goes.
Result<double> parse_rate(std::string_view text);
// "20ms", "500us", "1.5s" in seconds; more than 0.
Result<double> parse_duration(std::string_view text);
// "a,b,c", its parts; an empty one where commas meet.
std::vector<std::string> split_list(std::string_view text);
// "5%" or "0.05": 0.05.
Result<double> parse_ratio(std::string_view text);

}  // namespace quadrille::program
