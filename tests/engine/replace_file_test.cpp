#include "engine/replace_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/folder.h"

namespace quadrille {
namespace {

namespace fs = std::filesystem;

class ReplaceFile : public testing::Test {
 protected:
  std::string path(const char* name) const { return folder_ / name; }
  static std::string content(const std::string& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(folder_ / "."), {}); }

  test::Folder folder_;
};

TEST_F(ReplaceFile, WritesAllBytesUnderTheName) {
  ASSERT_TRUE(replace_file(path("a"), std::string_view("hello")).is_ok());
  EXPECT_EQ(content(path("a")), "hello");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplaceFile, KeepsTheOldFileWhenTheProducerFails) {
  ASSERT_TRUE(replace_file(path("a"), std::string_view("old")).is_ok());
  const Status status = replace_file(path("a"), [](const FileSink& sink) {
    QUADRILLE_RETURN_IF_ERROR(sink(std::string_view("half of the new")));
    return Status(StatusCode::kInvalidInput, "the producer gave up");
  });
  EXPECT_EQ(status.message(), "the producer gave up");
  EXPECT_EQ(content(path("a")), "old");
  EXPECT_EQ(files(), 1);
}

TEST_F(ReplaceFile, NamesTheFileAndTheReasonWhenTheFolderIsMissing) {
  const Status status = replace_file(path("none/a"), std::string_view("x"));
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_EQ(status.message(), path("none/a") + ": cannot write: No such file or directory");
}

TEST_F(ReplaceFile, WritesToADeviceInsteadOfReplacingIt) {
  ASSERT_TRUE(replace_file("/dev/null", std::string_view("x")).is_ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(ReplaceFile, ReportsAFullDevice) {
  const Status status = replace_file("/dev/full", std::string_view("x"));
  EXPECT_EQ(status.message(), "/dev/full: cannot write: No space left on device");
}

}  // namespace
}  // namespace quadrille
