#include <quadrille/generators.h>

#include <charconv>
#include <new>
#include <string>
#include <vector>

#include <quadrille/parallel.h>

namespace quadrille {
namespace {

struct KindEntry {
  std::string_view name, form, example;
  GeneratorKind kind;
};

constexpr KindEntry kKinds[] = {
    {"kron", "kron:SCALE:DEGREE", "kron:20:16", GeneratorKind::kKron},
    {"urand", "urand:SCALE:DEGREE", "urand:20:16", GeneratorKind::kUrand},
    {"grid", "grid:ROWSxCOLUMNS", "grid:1024x1024", GeneratorKind::kGrid},
    {"uniform", "uniform:N", "uniform:1000000", GeneratorKind::kUniform},
    {"clusters", "clusters:N", "clusters:1000000", GeneratorKind::kClusters},
    {"plummer", "plummer:N", "plummer:1000000", GeneratorKind::kPlummer},
    {"collision", "collision:N", "collision:1000000", GeneratorKind::kCollision},
    {"collapse", "collapse:N", "collapse:1000000", GeneratorKind::kCollapse},
    {"orbit", "orbit:N", "orbit:2", GeneratorKind::kOrbit},
    {"hourglass", "hourglass:N", "hourglass:100000", GeneratorKind::kHourglass},
    {"dam", "dam:N", "dam:100000", GeneratorKind::kDam},
    {"mixed", "mixed:N", "mixed:100000", GeneratorKind::kMixed},
};

Status wrong(std::string_view text, const std::string& what) {
  return {StatusCode::kInvalidArgument, "generator '" + std::string(text) + "': " + what};
}

// A number between its bounds, all of `text`.
struct Field {
  std::string_view name;
  std::int64_t low, high;
};

Status parse_field(std::string_view whole, std::string_view text, const Field& field,
                   std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error != std::errc::invalid_argument && end == text.data() + text.size();
  if (is_number && error == std::errc() && value >= field.low && value <= field.high)
    return Status::ok();
  if (text.empty()) return wrong(whole, std::string(field.name) + " is missing");
  const std::string range = std::to_string(field.low) + " to " + std::to_string(field.high);
  return wrong(whole, std::string(field.name) + " '" + std::string(text) +
                          "' is not a number from " + range);
}

Status parse_pair(std::string_view whole, std::string_view text, char separator,
                  const Field (&fields)[2], std::int64_t (&values)[2]) {
  const std::size_t cut = text.find(separator);
  QUADRILLE_RETURN_IF_ERROR(parse_field(whole, text.substr(0, cut), fields[0], values[0]));
  const std::string_view second =
      cut == std::string_view::npos ? std::string_view() : text.substr(cut + 1);
  return parse_field(whole, second, fields[1], values[1]);
}

Status parse_values(std::string_view whole, std::string_view text, Generator& generator) {
  std::int64_t values[2] = {0, 0};
  if (generator.makes_points()) {
    return parse_field(whole, text, {"number of points", 1, INT32_MAX}, generator.num_points);
  }
  if (generator.kind == GeneratorKind::kGrid) {
    constexpr Field kFields[2] = {{"number of rows", 1, INT32_MAX},
                                  {"number of columns", 1, INT32_MAX}};
    QUADRILLE_RETURN_IF_ERROR(parse_pair(whole, text, 'x', kFields, values));
    generator.rows = values[0], generator.columns = values[1];
    if (generator.rows * generator.columns > INT32_MAX) {
      return wrong(whole, std::to_string(generator.rows * generator.columns) +
                              " nodes are too many; a graph holds 2147483647 at most");
    }
    return Status::ok();
  }
  constexpr Field kFields[2] = {{"scale", 1, 30}, {"degree", 1, 1024}};
  QUADRILLE_RETURN_IF_ERROR(parse_pair(whole, text, ':', kFields, values));
  generator.scale = static_cast<int>(values[0]), generator.degree = values[1];
  return Status::ok();
}

}  // namespace

Result<Generator> parse_generator(std::string_view text) {
  const std::size_t cut = text.find(':');
  std::string forms;
  for (const KindEntry& entry : kKinds) {
    forms += (forms.empty() ? "" : ", ") + std::string(entry.form);
    if (entry.name != text.substr(0, cut)) continue;
    if (cut == std::string_view::npos) {
      return wrong(text, "is written " + std::string(entry.form) + ", for example " +
                             std::string(entry.example));
    }
    Generator generator;
    generator.kind = entry.kind;
    QUADRILLE_RETURN_IF_ERROR(parse_values(text, text.substr(cut + 1), generator));
    return generator;
  }
  return wrong(text, "no such generator; there are " + forms);
}

std::int64_t num_generated_nodes(const Generator& generator) {
  if (generator.makes_points()) return generator.num_points;
  if (generator.kind == GeneratorKind::kGrid) return generator.rows * generator.columns;
  return std::int64_t{1} << generator.scale;
}

Result<Graph> generate_graph(const Generator& generator, const GenerateOptions& options,
                             Parallel& parallel, MemoryBudget* budget, BuildReport* report) {
  if (generator.makes_points()) {
    return Status(StatusCode::kInvalidArgument, "this generator makes points, not a graph");
  }
  BuildOptions build;
  build.directed = options.directed;
  build.weighted = options.weighted;
  build.drop_self_loops = options.drop_self_loops;
  build.num_nodes = num_generated_nodes(generator);
  build.order = options.order;
  std::vector<float> x, y;
  if (generator.kind == GeneratorKind::kGrid) {
    try {
      x.resize(static_cast<std::size_t>(build.num_nodes));
      y.resize(x.size());
    } catch (const std::bad_alloc&) {
      return Status(StatusCode::kOutOfMemory, "no memory for the coordinates of " +
                                                  std::to_string(build.num_nodes) + " nodes");
    }
    for (std::size_t v = 0; v < x.size(); ++v) {
      x[v] = static_cast<float>(v % static_cast<std::size_t>(generator.columns));
      y[v] = static_cast<float>(v / static_cast<std::size_t>(generator.columns));
    }
    build.x = x, build.y = y;
  }
  const std::unique_ptr<EdgeSource> source = make_edge_source(generator, options.seed);
  return build_graph(*source, build, parallel, budget, report);
}

}  // namespace quadrille
