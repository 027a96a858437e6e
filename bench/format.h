// Numbers as people read them, and the room's one door to fmt.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace quadrille::program {

// 1234567 -> "1,234,567".
std::string format_count(std::int64_t count);
// "1 step", "1,722 steps".
std::string plural(std::int64_t count, std::string_view one);
// Three significant digits and a letter: 15700000 -> "15.7 M"; below 1,000: "12.3", "123".
std::string format_rate(double value);
// Bytes with a binary unit: "512 B", "1.50 KiB", "436 MiB".
std::string format_bytes(double bytes);
// A duration with the unit that fits: "850 ns", "12.3 us", "4.56 ms", "1.23 s".
std::string format_duration(double nanoseconds);
// Three significant digits, never an exponent between 1e-3 and 1e9.
std::string format_number(double value);

// One line for standard error: control characters (a name may hold any) become '?'.
std::string one_line(std::string_view text);

// wave.png and 350: wave-0000350.png. Names of up to ten million steps sort by them.
std::string numbered_path(const std::string& path, std::int64_t number);

}  // namespace quadrille::program
