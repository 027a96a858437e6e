#include "scenes/body_columns.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/number_text.h"

namespace quadrille {
namespace {

ColumnSpec two_planes(std::string name, std::int64_t num_bodies) {
  return {.name = std::move(name),
          .type = ColumnType::kFloat32,
          .mode = ColumnMode::kRewritten,
          .size = num_bodies,
          .planes = 2};
}

Status bad_value(const std::string& scene, std::size_t body, const std::string& what,
                 double value) {
  return {StatusCode::kInvalidInput,
          scene + ": body " + std::to_string(body) + " has " + what + " " + number_text(value)};
}

Status check_sizes(std::span<const float> values, const std::string& scene,
                   const std::string& what) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0 && std::isfinite(values[i]))) return bad_value(scene, i, what, values[i]);
  }
  return Status::ok();
}

}  // namespace

FrameSchema body_schema(std::int64_t num_bodies) {
  FrameSchema schema;
  schema.add(two_planes("position", num_bodies));
  schema.add(two_planes("velocity", num_bodies));
  return schema;
}

Status load_bodies(const PointSet& points, const std::string& scene, FrameWriter& frame) {
  for (const auto& [values, axis] : {std::pair(&points.x, 0), std::pair(&points.y, 1)}) {
    const auto column = frame.column<float>(kPosition, axis);
    for (std::size_t i = 0; i < column.size(); ++i) {
      column[i] = static_cast<float>((*values)[i]);
      if (!std::isfinite(column[i])) return bad_value(scene, i, "the coordinate", (*values)[i]);
    }
  }
  for (const auto& [values, axis] : {std::pair(&points.vx, 0), std::pair(&points.vy, 1)}) {
    const auto column = frame.column<float>(kVelocity, axis);
    for (std::size_t i = 0; i < values->size(); ++i) {
      column[i] = (*values)[i];
      if (!std::isfinite(column[i])) return bad_value(scene, i, "the velocity", column[i]);
    }
  }
  QUADRILLE_RETURN_IF_ERROR(check_sizes(points.mass, scene, "the mass"));
  return check_sizes(points.radius, scene, "the radius");
}

double rms_radius(const PointSet& points) {
  const auto count = static_cast<double>(std::max<std::int64_t>(points.size(), 1));
  // Rounding shall not put a mean beside all of them: where all are at one place, it is that one.
  const auto mean_of = [count](const std::vector<double>& places) {
    if (places.empty()) return 0.0;
    double mean = 0;
    for (const double place : places) mean += place / count;
    const auto [least, most] = std::ranges::minmax(places);
    return std::min(std::max(mean, least), most);
  };
  const double mean_x = mean_of(points.x), mean_y = mean_of(points.y);
  double sum = 0;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double dx = points.x[i] - mean_x, dy = points.y[i] - mean_y;
    sum += dx * dx + dy * dy;
  }
  return std::sqrt(sum / count);
}

Status verify_finite(const std::string& scene, const Frame& frame) {
  for (const ColumnID column : {kPosition, kVelocity}) {
    for (const int axis : {0, 1}) {
      const auto values = frame.column<float>(column, axis);
      const auto bad =
          std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
      if (bad != values.end())
        return {StatusCode::kInvalidInput, scene + ": body " +
                                               std::to_string(bad - values.begin()) +
                                               " has lost its place: a value is not finite"};
    }
  }
  return Status::ok();
}

}  // namespace quadrille
