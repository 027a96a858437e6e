// Points: .csv and .tsv whose first line names columns among x, y, vx, vy, mass, radius (two
// columns of bare numbers are x and y), and .xyz with `x y z` a line, of which z is dropped and
// counted. `#` and `%` comments.
#include <algorithm>
#include <array>
#include <new>
#include <vector>

#include <quadrille/float_mode.h>
#include "scenes/first_failure.h"
#include "scenes/input/fields.h"
#include "scenes/input/formats.h"
#include "scenes/input/line_source.h"

namespace quadrille {
namespace {

enum PointColumn : std::uint8_t { kX, kY, kVelocityX, kVelocityY, kMass, kRadius, kZ, kNumColumns };
constexpr std::string_view kColumnNames[kNumColumns] = {"x",    "y",      "vx", "vy",
                                                        "mass", "radius", "z"};

// Which column each field of a line is.
struct PointColumns {
  const char* header = nullptr;  // the line that names them; null: none
  std::array<PointColumn, kNumColumns> fields{};
  std::size_t count = 0;
  bool has(PointColumn column) const {
    return std::find(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(count), column) !=
           fields.begin() + static_cast<std::ptrdiff_t>(count);
  }
};

std::string_view without_quotes(std::string_view name) {
  const bool wrapped = name.size() >= 2 && name.front() == '"' && name.back() == '"';
  return wrapped ? name.substr(1, name.size() - 2) : name;
}

Status read_names(const TextFile& file, std::string_view line, PointColumns& columns) {
  columns.header = line.data();
  for (LineCursor cursor(line); !cursor.at_end();) {
    const char* const at = cursor.at();
    const std::string_view name = without_quotes(cursor.take_field());
    const auto* const found = std::find(kColumnNames, kColumnNames + kZ, name);
    if (found == kColumnNames + kZ) {
      return file.fault(at,
                        "column " + in_quotes(name) + " is not one of x, y, vx, vy, mass, radius");
    }
    const auto column = static_cast<PointColumn>(found - kColumnNames);
    if (columns.has(column)) return file.fault(at, "column " + in_quotes(name) + " stands twice");
    columns.fields[columns.count++] = column;
  }
  if (columns.has(kX) && columns.has(kY)) return Status::ok();
  return file.fault(line.data(), columns.has(kX) ? "column y is missing" : "column x is missing");
}

Status find_columns(const TextFile& file, PointColumns& columns) {
  if (extension_of(file.path()) == "xyz") {
    columns.fields = {kX, kY, kZ};
    columns.count = 3;
    return Status::ok();
  }
  LineCounts lines;
  const Header first = find_header(file.text(), "#%", lines);
  if (first.line.empty())
    return file.fault(file.text().data() + file.text().size(),
                      "the line of column names is missing");
  const char c = LineCursor(first.line).rest().front();
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '"' || c == '_') {
    return read_names(file, first.line, columns);
  }
  LineCursor cursor(first.line);
  cursor.take_field(), cursor.take_field();
  if (!cursor.at_end()) {
    return file.fault(first.line.data(),
                      "the line of column names is missing; only x and y go without one");
  }
  columns.fields = {kX, kY};
  columns.count = 2;
  return Status::ok();
}

// Counts lines, then fills: two readings, so that every chunk knows where its points go.
class PointReader {
 public:
  PointReader(const TextFile& file, const PointColumns& columns, PointSet& points)
      : file_(file), columns_(columns), points_(points), chunks_(file.text()),
        first_(static_cast<std::size_t>(chunks_.count()) + 1) {}

  void count(Parallel& parallel, LineCounts& lines);
  Status fill(Parallel& parallel) {
    resize();
    return run_chunks(parallel, chunks_.count(),
                      [&](std::int64_t chunk, int) { return fill_chunk(chunk); });
  }
  std::int64_t num_points() const { return first_.back(); }

 private:
  // True when the line holds a point.
  bool is_point(std::string_view line, LineCounts& lines) const {
    const std::string_view rest = LineCursor(line).rest();
    if (rest.empty()) return false;
    const bool comment = is_comment(rest.front());
    lines.comments += comment;
    return !comment && line.data() != columns_.header;
  }
  void resize();
  Status fill_chunk(std::int64_t chunk);
  bool fill_point(std::string_view line, std::size_t i, LineFault& fault);
  void set(PointColumn column, std::size_t i, double value);

