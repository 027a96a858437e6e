#include "engine/shared_layout.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "engine/frame_layout.h"

namespace quadrille {
namespace {

FrameSchema some_schema() {
  FrameSchema schema;
  schema.add({"active", ColumnType::kBit, ColumnMode::kUpdated, 1000, 1});
  schema.add({"position", ColumnType::kFloat32, ColumnMode::kRewritten, 77, 2});
  schema.add({"length", ColumnType::kInt64, ColumnMode::kUpdated, 0, 1});
  return schema;
}

SharedHeader good_header() {
  SharedHeader header = {};
  header.magic = kSharedMagic;
  header.version = kSharedVersion;
  header.header_bytes = sizeof header;
  header.shape = {.num_slots = 5, .num_readers = 8, .schema_bytes = 100, .frame_bytes = 70000};
  header.file_bytes = SharedLayout(header.shape).file_bytes;
  return header;
}

TEST(SharedLayout, PartsDoNotOverlapAndSlotsBeginBehindThem) {
  const SharedLayout layout(good_header().shape);
  const std::vector<std::uint64_t> starts = {
      sizeof(SharedHeader), layout.counts,       layout.word,         layout.wake,
      layout.slots,         layout.records,      layout.published_ns, layout.schema,
      layout.schema + 100,  layout.control_bytes};
  for (std::size_t i = 1; i < starts.size(); ++i) EXPECT_LE(starts[i - 1], starts[i]) << i;
  EXPECT_EQ(layout.word % kCacheLineBytes, 0u);
  EXPECT_EQ(layout.control_bytes % kBlockBytes, 0u);
  for (FrameSlot slot = 0; slot < 5; ++slot) {
    const std::uint64_t begin = layout.control_bytes + slot * layout.slot_stride;
    EXPECT_GE(layout.slot_offset(slot), begin);
    EXPECT_LE(layout.slot_offset(slot) + 70000, begin + layout.slot_stride);
    EXPECT_EQ(layout.slot_offset(slot) % kCacheLineBytes, 0u);
  }
  EXPECT_LE(layout.control_bytes + 5 * layout.slot_stride, layout.file_bytes);
}

TEST(SharedLayout, AHeaderIsAcceptedOnlyWithTheSizeThatFollowsFromIt) {
  const SharedHeader header = good_header();
  EXPECT_TRUE(verify_header(header, header.file_bytes).is_ok());
  EXPECT_EQ(verify_header(header, header.file_bytes - 1).code(), StatusCode::kInvalidInput);
  EXPECT_EQ(verify_header(header, header.file_bytes + 65536).code(), StatusCode::kInvalidInput);
}

TEST(SharedLayout, AHeaderOfSomethingElseIsRefusedWithASentence) {
  const auto refuses = [](const char* part, const auto& change) {
    SharedHeader header = good_header();
    change(header);
    for (const bool consistent : {false, true}) {  // also where the size was made to fit
      if (consistent) header.file_bytes = SharedLayout(header.shape).file_bytes;
      const Status status = verify_header(header, header.file_bytes);
      EXPECT_EQ(status.code(), StatusCode::kInvalidInput) << part;
      EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
    }
  };
  refuses("no frames", [](SharedHeader& header) { header.magic ^= 1; });
  refuses("version 1;", [](SharedHeader& header) { header.version = 1; });
  refuses("version 3;", [](SharedHeader& header) { header.version = 3; });
  refuses("version 2;", [](SharedHeader& header) { header.header_bytes = 64; });
  refuses("0 slots", [](SharedHeader& header) { header.shape.num_slots = 0; });
  refuses("4294967295 slots", [](SharedHeader& header) { header.shape.num_slots = 0xffffffff; });
  refuses("65536 slots", [](SharedHeader& header) { header.shape.num_slots = 65536; });
  refuses("1025 readers", [](SharedHeader& header) { header.shape.num_readers = 1025; });
  refuses("schema of 18446744073709551615",
          [](SharedHeader& header) { header.shape.schema_bytes = UINT64_MAX; });
  refuses("frames of 18446744073709551615",
          [](SharedHeader& header) { header.shape.frame_bytes = UINT64_MAX; });
}

TEST(SharedLayout, ASchemaComesBackAsItWas) {
  const FrameSchema schema = some_schema();
  const auto back = decode_schema(encode_schema(schema));
  ASSERT_TRUE(back.is_ok()) << back.status().message();
  ASSERT_EQ(back.value().columns().size(), 3u);
  for (ColumnID id = 0; id < 3; ++id) {
    EXPECT_EQ(back.value()[id].name, schema[id].name);
    EXPECT_EQ(back.value()[id].type, schema[id].type);
    EXPECT_EQ(back.value()[id].mode, schema[id].mode);
    EXPECT_EQ(back.value()[id].size, schema[id].size);
    EXPECT_EQ(back.value()[id].planes, schema[id].planes);
  }
  EXPECT_TRUE(decode_schema(encode_schema(FrameSchema())).is_ok());
}

TEST(SharedLayout, ASchemaThatIsCutOrContinuedIsRefused) {
  std::vector<std::byte> bytes = encode_schema(some_schema());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(decode_schema({bytes.data(), size}).status().code(), StatusCode::kInvalidInput);
  }
  bytes.push_back(std::byte{0});
  EXPECT_EQ(decode_schema(bytes).status().code(), StatusCode::kInvalidInput);
}

// Whatever is believed has a layout that can be computed.
TEST(SharedLayout, ASchemaOfRandomBytesIsRefusedOrMakesALayout) {
  const std::vector<std::byte> good = encode_schema(some_schema());
  std::mt19937 random(5);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::vector<std::byte> bytes = good;
    for (std::uint32_t changes = random() % 4 + 1; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    const auto schema = decode_schema(bytes);
    refused += schema.is_ok() ? 0 : 1;
    if (schema.is_ok()) {
      EXPECT_LE(FrameLayout(schema.value()).frame_bytes(), SIZE_MAX / 2);
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace quadrille
