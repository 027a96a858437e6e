// What readers see of frames' ages, in the manner of rcutorture: each frame that a reader gives
// back falls into a bucket, and some buckets must stay empty.
//
// A frame's stamp is the number of its publication. The writer announces a number once that
// publication is done. What is promised:
//   - a pinned frame is the newest: no publication that was announced before the pin is newer;
//   - while it is pinned its slot is not filled again, however old it becomes: it holds its stamp
//     in each line, and nothing else;
//   - a reader never sees a frame again that is older than one that it saw.
// A frame's age is how many publications were announced since its own; when it is given back any
// age is right, and the histogram shows how long readers held on.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <string>

#include "engine/frame_channel.h"

namespace quadrille {

struct FrameAges {
  std::array<std::int64_t, 40> held{};  // bucket b: ages of b bits: 0, 1, 2-3, 4-7, ...
  // Past what is promised.
  std::int64_t late = 0;   // not the newest when it was pinned
  std::int64_t torn = 0;   // another stamp in some line, at once or when it was given back
  std::int64_t again = 0;  // older than one that the same reader saw before

  void add(const FrameAges& other) {
    for (std::size_t i = 0; i < held.size(); ++i) held[i] += other.held[i];
    late += other.late;
    torn += other.torn;
    again += other.again;
  }
  std::int64_t broken() const { return late + torn + again; }
  std::int64_t frames() const {
    std::int64_t sum = 0;
    for (const std::int64_t count : held) sum += count;
    return sum;
  }
  // One line: `ages 0: 812 | 1: 40 | 2-3: 7 | late 0 | torn 0 | again 0`
  std::string text() const {
    std::string line = "ages";
    for (std::size_t bits = 0; bits < held.size(); ++bits) {
      if (held[bits] == 0) continue;
      const std::uint64_t first = bits == 0 ? 0 : std::uint64_t{1} << (bits - 1);
      line.append(" ").append(std::to_string(first));
      if (bits > 1) line.append("-").append(std::to_string(2 * first - 1));
      line.append(": ").append(std::to_string(held[bits])).append(" |");
    }
    line.append(" late ").append(std::to_string(late));
    line.append(" | torn ").append(std::to_string(torn));
    return line.append(" | again ").append(std::to_string(again));
  }
};

// Planted bugs race by design, so their words are atomic: what is proved is that the check sees
// them, not that they race.
struct PlainWord {
  std::uint64_t value = 0;
  void set(std::uint64_t stamp) { value = stamp; }
  std::uint64_t get() const { return value; }
};
struct AtomicWord {
  std::atomic<std::uint64_t> value{0};
  void set(std::uint64_t stamp) { value.store(stamp, std::memory_order_relaxed); }
  std::uint64_t get() const { return value.load(std::memory_order_relaxed); }
};

// 4 KiB with the stamp in each cache line.
template <class Word>
struct StampedFrame {
  struct alignas(kCacheLineBytes) Line {
    Word word;
  };
  std::array<Line, 4096 / kCacheLineBytes> lines;

  void fill(std::uint64_t stamp) {
    for (Line& line : lines) line.word.set(stamp);
  }
  std::uint64_t stamp() const { return lines[0].word.get(); }
  bool holds(std::uint64_t stamp) const {
    std::uint64_t other = 0;
    for (const Line& line : lines) other |= line.word.get() ^ stamp;
    return other == 0;
  }
};

// One reader, which checks every frame that it pins. One thread.
template <class Channel, class Frame>
class CheckingReader {
 public:
  struct Pin {
    FrameSlot slot = kNoFrameSlot;
    std::uint64_t stamp = 0;
  };

  // A frame was published. `announced` is the last publication's number.
  CheckingReader(Channel& channel, const Frame* frames, const std::atomic<std::uint64_t>& announced,
                 FrameAges& ages)
      : channel_(channel), frames_(frames), announced_(announced), ages_(ages) {}

  Pin pin() {
    // Acquire: pairs with the announcement, so that the publication happened before the pin.
    const std::uint64_t announced = announced_.load(std::memory_order_acquire);
    Pin pin;
    pin.slot = channel_.acquire();
    const Frame& frame = frames_[pin.slot];
    pin.stamp = frame.stamp();
    ages_.torn += frame.holds(pin.stamp) ? 0 : 1;
    ages_.late += pin.stamp < announced ? 1 : 0;
    ages_.again += pin.stamp < newest_ ? 1 : 0;
    newest_ = pin.stamp;
    return pin;
  }

  void give_back(const Pin& pin) {
    ages_.torn += frames_[pin.slot].holds(pin.stamp) ? 0 : 1;
    const std::uint64_t announced = announced_.load(std::memory_order_relaxed);
    // A frame is pinned a moment before it is announced.
    const std::uint64_t age = announced > pin.stamp ? announced - pin.stamp : 0;
    ages_.held[static_cast<std::size_t>(std::bit_width(age)) % ages_.held.size()] += 1;
    channel_.release(pin.slot);
  }

 private:
  Channel& channel_;
  const Frame* frames_;
  const std::atomic<std::uint64_t>& announced_;
  FrameAges& ages_;
  std::uint64_t newest_ = 0;
};

}  // namespace quadrille
