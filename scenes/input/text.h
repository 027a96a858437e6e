// Text scanning: files as one span of characters, cut into chunks at line ends; fields and numbers
// of one line.
//
// Which part to use: TextFile opens (and inflates) a file and words its faults; TextChunks cuts it
// for many threads; LineCursor walks one line. Positions are pointers into the text: a line number
// is counted only when there is a fault.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <quadrille/status.h>
#include <quadrille/types.h>

#include "engine/compress.h"
#include "engine/memory_budget.h"
#include "engine/region.h"

namespace quadrille {

// A file's characters; `.gz` and `.zst` (known by their first bytes) are inflated into memory.
class TextFile {
 public:
  static Result<TextFile> open(const std::string& path, MemoryBudget* budget);

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  std::size_t file_bytes() const { return file_->bytes().size(); }
  // The bytes as they stand in the file, for who keeps them.
  const std::shared_ptr<const MappedFile>& mapping() const { return file_; }
  bool is_compressed() const { return compressed_; }
  // Will not be read again soon; a second pass may.
  void release(std::string_view part) const;

  // "roads.gr:17: what" with the line that `at` stands in, or "roads.gr: what". kInvalidInput.
  Status fault(const char* at, const std::string& what) const;
  Status fault(const std::string& what) const;

 private:
  void skip_byte_order_mark();

  std::string path_;
  std::shared_ptr<const MappedFile> file_;
  OwnedBytes inflated_;
  bool compressed_ = false;
  std::string_view text_;
};

// Of edge lists and tables of points: what a line begins with that is a remark.
inline bool is_comment(char c) { return c == '#' || c == '%'; }

// A name or value as a message shows it: printable, and not longer than a line can bear.
std::string in_quotes(std::string_view token);

struct LineCounts {
  std::int64_t lines = 0, comments = 0, crlf_lines = 0;
  void add(const LineCounts& other) {
    lines += other.lines, comments += other.comments, crlf_lines += other.crlf_lines;
  }
};

// Chunk i begins at the first line that begins in [i, i + 1) * kBytes and ends where the next chunk
// begins.
class TextChunks {
 public:
  static constexpr std::size_t kBytes = std::size_t{1} << 20;
  explicit TextChunks(std::string_view text) : text_(text) {}
  std::int64_t count() const {
    return static_cast<std::int64_t>((text_.size() + kBytes - 1) / kBytes);
  }
  std::string_view operator[](std::int64_t chunk) const;

 private:
  std::size_t begin_of(std::int64_t chunk) const;
  std::string_view text_;
};

// Takes the first line off `rest`: without its end, be it LF or CRLF (which is counted).
inline std::string_view take_line(std::string_view& rest, LineCounts& counts) {
  const std::size_t length = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, length);
  rest.remove_prefix(std::min(length + 1, rest.size()));
  ++counts.lines;
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
    ++counts.crlf_lines;
  }
  return line;
}

enum class Scan : std::uint8_t {
  kOk,
  kMissing,   // the line or the field ends here
  kNegative,  // a whole number below 0
  kReal,      // a number, but not a whole one
  kTooLarge,  // more than 18 digits, or a real beyond double
  kNotFinite,
  kNotANumber,
};

// Fields stand apart by blanks and tabs, or by one comma or semicolon with blanks around it.
class LineCursor {
 public:
  explicit LineCursor(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {
    skip_blanks();
  }

  const char* at() const { return at_; }
  bool at_end() const { return at_ == end_; }
  bool at_any_of(char a, char b) const { return at_ != end_ && (*at_ == a || *at_ == b); }
  // What is left of the line.
  std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  // The field at the cursor, which does not move.
  std::string_view peek() const;
  // Moves past a field, and past the separator after it.
  std::string_view take_field();
  // On kOk the cursor has moved past the number and its separator; else it has not moved.
  Scan take_unsigned(std::uint64_t& value) {
    const char* p = at_;
    std::uint64_t sum = 0;
    for (unsigned digit = 0; p != end_ && (digit = static_cast<unsigned>(*p) - '0') <= 9; ++p)
      sum = sum * 10 + digit;
    const auto digits = p - at_;
    if (digits == 0 || digits > 18 || (p != end_ && !is_separator(*p))) return take_unusual(value);
    value = sum;
    at_ = p;
    skip_separator();
    return Scan::kOk;
  }
  // Any finite number; negative ones are kOk here.
  Scan take_real(double& value);

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  static bool is_separator(char c) { return is_blank(c) || c == ',' || c == ';'; }
  void skip_blanks() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
  }
  void skip_separator() {
    skip_blanks();
    if (at_ != end_ && (*at_ == ',' || *at_ == ';')) {
      // One at the line's very end stays: it opens a field that is empty.
      const char* const comma = at_++;
      skip_blanks();
      if (at_ == end_) at_ = comma;
    }
  }
  Scan take_unusual(std::uint64_t& value);

  const char* at_;
  const char* end_;
};

// Wording of a number that is not as it must be: "target 'x' is not a number".
std::string describe(Scan scan, std::string_view name, std::string_view token);

}  // namespace quadrille
