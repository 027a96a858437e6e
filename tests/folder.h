// Folder: where a test may write files; gone when the test ends. Tests run side by side, so no two
// may share a name.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace quadrille::test {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "quadrille-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  std::string write(std::string_view name, std::string_view bytes) const {
    std::ofstream(*this / name, std::ios::binary) << bytes;
    return *this / name;
  }
  // A message as a user in this folder would see it.
  std::string local(std::string message) const {
    for (std::size_t at; (at = message.find(path_ + "/")) != std::string::npos;) {
      message.erase(at, path_.size() + 1);
    }
    return message;
  }

 private:
  std::string path_;
};

}  // namespace quadrille::test