  const TextFile& file_;
  const PointColumns& columns_;
  PointSet& points_;
  TextChunks chunks_;
  std::vector<std::int64_t> first_;
};

void PointReader::count(Parallel& parallel, LineCounts& lines) {
  std::vector<LineCounts> parts(first_.size());
  parallel.for_chunks(chunks_.count(), [&](std::int64_t chunk, int) {
    const auto next = static_cast<std::size_t>(chunk) + 1;
    LineCounts part;
    for (std::string_view rest = chunks_[chunk]; !rest.empty();)
      first_[next] += is_point(take_line(rest, part), part);
    parts[next] = part;
  });
  for (std::size_t i = 1; i < first_.size(); ++i) {
    first_[i] += first_[i - 1];
    lines.add(parts[i]);
  }
}

void PointReader::resize() {
  const auto count = static_cast<std::size_t>(num_points());
  points_.x.resize(count);
  points_.y.resize(count);
  if (columns_.has(kVelocityX)) points_.vx.resize(count);
  if (columns_.has(kVelocityY)) points_.vy.resize(count);
  if (columns_.has(kMass)) points_.mass.resize(count);
  if (columns_.has(kRadius)) points_.radius.resize(count);
}

Status PointReader::fill_chunk(std::int64_t chunk) {
  LineCounts lines;
  LineFault fault;
  auto i = static_cast<std::size_t>(first_[static_cast<std::size_t>(chunk)]);
  for (std::string_view rest = chunks_[chunk]; !rest.empty();) {
    const std::string_view line = take_line(rest, lines);
    if (!is_point(line, lines)) continue;
    if (!fill_point(line, i++, fault)) return file_.fault(fault.at, fault.what);
  }
  file_.release(chunks_[chunk]);
  return Status::ok();
}

bool PointReader::fill_point(std::string_view line, std::size_t i, LineFault& fault) {
  LineCursor cursor(line);
  for (std::size_t field = 0; field < columns_.count; ++field) {
    const PointColumn column = columns_.fields[field];
    const char* const at = cursor.at();
    const std::string_view token = cursor.peek();
    double value = 0;
    if (!read_coordinate(cursor, kColumnNames[column], value, fault)) return false;
    if ((column == kMass || column == kRadius) && value < 0) {
      fault = {at, describe(Scan::kNegative, kColumnNames[column], token)};
      return false;
    }
    set(column, i, value);
  }
  return expect_end(cursor, kColumnNames[columns_.fields[columns_.count - 1]], fault);
}

void PointReader::set(PointColumn column, std::size_t i, double value) {
  switch (column) {
    case kX: points_.x[i] = value; break;
    case kY: points_.y[i] = value; break;
    case kVelocityX: points_.vx[i] = static_cast<float>(value); break;
    case kVelocityY: points_.vy[i] = static_cast<float>(value); break;
    case kMass: points_.mass[i] = static_cast<float>(value); break;
    case kRadius: points_.radius[i] = static_cast<float>(value); break;
    case kZ:
    case kNumColumns: break;
  }
}

Status no_memory(const std::string& path) {
  return {StatusCode::kOutOfMemory, path + ": no memory to hold its points"};
}

Result<ReadPoints> read_points_of(const TextFile& file, Parallel& parallel) {
  ReadPoints read;
  PointColumns columns;
  QUADRILLE_RETURN_IF_ERROR(find_columns(file, columns));
  PointReader reader(file, columns, read.points);
  LineCounts lines;
  reader.count(parallel, lines);
  note_lines(lines, read.report);
  if (reader.num_points() > INT32_MAX) {
    return Status(StatusCode::kUnsupported, file.path() + ": " +
                                                std::to_string(reader.num_points()) +
                                                " points are too many; 2147483647 are possible");
  }
  QUADRILLE_RETURN_IF_ERROR(reader.fill(parallel));
  // One velocity alone means that the other is zero.
  if (columns.has(kVelocityX) != columns.has(kVelocityY)) {
    (columns.has(kVelocityX) ? read.points.vy : read.points.vx).assign(read.points.x.size(), 0.0f);
  }
  read.report.format = columns.has(kZ) ? "xyz points" : "points";
  read.report.file_bytes = static_cast<std::int64_t>(file.file_bytes());
  read.report.text_bytes = static_cast<std::int64_t>(file.text().size());
  read.report.points = reader.num_points();
  read.report.z_ignored = columns.has(kZ) ? reader.num_points() : 0;
  return read;
}

}  // namespace

Result<ReadPoints> read_points(const std::string& path, Parallel& parallel, MemoryBudget* budget) {
  QUADRILLE_ASSIGN_OR_RETURN(auto read, read_points_or_tree(path, parallel, budget));
  if (auto* const points = std::get_if<ReadPoints>(&read)) return std::move(*points);
  try {
    ReadQuadtree& tree = std::get<ReadQuadtree>(read);
    return ReadPoints{points_of(tree.tree.view()), std::move(tree.report)};
  } catch (const std::bad_alloc&) {
    return no_memory(path);
  }
}

Result<std::variant<ReadPoints, ReadQuadtree>> read_points_or_tree(const std::string& path,
                                                                   Parallel& parallel,
                                                                   MemoryBudget* budget) {
  using Read = std::variant<ReadPoints, ReadQuadtree>;
  const FloatMode mode;
  try {
    QUADRILLE_ASSIGN_OR_RETURN(const TextFile file, TextFile::open(path, budget));
    const Format format = format_of_file(file);
    if (format == Format::kImage) return file.fault("holds a graph, not points");
    if (format == Format::kTreeImage) {
      QUADRILLE_ASSIGN_OR_RETURN(Read read, read_quadtree(file, budget));
      return read;
    }
    QUADRILLE_ASSIGN_OR_RETURN(Read read, read_points_of(file, parallel));
    return read;
  } catch (const std::bad_alloc&) {
    return no_memory(path);
  }
}

}  // namespace quadrille
