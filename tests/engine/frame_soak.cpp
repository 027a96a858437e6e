// Checked reads for as long as one likes: a writer, readers that hold frames for random times, and
// readers that stall: one sleeps while it holds a frame, one never returns its frame, and one is a
// process that is stopped (SIGSTOP) wherever it is and goes on later. Every frame is checked in
// each cache line when it is pinned and when it is returned.
//
// usage: frame_soak [--seconds S] [--reads N] [--readers R] [--slots N]
// Ends after S seconds (20) or, if given, N checked reads. Exit code 1 when anything was wrong: a
// frame past its promise, or, with the k R + 2 slots that are the default, a step that was skipped.
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <thread>
#include <vector>

#include "engine/publish_rule.h"
#include "engine/random.h"
#include "tests/engine/frame_ages.h"

namespace quadrille {
namespace {

using Clock = std::chrono::steady_clock;
using Frame = StampedFrame<PlainWord>;
using Reader = CheckingReader<const ChannelReader, Frame>;

constexpr FrameSlot kMaxSlots = 256;
constexpr FrameSlot kPinsPerReader = 2;
constexpr FrameSlot kStalled = 3;  // asleep, for ever, stopped; of one pin each

// All that readers of this and of another process see.
struct Shared {
  ChannelWord word;
  std::array<ChannelSlot, kMaxSlots> slots;
  std::array<Frame, kMaxSlots> frames;
  std::atomic<std::uint64_t> announced{0};
  std::atomic<bool> done{false};
  FrameAges stopped_ages;  // of the process; it writes them, and is waited for

  ChannelMemory memory() { return {&word, slots.data()}; }
};

struct Options {
  double seconds = 20;
  std::int64_t reads = 0;  // 0: any number
  FrameSlot readers = 2;
  FrameSlot slots = 0;  // 0: as many as are needed
};

struct Totals {
  FrameAges ages;
  std::int64_t published = 0, skipped = 0, refilled = 0, stops = 0;
};

class Soak {
 public:
  explicit Soak(const Options& options)
      : options_(options), needed_(options.readers * kPinsPerReader + kStalled + 2),
        num_slots_(options.slots == 0 ? needed_ : options.slots), shared_(map_shared()),
        channel_(shared_->memory(), num_slots_), slots_(num_slots_),
        ages_(options.readers + kStalled) {
    std::iota(slots_.begin(), slots_.end(), 0u);
    publish_first();
  }
  ~Soak() { munmap(shared_, sizeof(Shared)); }
  Soak(const Soak&) = delete;
  Soak& operator=(const Soak&) = delete;

  // False: something was wrong.
  bool run() {
    const pid_t process = fork();  // before there are threads
    if (process == 0) run_stopped_reader();
    const Clock::time_point start = Clock::now();
    deadline_ = start + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(options_.seconds));
    std::vector<std::thread> threads;
    for (FrameSlot i = 0; i < options_.readers; ++i) threads.emplace_back([this, i] { read(i); });
    threads.emplace_back([this] { hold_asleep(ages_[options_.readers]); });
    threads.emplace_back([this] { hold_for_ever(ages_[options_.readers + 1]); });
    threads.emplace_back([this, process] { stop_and_go(process); });
    write();
    shared_->done.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads) thread.join();
    int status = 0;
    waitpid(process, &status, 0);
    for (const FrameAges& ages : ages_) totals_.ages.add(ages);
    totals_.ages.add(shared_->stopped_ages);
    return report(std::chrono::duration<double>(Clock::now() - start).count(), status);
  }

