#include "bench/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <string>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/format.h"

namespace quadrille::program {
namespace {

// What goes through the pipe: this, the numbers, the sentence.
struct Head {
  StatusCode code = StatusCode::kOk;
  std::uint64_t numbers = 0, letters = 0;
};

Status system_failed(const char* what) {
  return {StatusCode::kIoError, fmt::format("{}: {}", what, std::strerror(errno))};
}

bool write_all(int file, const void* bytes, std::size_t size) {
  for (const char* rest = static_cast<const char*>(bytes); size > 0;) {
    const ssize_t written = ::write(file, rest, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    rest += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool read_all(int file, void* bytes, std::size_t size) {
  for (char* rest = static_cast<char*>(bytes); size > 0;) {
    const ssize_t got = ::read(file, rest, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    rest += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

Result<std::vector<double>> measure_or_say_why(
    const std::function<Result<std::vector<double>>()>& measure) {
  try {
    return measure();
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "the system gave no more memory");
  }
}

[[noreturn]] void be_the_child(int pipe,
                               const std::function<Result<std::vector<double>>()>& measure) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // whoever ends the program ends its measurement
  Result<std::vector<double>> result = measure_or_say_why(measure);
  const std::string sentence = result.status().message();
  std::vector<double> numbers;
  if (result.is_ok()) numbers = std::move(result).value();
  const Head head{result.status().code(), numbers.size(), sentence.size()};
  const bool written = write_all(pipe, &head, sizeof head) &&
                       write_all(pipe, numbers.data(), numbers.size() * sizeof(double)) &&
                       write_all(pipe, sentence.data(), sentence.size());
  ::_exit(written ? 0 : 1);  // no destructors, no buffers: they are the parent's
}

Result<std::vector<double>> read_result(int pipe) {
  Head head;
  if (!read_all(pipe, &head, sizeof head)) return Status(StatusCode::kIoError, "");
  std::vector<double> numbers(head.numbers);
  std::string sentence(head.letters, ' ');
  if (!read_all(pipe, numbers.data(), numbers.size() * sizeof(double)) ||
      !read_all(pipe, sentence.data(), sentence.size())) {
    return Status(StatusCode::kIoError, "");
  }
  if (head.code != StatusCode::kOk) return Status(head.code, std::move(sentence));
  return numbers;
}

}  // namespace

Result<std::vector<double>> measure_in_child(
    const std::function<Result<std::vector<double>>()>& measure) {
  int pipe[2];
  if (::pipe(pipe) != 0) return system_failed("no pipe for a measurement");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    be_the_child(pipe[1], measure);
  }
  ::close(pipe[1]);
  Result<std::vector<double>> result =
      child < 0 ? system_failed("no process for a measurement") : read_result(pipe[0]);
  ::close(pipe[0]);
  if (child < 0) return result;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return Status(StatusCode::kIoError,
                  fmt::format("signal {} ended a measurement", WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) return Status(StatusCode::kIoError, "a measurement was lost");
  return result;
}

}  // namespace quadrille::program
