#include "bench/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "engine/number_text.h"

namespace quadrille::program {
namespace {

// Three significant digits of a value that its unit keeps below 1,000.
std::string three_digits(double value) {
  const double size = std::fabs(value);
  if (size >= 99.95) return fmt::format("{:.0f}", value);
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

// Divides by `base` until the value, rounded to three digits, needs no fourth.
template <std::size_t N>
std::string scaled(double value, double base, const std::array<const char*, N>& units) {
  std::size_t unit = 0;
  while (unit + 1 < N && std::fabs(value) >= base - 0.5) {
    value /= base;
    ++unit;
  }
  const bool exact = unit == 0 && value == std::floor(value);
  const std::string digits = exact ? fmt::format("{:.0f}", value) : three_digits(value);
  return units[unit][0] == '\0' ? digits : digits + " " + units[unit];
}

}  // namespace

std::string format_count(std::int64_t count) {
  std::string digits = fmt::format("{}", count);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t place = digits.size(); place > first + 3;) {
    place -= 3;
    digits.insert(place, 1, ',');
  }
  return digits;
}

std::string plural(std::int64_t count, std::string_view one) {
  return fmt::format("{} {}", format_count(count), noun_for(count, one));
}

std::string format_rate(double value) {
  return scaled(value, 1000, std::array{"", "k", "M", "G", "T"});
}

std::string format_bytes(double bytes) {
  return scaled(bytes, 1024, std::array{"B", "KiB", "MiB", "GiB", "TiB"});
}

std::string format_duration(double nanoseconds) {
  return scaled(nanoseconds, 1000, std::array{"ns", "us", "ms", "s"});
}

std::string format_number(double value) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  if (value == std::floor(value) && std::fabs(value) < 1e9) {
    return format_count(static_cast<std::int64_t>(value));
  }
  const double size = std::fabs(value);
  if (size < 1e-3 || size >= 1e9) return fmt::format("{:.2e}", value);
  if (size >= 999.5) return format_count(std::llround(value));
  const int digits = std::max(0, 2 - static_cast<int>(std::floor(std::log10(size))));
  return fmt::format("{:.{}f}", value, digits);
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

std::string numbered_path(const std::string& path, std::int64_t number) {
  std::filesystem::path file(path);
  const std::string name =
      fmt::format("{}-{:07}{}", file.stem().string(), number, file.extension().string());
  return file.replace_filename(name).string();
}

}  // namespace quadrille::program
