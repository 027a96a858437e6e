// Frame publication: the channel's one exchange against a mutex that guards the same counts.
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "bench/suite.h"
#include "engine/frame_channel.h"

namespace quadrille::program {
namespace {

constexpr FrameSlot kSlots = 4;  // a reader with one pin, and one more than it needs

// The same interface, as one would write it with a lock.
class MutexChannel {
 public:
  FrameSlot acquire() {
    const std::lock_guard lock(mutex_);
    ++pins_[current_];
    return current_;
  }
  void release(FrameSlot slot) {
    const std::lock_guard lock(mutex_);
    --pins_[slot];
  }
  // The next free slot after `slot`, found and published under one lock.
  FrameSlot publish_next(FrameSlot slot) {
    const std::lock_guard lock(mutex_);
    do slot = (slot + 1) % kSlots;
    while (slot == current_ || pins_[slot] != 0);
    return current_ = slot;
  }

 private:
  std::mutex mutex_;
  FrameSlot current_ = 0;
  std::array<std::int64_t, kSlots> pins_{};
};

class ExchangeChannel {
 public:
  ExchangeChannel() { channel_.publish(0); }
  FrameSlot acquire() { return channel_.acquire(); }
  void release(FrameSlot slot) { channel_.release(slot); }
  FrameSlot publish_next(FrameSlot slot) {
    do slot = (slot + 1) % kSlots;
    while (!channel_.is_free(slot));
    channel_.publish(slot);
    return slot;
  }

 private:
  FrameChannel channel_{kSlots};
};

// Publishes `count` times, each time a slot that no reader holds: what a writer does between two
// steps.
template <class Channel>
void publish_all(Channel& channel, std::int64_t count) {
  FrameSlot slot = 0;
  for (std::int64_t i = 0; i < count; ++i) slot = channel.publish_next(slot);
}

template <class Channel>
void pin_all(Channel& channel, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) channel.release(channel.acquire());
}

template <class Channel>
void measure_channel(const SuiteContext& context, Channel& channel, const std::string& name) {
  const std::int64_t items = context.size.part_items;
  const auto add = [&](const std::string& what, const auto& body) {
    context.results.push_back(measure_part(context, what + ", " + name, items, "frames", body));
  };
  add("publish", [&] { publish_all(channel, items); });
  add("acquire and release", [&] { pin_all(channel, items); });
  std::atomic<bool> stop{false};
  std::atomic<bool> running{false};
  std::thread reader([&] {
    running.store(true, std::memory_order_relaxed);
    while (!stop.load(std::memory_order_relaxed)) pin_all(channel, 64);
  });
  while (!running.load(std::memory_order_relaxed)) std::this_thread::yield();
  add("publish, one reader", [&] { publish_all(channel, items); });
  stop.store(true, std::memory_order_relaxed);
  reader.join();
}

}  // namespace

Status run_suite_publication(const SuiteContext& context) {
  ExchangeChannel channel;
  measure_channel(context, channel, "one exchange");
  MutexChannel guarded;
  measure_channel(context, guarded, "mutex");
  return Status::ok();
}

}  // namespace quadrille::program
