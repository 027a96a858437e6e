#include "scenes/svg_animation.h"

#include <cmath>
#include <cstdint>

#include "scenes/joined.h"

namespace quadrille {
namespace {

// Without the zeros that say nothing: 0.5, not 0.50; .5 would do, but some readers want the 0.
std::string decimal(std::int64_t digits, int places) {
  const bool is_negative = digits < 0;
  std::int64_t unit = 1;
  for (int place = 0; place < places; ++place) unit *= 10;
  const std::int64_t size = is_negative ? -digits : digits;
  const std::string fraction = std::to_string(unit + size % unit);  // with a 1 before it
  std::string text = joined(is_negative ? "-" : "", size / unit, ".", fraction.substr(1));
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string share(const SvgLoop& loop, int tick) {
  constexpr std::int64_t kUnit = 1'000'000;
  return decimal((tick * kUnit + loop.ticks / 2) / loop.ticks, 6);
}

std::string number(double value) { return decimal(std::llround(value * 100), 2); }

std::string animate(const SvgLoop& loop, std::string_view attribute, const std::string& values,
                    const std::string& key_times, bool discrete) {
  const std::string duration = decimal(std::int64_t{loop.ticks} * loop.tick_ms, 3);
  return joined("<animate attributeName=\"", attribute, "\" values=\"", values, "\" keyTimes=\"",
                key_times, "\" dur=\"", duration, "s\" repeatCount=\"indefinite\"",
                discrete ? " calcMode=\"discrete\"/>" : "/>");
}

double value_at(int tick, std::span<const TickValue> values) {
  double value = values.front().value;
  for (std::size_t i = 0; i < values.size() && values[i].tick <= tick; ++i) {
    value = values[i].value;
    if (i + 1 == values.size() || values[i + 1].tick <= tick) continue;
    const double part = static_cast<double>(tick - values[i].tick) /
                        static_cast<double>(values[i + 1].tick - values[i].tick);
    value += part * (values[i + 1].value - values[i].value);
  }
  return value;
}

}  // namespace

SvgAnimation shown_in(const SvgLoop& loop, std::span<const TickRange> ranges) {
  if (ranges.size() == 1 && ranges[0].begin <= 0 && ranges[0].end >= loop.ticks) return {};
  std::string values, key_times;
  const auto add = [&](int tick, const char* value) {
    values += joined(values.empty() ? "" : ";", value);
    key_times += joined(key_times.empty() ? "" : ";", share(loop, tick));
  };
  bool is_still_shown = false;
  if (ranges.empty() || ranges[0].begin > 0) add(0, "hidden");
  for (const TickRange& range : ranges) {
    add(range.begin, "visible");
    if (range.end < loop.ticks) add(range.end, "hidden");
    is_still_shown |= range.begin <= loop.still && loop.still < range.end;
  }
  return {is_still_shown ? "" : " visibility=\"hidden\"",
          animate(loop, "visibility", values, key_times, true)};
}

SvgAnimation moved_along(const SvgLoop& loop, std::string_view attribute,
                         std::span<const TickValue> values) {
  std::string texts, key_times;
  const auto add = [&](int tick, double value) {
    texts += joined(texts.empty() ? "" : ";", number(value));
    key_times += joined(key_times.empty() ? "" : ";", share(loop, tick));
  };
  for (const auto& [tick, value] : values) add(tick, value);
  if (values.back().tick < loop.ticks) add(loop.ticks, values.back().value);
  return {joined(" ", attribute, "=\"", number(value_at(loop.still, values)), "\""),
          animate(loop, attribute, texts, key_times, false)};
}

}  // namespace quadrille
