#include "bench/output_checks.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "engine/region_shared.h"

namespace quadrille::program {
namespace {

class OutputChecks : public testing::Test {
 protected:
  OutputChecks() {
    std::string name = testing::TempDir() + "outputs_XXXXXX";
    folder_ = mkdtemp(name.data());
    options_.verb = Verb::kRun;
  }
  ~OutputChecks() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string refusal(const std::string& report) {
    options_.run.report = report;
    const Status status = check_outputs(options_);
    return status.is_ok() ? "" : std::string(status.message());
  }

  std::string folder_;
  Options options_;
};

TEST_F(OutputChecks, AFileThatIsNewOrReplacedMayBeWritten) {
  EXPECT_EQ(refusal(path("new.json")), "");
  std::ofstream(path("old.json")) << "{}";
  EXPECT_EQ(refusal(path("old.json")), "");
  EXPECT_EQ(refusal("beside.json"), "");
  EXPECT_EQ(refusal("/dev/null"), "");
  EXPECT_FALSE(std::filesystem::exists(path("new.json"))) << "it is asked, not made";
}

TEST_F(OutputChecks, AMissingFolderAFolderAndAFileAsFolderAreRefused) {
  EXPECT_EQ(refusal(path("no/r.json")),
            path("no/r.json") + ": cannot write: No such file or directory");
  EXPECT_EQ(refusal(folder_), folder_ + ": cannot write: Is a directory");
  std::ofstream(path("file")) << "";
  EXPECT_EQ(refusal(path("file/r.json")), path("file/r.json") + ": cannot write: Not a directory");
}

TEST_F(OutputChecks, AFolderThatMayNotBeWrittenToIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_read);
  EXPECT_NE(refusal(path("r.json")).find("Permission denied"), std::string::npos);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
}

TEST_F(OutputChecks, EveryOutputOfARunIsAskedFor) {
  RunOptions& run = options_.run;
  for (std::string* output : {&run.picture, &run.memory_picture, &run.trace.file,
                              &run.trace.flight_recorder, &run.report}) {
    *output = path("no/file");
    EXPECT_FALSE(check_outputs(options_).is_ok());
    output->clear();
  }
  EXPECT_TRUE(check_outputs(options_).is_ok());
  run.dumps = {{"distance", path("no/file")}};
  EXPECT_FALSE(check_outputs(options_).is_ok());
}

TEST_F(OutputChecks, TwoNamesOfOneFileAreOneFile) {
  options_.run.report = path("a");
  options_.run.dumps = {{"distance", path("b")}, {"parent", path("./x/../a")}};
  const Status status = check_distinct_outputs(options_);
  EXPECT_EQ(status.message(), "--report and --dump name the same file");
  options_.run.dumps.pop_back();
  EXPECT_TRUE(check_distinct_outputs(options_).is_ok());
  options_.run.report = "/dev/null";
  options_.run.dumps = {{"distance", "/dev/null"}};
  EXPECT_TRUE(check_distinct_outputs(options_).is_ok());
}

TEST_F(OutputChecks, ANameToShareUnderMustBeOneAndBeFree) {
  const std::string name = "outputs." + std::to_string(getpid());
  options_.run.share = name;
  EXPECT_TRUE(check_outputs(options_).is_ok());
  EXPECT_EQ(SharedFile::open(name).status().code(), StatusCode::kNotFound) << "nothing is left";
  const Result<SharedFile> taken = SharedFile::create(name, kBlockBytes);
  ASSERT_TRUE(taken.is_ok());
  EXPECT_NE(check_outputs(options_).message().find("already"), std::string::npos);
  options_.run.share = "a/b";
  EXPECT_NE(check_outputs(options_).message().find("is no name"), std::string::npos);
}

}  // namespace
}  // namespace quadrille::program
