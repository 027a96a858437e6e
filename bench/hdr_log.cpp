#include "bench/hdr_log.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <ctime>
#include <vector>

#include "bench/format.h"
#include "engine/compress.h"
#include "scenes/base64.h"

namespace quadrille::program {
namespace {

// The second version of the encoding, counts in words of up to eight bytes.
constexpr std::uint32_t kEncoded = 0x1c849303 | 0x10, kCompressed = 0x1c849304 | 0x10;
constexpr double kNsToMs = 1e6;

// Most significant byte first, whatever the machine.
template <class Unsigned>
void put(std::string& bytes, Unsigned value) {
  for (int shift = 8 * static_cast<int>(sizeof value) - 8; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xff);
  }
}

// ZigZag LEB128: the sign in the lowest bit, seven bits a byte, and all eight of a ninth byte.
void put_variable(std::string& bytes, std::int64_t value) {
  std::uint64_t rest = static_cast<std::uint64_t>(value) << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0);
  for (int byte = 0; byte < 8 && rest >= 0x80; ++byte, rest >>= 7) {
    bytes += static_cast<char>((rest & 0x7f) | 0x80);
  }
  bytes += static_cast<char>(rest);
}

// Counts up to the largest value's; a run of empty cells is one negative number.
std::string encode_counts(const Histogram& histogram) {
  const std::size_t end = Histogram::cell_of(histogram.max()) + 1;
  const std::span<const std::int64_t> cells = histogram.cells().first(end);
  std::string bytes;
  for (std::size_t cell = 0; cell < end;) {
    std::size_t empty = cell;
    while (empty < end && cells[empty] == 0) ++empty;
    const auto run = static_cast<std::int64_t>(empty - cell);
    if (run > 1)
      put_variable(bytes, -run);
    else
      put_variable(bytes, cells[cell]);
    cell += static_cast<std::size_t>(std::max<std::int64_t>(run, 1));
  }
  return bytes;
}

std::string encode(const Histogram& histogram) {
  const std::string counts = encode_counts(histogram);
  std::string bytes;
  put(bytes, kEncoded);
  put(bytes, static_cast<std::uint32_t>(counts.size()));
  put(bytes, std::uint32_t{0});  // the cells are not shifted
  put(bytes, std::uint32_t{Histogram::kSignificantDigits});
  put(bytes, std::uint64_t{1});  // the lowest value that is told from 0
  put(bytes, static_cast<std::uint64_t>(Histogram::kHighest));
  put(bytes, std::bit_cast<std::uint64_t>(1.0));  // of values as whole numbers to values as meant
  return bytes + counts;
}

Result<std::string> encode_compressed(const Histogram& histogram) {
  QUADRILLE_ASSIGN_OR_RETURN(const OwnedBytes packed,
                             compress(encode(histogram), Compression::kZlib));
  std::string bytes;
  put(bytes, kCompressed);
  put(bytes, static_cast<std::uint32_t>(packed.size));
  bytes.append(packed.bytes().data(), packed.size);
  return base64(bytes);
}

std::string utc(double seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts = {};
  char text[32] = "";
  if (::gmtime_r(&time, &parts) != nullptr) {
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  }
  return text;
}

}  // namespace

double seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string hdr_log_head(HdrLogTime time, std::string_view comment) {
  return fmt::format(
      "#[{}]\n#[Histogram log format version 1.3]\n"
      "#[StartTime: {:.3f} (seconds since epoch), {}]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
      "\"Interval_Compressed_Histogram\"\n",
      one_line(comment), time.start_s, utc(time.start_s));
}

Result<std::string> hdr_log_line(const HdrLogEntry& entry, HdrLogTime time) {
  std::string tag = one_line(entry.tag);
  std::replace_if(tag.begin(), tag.end(), [](char c) { return c == ' ' || c == ','; }, '_');
  QUADRILLE_ASSIGN_OR_RETURN(const std::string encoded, encode_compressed(*entry.histogram));
  return fmt::format("Tag={},{:.3f},{:.3f},{:.3f},{}\n", tag, 0.0, time.length_s,
                     static_cast<double>(entry.histogram->max()) / kNsToMs, encoded);
}

Result<std::string> hdr_log(std::span<const HdrLogEntry> entries, HdrLogTime time,
                            std::string_view comment) {
  std::string log = hdr_log_head(time, comment);
  for (const HdrLogEntry& entry : entries) {
    QUADRILLE_ASSIGN_OR_RETURN(const std::string line, hdr_log_line(entry, time));
    log += line;
  }
  return log;
}

}  // namespace quadrille::program
