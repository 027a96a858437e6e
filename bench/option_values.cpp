#include "bench/option_values.h"

#include <charconv>
#include <cmath>

#include "bench/format.h"
#include "engine/number_text.h"

namespace quadrille::program {
namespace {

Status wrong_value(std::string_view text, std::string_view wanted) {
  return {StatusCode::kInvalidArgument, fmt::format("'{}' is not {}", one_line(text), wanted)};
}

// The finite number that `text` starts with; what follows it is left in `rest`. NaN where there is
// none.
double leading_number(std::string_view text, std::string_view& rest,
                      std::chars_format format = std::chars_format::general) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, format);
  rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return error == std::errc() && std::isfinite(value) ? value : std::nan("");
}

// 1, or the power of 1,024 that the unit stands for; 0: no unit that we know.
double byte_unit(std::string_view unit) {
  if (unit.empty() || unit == "B") return 1;
  if (unit.size() > 1 && unit.substr(1) != "B" && unit.substr(1) != "iB") return 0;
  switch (unit.front()) {
    case 'k':
    case 'K': return 1024;
    case 'M': return 1024.0 * 1024;
    case 'G': return 1024.0 * 1024 * 1024;
    case 'T': return 1024.0 * 1024 * 1024 * 1024;
    default: return 0;
  }
}

std::string limit_text(double limit) {
  const bool is_counted = limit == std::floor(limit) && std::abs(limit) < 1e13;
  return is_counted ? format_count(static_cast<std::int64_t>(limit)) : number_text(limit);
}

}  // namespace

Result<std::size_t> parse_bytes(std::string_view text) {
  std::string_view unit;
  const double number = leading_number(text, unit);
  const double bytes = number * byte_unit(unit);
  const bool whole_bytes = byte_unit(unit) != 1 || number == std::floor(number);
  if (!(number > 0) || !(bytes >= 1) || !whole_bytes || bytes >= static_cast<double>(SIZE_MAX)) {
    return wrong_value(text, "a number of bytes (as 4096, 512M, 1.5G)");
  }
  return static_cast<std::size_t>(bytes);
}

Result<PublishOption> parse_publish(std::string_view text) {
  if (text == "every") return PublishOption{};
  if (text == "never") return PublishOption{.mode = PublishMode::kNever};
  std::string_view unit;
  const double number = leading_number(text, unit);
  if (number > 0 && unit == "Hz") {
    return PublishOption{.mode = PublishMode::kPeriod, .period_s = 1 / number};
  }
  if (number >= 1 && number <= 1e15 && unit.empty() && number == std::floor(number)) {
    return PublishOption{.mode = PublishMode::kInterval,
                         .interval = static_cast<std::int64_t>(number)};
  }
  return wrong_value(text,
                     "a publish interval (every, never, a number of steps as 7, a rate as 60Hz)");
}

std::string to_string(const PublishOption& publish) {
  switch (publish.mode) {
    case PublishMode::kEvery: return "every";
    case PublishMode::kNever: return "never";
    case PublishMode::kInterval: return fmt::format("{}", publish.interval);
    case PublishMode::kPeriod: return fmt::format("{:g}Hz", 1 / publish.period_s);
  }
  return "";
}

Result<WhenPinnedOption> parse_when_pinned(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view policy = text.substr(0, colon);
  const bool has_number = colon != std::string_view::npos;
  const std::string_view number = has_number ? text.substr(colon + 1) : std::string_view();
  WhenPinnedOption option;
  if (text == "skip") return option;
  if (policy == "wait") {
    option.policy = FramePolicy::kWait;
    if (has_number) {
      QUADRILLE_ASSIGN_OR_RETURN(option.wait_s, parse_duration(number));
    }
    return option;
  }
  if (policy == "grow") {
    option.policy = FramePolicy::kGrow;
    if (!has_number) return option;
    std::string_view rest;
    const double slots = leading_number(number, rest);
    if (rest.empty() && slots >= 1 && slots <= 65535 && slots == std::floor(slots)) {
      option.max_slots = static_cast<int>(slots);
      return option;
    }
    return wrong_value(number, "a number of frame slots (1 to 65535)");
  }
  return wrong_value(text, "what to do when readers hold the frames (skip, wait:TIME, grow:SLOTS)");
}

std::string to_string(const WhenPinnedOption& when_pinned) {
  switch (when_pinned.policy) {
    case FramePolicy::kSkip: return "skip";
    case FramePolicy::kWait: return fmt::format("wait:{:g}ms", when_pinned.wait_s * 1000);
    case FramePolicy::kGrow: return fmt::format("grow:{}", when_pinned.max_slots);
  }
  return "";
}

Result<DumpOption> parse_dump(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return wrong_value(text, "a dump (COLUMN=FILE, as distance=d.bin)");
  }
  return DumpOption{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Status check_number(std::string_view text, double least, double most, bool whole) {
  std::string_view rest;
  const double number =
      leading_number(text, rest, whole ? std::chars_format::fixed : std::chars_format::general);
  const bool is_number =
      rest.empty() && !std::isnan(number) && (!whole || number == std::floor(number));
  if (is_number && number >= least && number <= most) return Status::ok();
  return wrong_value(text, fmt::format("a {}number from {} to {}", whole ? "whole " : "",
                                       limit_text(least), limit_text(most)));
}

Status check_choice(std::string_view text, std::span<const std::string_view> choices) {
  for (const std::string_view choice : choices) {
    if (text == choice) return Status::ok();
  }
  return wrong_value(text, fmt::format("one of {}", fmt::join(choices, ", ")));
}

Result<double> parse_rate(std::string_view text) {
  if (text == "full") return 0.0;
  std::string_view unit;
  const double number = leading_number(text, unit);
  const double hz = number * (unit == "Hz" ? 1 : unit == "kHz" ? 1e3 : unit == "MHz" ? 1e6 : 0);
  if (hz >= 1 && hz <= 1e6) return hz;
  return wrong_value(text, "a rate (full, or 1Hz to 1MHz, as 60Hz, 100kHz)");
}

Result<double> parse_duration(std::string_view text) {
  std::string_view unit;
  const double number = leading_number(text, unit);
  const double seconds = number * (unit == "s" ? 1 : unit == "ms" ? 1e-3 : unit == "us" ? 1e-6 : 0);
  if (seconds >= 1e-5 && seconds <= 60) return seconds;
  return wrong_value(text, "a time (10us to 60s, as 500us, 20ms, 1.5s)");
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

Result<double> parse_ratio(std::string_view text) {
  std::string_view unit;
  const double number = leading_number(text, unit);
  if (!(number >= 0) || !std::isfinite(number) || !(unit.empty() || unit == "%")) {
    return wrong_value(text, "a limit (as 5% or 0.05)");
  }
  return unit == "%" ? number / 100 : number;
}

}  // namespace quadrille::program
