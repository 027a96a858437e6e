#include "engine/replace_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <sys/stat.h>
#include <unistd.h>

namespace quadrille {
namespace {

Status write_error(const std::string& path) {
  return {StatusCode::kIoError, path + ": cannot write: " + std::strerror(errno)};
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// A device or a pipe is written to, never replaced: renaming over /dev/null would take it from the
// whole machine.
bool is_special(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

Status write_to(const std::string& path, const std::string& target, bool synchronise,
                const std::function<Status(const FileSink&)>& produce) {
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(target.c_str(), "wb"));
  if (file == nullptr) return write_error(path);
  const FileSink sink = [&](std::span<const char> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size())
      return write_error(path);
    return Status::ok();
  };
  QUADRILLE_RETURN_IF_ERROR(produce(sink));
  if (std::fflush(file.get()) != 0) return write_error(path);
  if (synchronise && ::fsync(::fileno(file.get())) != 0) return write_error(path);
  if (std::fclose(file.release()) != 0) return write_error(path);
  return Status::ok();
}

}  // namespace

Status replace_file(const std::string& path,
                    const std::function<Status(const FileSink&)>& produce) {
  if (is_special(path)) return write_to(path, path, false, produce);
  const std::string temporary = path + ".tmp-" + std::to_string(::getpid());
  Status status = write_to(path, temporary, true, produce);
  if (status.is_ok() && std::rename(temporary.c_str(), path.c_str()) != 0)
    status = write_error(path);
  if (!status.is_ok()) std::remove(temporary.c_str());
  return status;
}

Status replace_file(const std::string& path, std::span<const char> bytes) {
  return replace_file(path, [&](const FileSink& sink) { return sink(bytes); });
}

}  // namespace quadrille
