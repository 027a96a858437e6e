// Frame publication: the channel's one exchange against a mutex that guards the same counts. What
// else one could use, and what readers see meanwhile, is `quadrille profile frames`.
#include <memory>
#include <string>
#include <thread>

#include "bench/peers/frame_peer.h"
#include "bench/suite.h"
#include "engine/clock.h"

namespace quadrille::program {
namespace {

constexpr FramePeerSetup kSetup{.num_readers = 1, .frame_lines = 1};

class PublicationPart {
 public:
  PublicationPart(const SuiteContext& context, const TickClock& clock, const FramePeerEntry& peer,
                  std::string name)
      : context_(context), clock_(clock), peer_(peer.create(kSetup)), name_(std::move(name)) {
    signals_.go.store(true, std::memory_order_relaxed);
  }

  void measure() {
    const std::int64_t items = context_.size.part_items;
    add("publish", [&] { publish(items); });
    add("acquire and release", [&] { read(items); });
    FrameReaderJob job;
    job.clock = &clock_;
    job.signals = &signals_;
    std::thread reader([&] { peer_->read(0, job); });
    while (!job.is_ready.load(std::memory_order_relaxed)) std::this_thread::yield();
    add("publish, one reader", [&] { publish(items); });
    signals_.stop.store(true, std::memory_order_relaxed);
    reader.join();
  }

 private:
  template <class Body>
  void add(const std::string& what, const Body& body) {
    context_.results.push_back(
        measure_part(context_, what + ", " + name_, context_.size.part_items, "frames", body));
  }
  void publish(std::int64_t count) {
    FrameWriterJob job;
    job.clock = &clock_;
    job.signals = &signals_;
    job.most_frames = count;
    peer_->write(job);
  }
  void read(std::int64_t count) {
    FrameReaderJob job;
    job.clock = &clock_;
    job.signals = &signals_;
    job.most_reads = count;
    peer_->read(0, job);
  }

  const SuiteContext& context_;
  const TickClock& clock_;
  std::unique_ptr<FramePeer> peer_;
  std::string name_;
  FrameSignals signals_;
};

}  // namespace

Status run_suite_publication(const SuiteContext& context) {
  const TickClock clock = TickClock::calibrate();
  PublicationPart(context, clock, channel_peer(), "one exchange").measure();
  PublicationPart(context, clock, mutex_peer(), "mutex").measure();
  return Status::ok();
}

}  // namespace quadrille::program
