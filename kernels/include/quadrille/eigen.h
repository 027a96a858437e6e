// Columns as Eigen arrays, without a copy. Opt-in: nothing else of the library includes Eigen; who
// includes this header brings Eigen 3.3 or newer. A map is valid as long as the frame it came from.
// Eigen is compiled with the includer's flags: what it computes is not part of the promise of the
// same bytes.
#pragma once

#include <span>

#include <quadrille/frame.h>
#include <Eigen/Core>

namespace quadrille {

template <class T>
using ColumnMap = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;
// One row an element, one column a plane: positions are n x 2, x first.
template <class T>
using PlanesMap =
    Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>, 0, Eigen::OuterStride<>>;

// T must be the column's type.
template <class T>
ColumnMap<T> as_eigen(const Frame& frame, ColumnID column, int plane = 0) {
  const std::span<const T> values = frame.column<T>(column, plane);
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

// All planes of a column at once; they stand at equal distances.
template <class T>
PlanesMap<T> planes_as_eigen(const Frame& frame, ColumnID column) {
  const std::span<const T> first = frame.column<T>(column, 0);
  const auto rows = static_cast<Eigen::Index>(first.size());
  const int planes = frame.schema()[column].planes;
  const Eigen::Index stride = planes > 1 ? frame.column<T>(column, 1).data() - first.data() : rows;
  return {first.data(), rows, planes, Eigen::OuterStride<>(stride)};
}

}  // namespace quadrille
