#include "bench/gapbs_program.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/format.h"

namespace quadrille::program {
namespace {

constexpr std::string_view kTrial = "Trial Time:";
// glibc: blocks of any size from the heap, which never shrinks.
constexpr const char* kKeepMemory = "MALLOC_MMAP_THRESHOLD_=4294967296";
constexpr const char* kNeverTrim = "MALLOC_TRIM_THRESHOLD_=17179869184";
constexpr const char* kGrowByMuch = "MALLOC_TOP_PAD_=67108864";

Status failed(const GapbsCall& call, std::string_view why) {
  return {StatusCode::kIoError, fmt::format("{}: {}", call.program, one_line(why))};
}

std::vector<std::string> arguments_of(const GapbsCall& call) {
  std::vector<std::string> words = {call.program, "-f", call.graph, "-n",
                                    std::to_string(call.trials)};
  if (call.source >= 0) words.insert(words.end(), {"-r", std::to_string(call.source)});
  if (call.delta > 0) words.insert(words.end(), {"-d", std::to_string(call.delta)});
  return words;
}

std::vector<std::string> environment_of(const GapbsCall& call) {
  std::vector<std::string> words = {"OMP_NUM_THREADS=" + std::to_string(call.threads), kKeepMemory,
                                    kNeverTrim, kGrowByMuch};
  for (char** word = environ; *word != nullptr; ++word) {
    if (std::string_view(*word).substr(0, 4) != "OMP_") words.emplace_back(*word);
  }
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

// Starts it with both its outputs on `pipe`; 0 or an error number.
int start(const GapbsCall& call, int pipe, pid_t& process) {
  std::vector<std::string> arguments = arguments_of(call), environment = environment_of(call);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, pipe, STDERR_FILENO);
  const int error = ::posix_spawn(&process, call.program.c_str(), &actions, nullptr,
                                  pointers(arguments).data(), pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  return error;
}

std::string read_to_end(int file) {
  std::string text;
  std::array<char, 4096> part;
  for (;;) {
    const ssize_t got = ::read(file, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

std::vector<double> trials_in(const std::string& text) {
  std::vector<double> trials_ns;
  for (std::size_t at = text.find(kTrial); at != std::string::npos; at = text.find(kTrial, at)) {
    at += kTrial.size();
    trials_ns.push_back(std::strtod(text.c_str() + at, nullptr) * 1e9);
  }
  return trials_ns;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
}

}  // namespace

Result<std::vector<double>> run_gapbs(const GapbsCall& call) {
  std::array<int, 2> ends;
  if (::pipe(ends.data()) != 0) return failed(call, std::strerror(errno));
  pid_t process = 0;
  const int error = start(call, ends[1], process);
  ::close(ends[1]);
  const std::string text = error == 0 ? read_to_end(ends[0]) : std::string();
  ::close(ends[0]);
  if (error != 0) return failed(call, std::strerror(error));
  int end = 0;
  while (::waitpid(process, &end, 0) < 0 && errno == EINTR) {
  }
  const std::vector<double> trials_ns = trials_in(text);
  if (end != 0) return failed(call, "it failed: " + last_line(text));
  if (trials_ns.size() != static_cast<std::size_t>(call.trials)) {
    return failed(call, fmt::format("it printed {} of {}", trials_ns.size(),
                                    plural(call.trials, "trial time")));
  }
  return trials_ns;
}

}  // namespace quadrille::program
