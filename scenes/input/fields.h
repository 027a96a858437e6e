// The fields that edge formats share: ids and weights, checked, with the sentence for each way to
// be wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <quadrille/input.h>

#include "scenes/input/text.h"

namespace quadrille {

struct LineFault {
  const char* at = nullptr;
  std::string what;
};

// Ids of a file run from `first`; `count` is what its header says, -1 where there is none.
struct IdRange {
  std::int64_t first = 0, count = -1;
};

inline constexpr std::int64_t kMostNodes = INT32_MAX;

// Each returns false with the fault filled in.
bool fail_id(Scan scan, std::uint64_t value, const IdRange& range, std::string_view token,
             std::string_view name, LineFault& fault);

inline bool is_digits(std::string_view field) {
  return !field.empty() && field.find_first_not_of("0123456789") == std::string_view::npos;
}

// A name that stands in double quotes, without them.
inline std::string_view without_quotes(std::string_view field) {
  const bool is_quoted = field.size() > 2 && field.front() == '"' && field.back() == '"';
  return is_quoted ? field.substr(1, field.size() - 2) : field;
}

inline bool read_id(LineCursor& cursor, const IdRange& range, std::string_view name, NodeID& id,
                    LineFault& fault) {
  const std::string_view rest = cursor.rest();
  std::uint64_t value = 0;
  const Scan scan = cursor.take_unsigned(value);
  const std::int64_t index = static_cast<std::int64_t>(value) - range.first;
  if (scan == Scan::kOk && index >= 0 && index < (range.count < 0 ? kMostNodes : range.count)) {
    id = static_cast<NodeID>(index);
    return true;
  }
  fault.at = rest.data();
  return fail_id(scan, value, range, LineCursor(rest).peek(), name, fault);
}

// kIgnore leaves `w` alone.
bool read_weight(LineCursor& cursor, WeightKind kind, Weight& w, LineFault& fault);
// A whole number of a header, at most `most`.
bool read_count(LineCursor& cursor, std::string_view name, std::int64_t most, std::int64_t& value,
                LineFault& fault);
// A finite coordinate (or another column) that a float can hold.
bool read_coordinate(LineCursor& cursor, std::string_view name, double& value, LineFault& fault);
// Nothing may be left on the line.
bool expect_end(const LineCursor& cursor, std::string_view after, LineFault& fault);

}  // namespace quadrille
