#include <gtest/gtest.h>
#include <quadrille/frame.h>

#include <cstring>
#include <string>
#include <vector>

#include "engine/frame_layout.h"

namespace quadrille {
namespace {

FrameSchema schema_of(std::vector<ColumnSpec> specs) {
  FrameSchema schema;
  for (ColumnSpec& spec : specs) schema.add(std::move(spec));
  return schema;
}

FrameSchema every_type(std::int64_t size, int planes) {
  return schema_of({{"bit", ColumnType::kBit, ColumnMode::kUpdated, size, planes},
                    {"int32", ColumnType::kInt32, ColumnMode::kRewritten, size, planes},
                    {"uint32", ColumnType::kUint32, ColumnMode::kUpdated, size, planes},
                    {"int64", ColumnType::kInt64, ColumnMode::kUpdated, size, planes},
                    {"float32", ColumnType::kFloat32, ColumnMode::kRewritten, size, planes}});
}

// Zeroed memory in the shape of one slot.
struct Slot {
  explicit Slot(FrameSchema schema)
      : layout(std::move(schema)), lines(layout.frame_bytes() / sizeof(Line)) {}
  struct alignas(64) Line {
    std::byte bytes[64]{};
  };
  std::byte* data() { return lines.data()->bytes; }
  Frame frame() { return {&layout, data()}; }
  FrameLayout layout;
  std::vector<Line> lines;
};

TEST(FrameLayout, PlanesStandApartOnCacheLinesAndInsideTheFrame) {
  for (const std::int64_t size : {0, 1, 15, 16, 17, 63, 64, 65, 16384, 16385, 100000}) {
    for (const int planes : {1, 2, 3}) {
      const FrameLayout layout(every_type(size, planes));
      std::size_t end = sizeof(FrameHeader);
      for (ColumnID id = 0; id < layout.num_columns(); ++id) {
        EXPECT_GE(layout[id].steps_offset, end);
        end = layout[id].steps_offset +
              static_cast<std::size_t>(layout[id].num_blocks) * sizeof(std::int64_t);
      }
      for (ColumnID id = 0; id < layout.num_columns(); ++id) {
        const ColumnLayout& column = layout[id];
        EXPECT_GE(column.offset, end);
        EXPECT_EQ(column.offset % kCacheLineBytes, 0u);
        EXPECT_EQ(column.plane_stride % kCacheLineBytes, 0u);
        EXPECT_GE(column.plane_stride, column.plane_bytes);
        EXPECT_LT(column.plane_stride, column.plane_bytes + kCacheLineBytes);
        EXPECT_EQ(column.bytes, column.plane_stride * static_cast<std::size_t>(planes));
        end = column.offset + column.bytes;
      }
      EXPECT_EQ(layout.frame_bytes(), end);
      EXPECT_EQ(layout.frame_bytes() % kCacheLineBytes, 0u);
    }
  }
}

TEST(FrameLayout, AColumnHasABlockForEachSixtyFourKibibytes) {
  const FrameLayout layout(schema_of({
      {"none", ColumnType::kInt32, ColumnMode::kUpdated, 0, 1},
      {"one", ColumnType::kInt32, ColumnMode::kUpdated, 16384, 1},
      {"two", ColumnType::kInt32, ColumnMode::kUpdated, 16385, 1},
      {"planes", ColumnType::kFloat32, ColumnMode::kUpdated, 16384, 3},
      {"bits", ColumnType::kBit, ColumnMode::kUpdated, 8 * 65536 + 1, 1},
  }));
  const std::vector<std::int64_t> expected = {0, 1, 2, 3, 2};
  for (ColumnID id = 0; id < layout.num_columns(); ++id) {
    EXPECT_EQ(layout[id].num_blocks, expected[static_cast<std::size_t>(id)]) << id;
  }
}

TEST(FrameLayout, ASchemaThatCannotBeIsRefusedInOneSentence) {
  const auto message = [](ColumnSpec spec) {
    return verify_schema(schema_of({{"x", ColumnType::kInt32, ColumnMode::kUpdated, 1, 1}, spec}))
        .message();
  };
  EXPECT_EQ(message({"", ColumnType::kBit, ColumnMode::kUpdated, 1, 1}), "column 1 has no name");
  EXPECT_EQ(message({"x", ColumnType::kBit, ColumnMode::kUpdated, 1, 1}),
            "column 'x' stands twice in the schema");
  EXPECT_EQ(message({"y", ColumnType::kBit, ColumnMode::kUpdated, -5, 1}),
            "column 'y' has size -5; 0 is the least");
  EXPECT_EQ(message({"y", ColumnType::kBit, ColumnMode::kUpdated, 5, 0}),
            "column 'y' has 0 planes; 1 is the least");
  EXPECT_EQ(
      message({"y", ColumnType::kInt64, ColumnMode::kUpdated, INT64_MAX, 1}),
      "column 'y' of 9223372036854775807 elements in 1 planes does not fit the address space");
  EXPECT_EQ(verify_schema(schema_of({{"y", ColumnType::kInt64, ColumnMode::kUpdated,
                                      std::int64_t{1} << 55, INT32_MAX}}))
                .code(),
            StatusCode::kOutOfMemory);
  EXPECT_TRUE(verify_schema(every_type(100, 2)).is_ok());
  EXPECT_TRUE(verify_schema(FrameSchema()).is_ok());
}

TEST(Frame, ColumnsAreFoundByName) {
  const FrameSchema schema = every_type(1, 1);
  EXPECT_EQ(schema.find("bit"), 0);
  EXPECT_EQ(schema.find("float32"), 4);
  EXPECT_EQ(schema.find("float"), -1);
}

TEST(Frame, SpansHoldTheLiveElementsOfTheirPlane) {
  Slot slot(every_type(65, 2));
  const Frame frame = slot.frame();
  EXPECT_EQ(frame.column<std::uint64_t>(0).size(), 2u);
  EXPECT_EQ(frame.column<std::int32_t>(1, 1).size(), 65u);
  EXPECT_EQ(frame.column<std::int64_t>(3).size(), 65u);
  const std::size_t at = slot.layout[4].offset + slot.layout[4].plane_stride + 7 * sizeof(float);
  const float value = 2.5f;
  std::memcpy(slot.data() + at, &value, sizeof value);
  EXPECT_EQ(frame.column<float>(4, 1)[7], 2.5f);
}

TEST(Frame, TheHeaderSaysStepTimeAndTopology) {
  Slot slot(every_type(3, 1));
  const FrameHeader header{41, 0.5, 7, {}};
  std::memcpy(slot.data(), &header, sizeof header);
  EXPECT_EQ(slot.frame().step(), 41);
  EXPECT_EQ(slot.frame().time(), 0.5);
  EXPECT_EQ(slot.frame().topology_version(), 7u);
  EXPECT_TRUE(slot.frame().is_valid());
  EXPECT_FALSE(Frame().is_valid());
}

TEST(Frame, TheStateHashCoversTheStepAndEveryLiveByteAndNothingElse) {
  const std::int64_t size = 17;
  Slot slot(every_type(size, 2));
  const StateHash start = slot.frame().state_hash();
  std::vector<bool> is_live(slot.layout.frame_bytes(), false);
  for (std::size_t i = 0; i < sizeof(std::int64_t); ++i) is_live[i] = true;  // the step
  for (ColumnID id = 0; id < slot.layout.num_columns(); ++id) {
    for (std::size_t plane = 0; plane < 2; ++plane) {
      const std::size_t begin = slot.layout[id].offset + plane * slot.layout[id].plane_stride;
      for (std::size_t i = 0; i < slot.layout[id].plane_bytes; ++i) is_live[begin + i] = true;
    }
  }
  for (std::size_t at = 0; at < is_live.size(); ++at) {
    slot.data()[at] = std::byte{1};
    EXPECT_EQ(slot.frame().state_hash() != start, is_live[at]) << "byte " << at;
    slot.data()[at] = std::byte{0};
  }
}

TEST(Frame, TheStateHashDoesNotDependOnWhereTheSlotLies) {
  Slot a(every_type(1000, 3)), b(every_type(1000, 3));
  for (std::size_t at = sizeof(FrameHeader); at < a.layout.frame_bytes(); ++at) {
    a.data()[at] = b.data()[at] = static_cast<std::byte>(at * 31 % 127);
  }
  EXPECT_EQ(a.frame().state_hash(), b.frame().state_hash());
}

}  // namespace
}  // namespace quadrille
