#include "bench/dump.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <quadrille/graph_builder.h>
#include <quadrille/parallel.h>

#include "engine/time_stepper.h"
#include "tests/folder.h"

namespace quadrille::program {
namespace {

constexpr NodeID kDumpedNodes = 70;  // more than a word of bits

// A path whose coordinates run against its ids, so that Morton order turns them around.
Graph turned_path() {
  std::vector<Edge> edges;
  std::vector<float> x, y(kDumpedNodes, 0.0f);
  for (NodeID u = 0; u < kDumpedNodes; ++u) {
    if (u + 1 < kDumpedNodes) edges.push_back({u, u + 1, 1});
    x.push_back(static_cast<float>(kDumpedNodes - u));
  }
  return build_graph(edges,
                     {.num_nodes = kDumpedNodes, .x = x, .y = y, .order = NodeOrder::kMorton})
      .value();
}

class DumpTest : public testing::Test {
 protected:
  void SetUp() override {
    graph_ = turned_path();
    ASSERT_TRUE(graph_.view().reordered());
    parallel_ = Parallel::create({.backend = TaskBackend::kSerial}).value();
    FrameSchema schema;
    schema.add({.name = "active", .type = ColumnType::kBit, .size = kDumpedNodes});
    schema.add({.name = "parent", .type = ColumnType::kInt32, .size = kDumpedNodes});
    schema.add({.name = "label", .type = ColumnType::kInt32, .size = kDumpedNodes});
    schema.add({.name = "length", .type = ColumnType::kInt64, .size = kDumpedNodes});
    schema.add(
        {.name = "position", .type = ColumnType::kFloat32, .size = kDumpedNodes, .planes = 2});
    stepper_ = TimeStepper::create(schema, {}, [this](FrameWriter& frame) { return fill(frame); },
                                   *parallel_, nullptr, {})
                   .value();
  }

  // Every column holds, at a node's internal place, a value made of its user id.
  Status fill(FrameWriter& frame) {
    const GraphView& view = graph_.view();
    for (NodeID v = 0; v < kDumpedNodes; ++v) {
      const auto at = static_cast<std::size_t>(v);
      const NodeID user = view.user_id(v);
      if (user % 3 == 0) frame.column<std::uint64_t>(0)[at / 64] |= std::uint64_t{1} << at % 64;
      frame.column<std::int32_t>(1)[at] = user == 0 ? kNoParent : view.internal_id(user - 1);
      // Two classes, each named by some node of it that is not its smallest user.
      frame.column<std::int32_t>(2)[at] = view.internal_id(user < 30 ? 17 : 60);
      frame.column<std::int64_t>(3)[at] = std::int64_t{user} << 40;
      frame.column<float>(4, 0)[at] = static_cast<float>(user);
      frame.column<float>(4, 1)[at] = static_cast<float>(-user);
    }
    return Status::ok();
  }

  template <class T>
  std::vector<T> dump(const std::string& column) {
    const Status status = write_dump(stepper_->last_completed(), &graph_.view(), {column, path_});
    EXPECT_TRUE(status.is_ok()) << status.message();
    std::vector<T> values(std::filesystem::file_size(path_) / sizeof(T));
    std::ifstream file(path_, std::ios::binary);
    file.read(reinterpret_cast<char*>(values.data()),
              static_cast<std::streamsize>(values.size() * sizeof(T)));
    return values;
  }

  Graph graph_;
  std::unique_ptr<Parallel> parallel_;
  std::unique_ptr<TimeStepper> stepper_;
  test::Folder folder_;
  std::string path_ = folder_ / "dump.bin";
};

TEST_F(DumpTest, ParentsAreUserIdsInTheOrderOfUserIds) {
  const std::vector<std::int32_t> parents = dump<std::int32_t>("parent");
  ASSERT_EQ(parents.size(), static_cast<std::size_t>(kDumpedNodes));
  for (NodeID user = 0; user < kDumpedNodes; ++user)
    EXPECT_EQ(parents[static_cast<std::size_t>(user)], user - 1);
}

TEST_F(DumpTest, ALabelIsTheSmallestUserIdThatBearsIt) {
  const std::vector<std::int32_t> labels = dump<std::int32_t>("label");
  for (NodeID user = 0; user < kDumpedNodes; ++user) {
    EXPECT_EQ(labels[static_cast<std::size_t>(user)], user < 30 ? 0 : 30);
  }
}

TEST_F(DumpTest, OtherColumnsAreCopiedElementByElement) {
  const std::vector<char> active = dump<char>("active");
  const std::vector<std::int64_t> lengths = dump<std::int64_t>("length");
  const std::vector<float> positions = dump<float>("position");
  ASSERT_EQ(active.size(), static_cast<std::size_t>(kDumpedNodes));
  ASSERT_EQ(positions.size(), 2 * static_cast<std::size_t>(kDumpedNodes));
  for (std::size_t user = 0; user < active.size(); ++user) {
    EXPECT_EQ(active[user], user % 3 == 0 ? 1 : 0);
    EXPECT_EQ(lengths[user], static_cast<std::int64_t>(user) << 40);
    EXPECT_EQ(positions[2 * user], static_cast<float>(user));
    EXPECT_EQ(positions[2 * user + 1], -static_cast<float>(user));
  }
}

TEST_F(DumpTest, TextHasALineANodeWithTheUsersIds) {
  const auto text = [&](const std::string& column, const char* name) {
    const std::string path = folder_ / name;
    EXPECT_TRUE(write_dump(stepper_->last_completed(), &graph_.view(), {column, path}).is_ok());
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
  };
  EXPECT_TRUE(text("parent", "p.csv").starts_with("node,parent\n0,\n1,0\n2,1\n3,2\n"));
  EXPECT_TRUE(text("parent", "p.csv").ends_with("\n69,68\n"));
  EXPECT_TRUE(text("label", "l.tsv").ends_with("\n69\t30\n"));
  EXPECT_TRUE(text("active", "a.csv").starts_with("node,active\n0,1\n1,0\n2,0\n3,1\n"));
  EXPECT_TRUE(text("length", "n.csv").starts_with("node,length\n0,0\n1,1099511627776\n"));
  EXPECT_TRUE(text("position", "x.csv").starts_with("node,position_x,position_y\n0,0,0\n1,1,-1"));
}

TEST_F(DumpTest, WithoutAGraphColumnsAreWrittenAsTheyLie) {
  ASSERT_TRUE(write_dump(stepper_->last_completed(), nullptr, {"parent", path_}).is_ok());
  std::int32_t first = 0;
  std::ifstream(path_, std::ios::binary).read(reinterpret_cast<char*>(&first), sizeof first);
  EXPECT_EQ(first, stepper_->last_completed().column<std::int32_t>(1)[0]);
}

TEST_F(DumpTest, AnUnknownColumnIsRefusedWithTheNamesOfThoseThatAre) {
  const Status status = check_dump(stepper_->last_completed().schema(), {"distance", path_});
  ASSERT_FALSE(status.is_ok());
  EXPECT_NE(status.message().find("'distance'"), std::string::npos);
  EXPECT_NE(status.message().find("active, parent, label"), std::string::npos) << status.message();
}

TEST_F(DumpTest, AFailedWriteLeavesNothingBehind) {
  const std::string folder = folder_ / "no_such_folder/d.bin";
  const Status status = write_dump(stepper_->last_completed(), nullptr, {"parent", folder});
  ASSERT_FALSE(status.is_ok());
  EXPECT_NE(status.message().find(folder), std::string::npos) << status.message();
}

}  // namespace
}  // namespace quadrille::program
