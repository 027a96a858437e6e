#include <quadrille/eigen.h>

#include <gtest/gtest.h>
#include <quadrille/simulation.h>

#include "tests/scenes/scene_inputs.h"

namespace quadrille {
namespace {

Simulation simulation_of(const char* scene, SceneInput input) {
  auto created = Simulation::create(scene, std::move(input), {});
  EXPECT_TRUE(created.is_ok()) << created.status().message();
  return std::move(created).value();
}

TEST(Eigen, AColumnIsTheFramesOwnMemory) {
  Simulation simulation = simulation_of("bfs", test::grid_graph(5));
  while (!simulation.finished()) ASSERT_TRUE(simulation.step().is_ok());
  const PinnedFrame frame = simulation.reader().latest();
  const ColumnID distance = frame->schema().find("distance");
  const auto map = as_eigen<Distance>(*frame, distance);
  EXPECT_EQ(map.data(), frame->column<Distance>(distance).data());
  EXPECT_EQ(map.size(), 25);
  EXPECT_EQ(map.maxCoeff(), 8);
}

TEST(Eigen, ThePlanesOfAColumnAreTheColumnsOfAnArray) {
  Simulation simulation = simulation_of("nbody", test::random_points(1001));
  ASSERT_TRUE(simulation.step().is_ok());
  const PinnedFrame frame = simulation.reader().latest();
  const ColumnID position = frame->schema().find("position");
  const auto map = planes_as_eigen<float>(*frame, position);
  ASSERT_EQ(map.rows(), 1001);
  ASSERT_EQ(map.cols(), 2);
  for (int plane = 0; plane < 2; ++plane) {
    const auto values = frame->column<float>(position, plane);
    for (Eigen::Index i = 0; i < map.rows(); ++i) {
      ASSERT_EQ(map(i, plane), values[static_cast<std::size_t>(i)]) << i << ' ' << plane;
    }
  }
}

}  // namespace
}  // namespace quadrille