 private:
  static Shared* map_shared() {
    void* memory =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      std::perror("frame_soak: no shared memory");
      std::exit(1);
    }
    return new (memory) Shared;
  }

  void publish_first() {
    shared_->frames[0].fill(1);
    channel_.publish(0);
    shared_->announced.store(1, std::memory_order_release);
  }

  bool done() const { return shared_->done.load(std::memory_order_relaxed); }

  // ---- the writer ----

  void write() {
    Random random(1);
    for (std::uint64_t stamp = 2; !is_over(stamp); ++stamp) {
      // Any free slot: the order in which slots are looked at changes all the time.
      std::swap(slots_[random.next() % num_slots_], slots_[random.next() % num_slots_]);
      const auto free = std::find_if(slots_.begin(), slots_.end(),
                                     [this](FrameSlot slot) { return channel_.is_free(slot); });
      if (free == slots_.end()) {  // the rule excludes it
        std::fputs("frame_soak: the writer has no slot\n", stderr);
        std::exit(1);
      }
      const FrameSlot slot = *free;
      totals_.refilled += shared_->frames[slot].stamp() != 0 ? 1 : 0;
      shared_->frames[slot].fill(stamp);
      if (publish_keeping(channel_, slots_, slot, 1)) {
        shared_->announced.store(stamp, std::memory_order_release);
        ++totals_.published;
      } else {
        ++totals_.skipped;
      }
      pause(stamp, random);
    }
  }

  // A quarter of the time at full speed; else a step takes up to some microseconds.
  void pause(std::uint64_t stamp, Random& random) {
    if (stamp / 4096 % 4 == 0) return;
    for (std::uint64_t spins = random.next() % 8192; spins > 0; --spins) {
      std::atomic_signal_fence(std::memory_order_seq_cst);  // no order: the loop is to take time
    }
  }

  bool is_over(std::uint64_t stamp) const {
    if (stamp % 1024 != 0) return false;
    if (options_.reads == 0) return Clock::now() >= deadline_;
    return reads_.load(std::memory_order_relaxed) >= options_.reads;
  }

  // ---- the readers ----

  // Two pins: the newest frame, and one that is held on to for up to 64 reads.
  void read(FrameSlot index) {
    const ChannelReader channel(shared_->memory());
    FrameAges ages;  // a line of its own
    Reader reader(channel, shared_->frames.data(), shared_->announced, ages);
    Random random(index + 2);
    while (!done()) {
      const Reader::Pin held = reader.pin();
      const std::uint64_t more = random.next() % 64;
      for (std::uint64_t i = 0; i < more; ++i) reader.give_back(reader.pin());
      reader.give_back(held);
      reads_.fetch_add(static_cast<std::int64_t>(more) + 1, std::memory_order_relaxed);
    }
    ages_[index] = ages;
  }

  void hold_asleep(FrameAges& ages) {
    const ChannelReader channel(shared_->memory());
    Reader reader(channel, shared_->frames.data(), shared_->announced, ages);
    while (!done()) {
      const Reader::Pin held = reader.pin();
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      reader.give_back(held);
    }
  }

  void hold_for_ever(FrameAges& ages) {
    const ChannelReader channel(shared_->memory());
    Reader reader(channel, shared_->frames.data(), shared_->announced, ages);
    const Reader::Pin held = reader.pin();
    while (!done()) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    reader.give_back(held);
  }

  [[noreturn]] void run_stopped_reader() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const ChannelReader channel(shared_->memory());
    Reader reader(channel, shared_->frames.data(), shared_->announced, shared_->stopped_ages);
    while (!done()) reader.give_back(reader.pin());
    _exit(0);
  }

  void stop_and_go(pid_t process) {
    Random random(3);
    while (!done()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random.next() % 20));
      kill(process, SIGSTOP);
      ++totals_.stops;
      std::this_thread::sleep_for(std::chrono::milliseconds(random.next() % 300));
      kill(process, SIGCONT);
    }
  }

  bool report(double seconds, int status) const {
    const auto reads = totals_.ages.frames();
    std::printf(
        "%.1f s: 1 writer, %u readers of %u pins, 1 asleep, 1 for ever, 1 process stopped "
        "%lld times; %u slots of %zu bytes\n",
        seconds, options_.readers, kPinsPerReader, static_cast<long long>(totals_.stops),
        num_slots_, sizeof(Frame));
    std::printf(
        "reads %lld (%.1f million/s), torn %lld, stale %lld; published %lld, skipped %lld, "
        "slots reused %lld\n",
        static_cast<long long>(reads), static_cast<double>(reads) / seconds / 1e6,
        static_cast<long long>(totals_.ages.torn),
        static_cast<long long>(totals_.ages.late + totals_.ages.again),
        static_cast<long long>(totals_.published), static_cast<long long>(totals_.skipped),
        static_cast<long long>(totals_.refilled));
    std::printf("%s\n", totals_.ages.text().c_str());
    if (status != 0) std::printf("the reading process ended with status %d\n", status);
    return totals_.ages.broken() == 0 && status == 0 &&
           (totals_.skipped == 0 || num_slots_ < needed_);
  }

  Options options_;
  FrameSlot needed_;
  FrameSlot num_slots_;
  Shared* shared_;
  FrameChannel channel_;
  std::vector<FrameSlot> slots_;
  std::vector<FrameAges> ages_;
  Totals totals_;
  std::atomic<std::int64_t> reads_{0};
  Clock::time_point deadline_;
};

[[noreturn]] void usage(const char* what) {
  std::fprintf(stderr,
               "frame_soak: %s\nusage: frame_soak [--seconds S] [--reads N] [--readers R] "
               "[--slots N]\n",
               what);
  std::exit(2);
}

double number_of(const char* text, double least, double most) {
  char* end = nullptr;
  const double value = text == nullptr ? 0 : std::strtod(text, &end);
  if (text == nullptr || end == text || *end != '\0' || !(value >= least && value <= most)) {
    usage("a number is missing or out of range");
  }
  return value;
}

Options options_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const char* value = argv[i + 1];  // null behind the last
    if (std::strcmp(argv[i], "--seconds") == 0) {
      options.seconds = number_of(value, 0, 1e6);
    } else if (std::strcmp(argv[i], "--reads") == 0) {
      options.reads = static_cast<std::int64_t>(number_of(value, 1, 1e15));
    } else if (std::strcmp(argv[i], "--readers") == 0) {
      options.readers = static_cast<FrameSlot>(number_of(value, 1, 100));
    } else if (std::strcmp(argv[i], "--slots") == 0) {
      options.slots = static_cast<FrameSlot>(number_of(value, 2, kMaxSlots));
    } else {
      usage("an option is unknown");
    }
  }
  return options;
}

}  // namespace
}  // namespace quadrille

int main(int argc, char** argv) {
  using namespace quadrille;
  return std::make_unique<Soak>(options_of(argc, argv))->run() ? 0 : 1;
}
