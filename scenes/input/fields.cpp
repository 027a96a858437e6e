#include "scenes/input/fields.h"

#include <cmath>

#include "engine/number_text.h"

namespace quadrille {

bool fail_id(Scan scan, std::uint64_t value, const IdRange& range, std::string_view token,
             std::string_view name, LineFault& fault) {
  const std::string shown(token.substr(0, 40));
  if (scan == Scan::kNegative) {
    fault.what = "node " + shown + " is below " + std::to_string(range.first);
  } else if (scan == Scan::kMissing || scan == Scan::kNotANumber) {
    fault.what = describe(scan, name, token);
  } else if (scan != Scan::kOk && scan != Scan::kTooLarge) {
    fault.what = describe(scan, "node", token);
  } else if (scan == Scan::kOk && static_cast<std::int64_t>(value) < range.first) {
    fault.what = "node " + shown + " is below " + std::to_string(range.first) +
                 ", the first id of this format";
  } else if (range.count >= 0) {
    fault.what = "node " + shown + " is out of range; header says " + counted(range.count, "node");
  } else {
    fault.what = "node " + shown + " is out of range; dense ids end at " +
                 std::to_string(range.first + kMostNodes - 1);
  }
  return false;
}

bool read_weight(LineCursor& cursor, WeightKind kind, Weight& w, LineFault& fault) {
  fault.at = cursor.at();
  const std::string_view token = cursor.peek();
  std::uint64_t whole = 0;
  double value = 0;
  Scan scan = kind == WeightKind::kInteger ? cursor.take_unsigned(whole) : cursor.take_real(value);
  if (kind == WeightKind::kInteger && scan == Scan::kOk) value = static_cast<double>(whole);
  if (kind == WeightKind::kInteger && scan == Scan::kReal) {  // 3.0 and 1e3 are whole too
    if (LineCursor copy = cursor;
        copy.take_real(value) == Scan::kOk && value == std::floor(value)) {
      cursor = copy;
      scan = Scan::kOk;
    }
  }
  if (scan == Scan::kOk && value < 0 && kind != WeightKind::kIgnore) scan = Scan::kNegative;
  if (scan == Scan::kReal && !token.empty() && token.front() == '-') scan = Scan::kNegative;
  const double most = kind == WeightKind::kInteger ? 2147483647.0 : 3.4028234663852886e38;
  if (scan == Scan::kOk && kind != WeightKind::kIgnore && value > most) scan = Scan::kTooLarge;
  if (scan != Scan::kOk) {
    fault.what = describe(scan, "weight", token);
    if (scan == Scan::kReal) fault.what += "; integer weights are needed here";
    if (scan == Scan::kTooLarge && kind == WeightKind::kInteger)
      fault.what += "; weights end at 2147483647";
    return false;
  }
  if (kind == WeightKind::kInteger) w = static_cast<Weight>(value);
  if (kind == WeightKind::kReal)
    w = real_edge(0, 0, static_cast<float>(value) + 0.0f).w;  // + 0: never -0
  return true;
}

bool read_count(LineCursor& cursor, std::string_view name, std::int64_t most, std::int64_t& value,
                LineFault& fault) {
  fault.at = cursor.at();
  const std::string_view token = cursor.peek();
  std::uint64_t count = 0;
  Scan scan = cursor.take_unsigned(count);
  if (scan == Scan::kOk && count > static_cast<std::uint64_t>(most)) scan = Scan::kTooLarge;
  value = static_cast<std::int64_t>(count);
  if (scan == Scan::kOk) return true;
  fault.what = describe(scan, name, token);
  if (scan == Scan::kTooLarge) fault.what += "; at most " + std::to_string(most) + " are possible";
  return false;
}

bool read_coordinate(LineCursor& cursor, std::string_view name, double& value, LineFault& fault) {
  fault.at = cursor.at();
  const std::string_view token = cursor.peek();
  Scan scan = cursor.take_real(value);
  if (scan == Scan::kOk && std::abs(value) > 3.4028234663852886e38) scan = Scan::kTooLarge;
  if (scan == Scan::kOk) return true;
  fault.what = describe(scan, name, token);
  return false;
}

bool expect_end(const LineCursor& cursor, std::string_view after, LineFault& fault) {
  if (cursor.at_end()) return true;
  fault.at = cursor.at();
  const std::string_view token =
      cursor.peek().empty() ? std::string_view(cursor.at(), 1) : cursor.peek();
  fault.what = "unexpected " + in_quotes(token) + " after the " + std::string(after);
  return false;
}

}  // namespace quadrille
