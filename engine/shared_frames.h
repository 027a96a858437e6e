// SharedFrames: the frames of a run in memory that other processes map: the run's side of it. What
// lies where is shared_layout.h's; the watchers' side is frame_watcher.cpp.
//
// Watchers are the same user's: they can spoil counters, records and the word, so that slots seem
// pinned or free that are not. Then less is published, and a reader may see a frame change. They
// cannot write frames, what the run computes stays the same, and nothing that they write is used by
// it as an index or an address.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <quadrille/metrics.h>
#include <quadrille/status.h>

#include "engine/frame_channel.h"
#include "engine/frame_layout.h"
#include "engine/frame_waiting.h"
#include "engine/reader_table.h"
#include "engine/region_shared.h"
#include "engine/share_options.h"
#include "engine/shared_layout.h"

namespace quadrille {

// Lock 0 of the file is the run's; lock 1 + i is that of the reader on place i, while it lives.
inline constexpr int kFirstReaderLock = 1;

class SharedFrames {
 public:
  // Memory for the control part; the slots' is backed one by one. Errors: SharedFile::create().
  static Result<std::unique_ptr<SharedFrames>> create(const ShareOptions& options,
                                                      const FrameLayout& frames,
                                                      FrameSlot max_slots, int max_readers);
  SharedFrames(const SharedFrames&) = delete;
  SharedFrames& operator=(const SharedFrames&) = delete;
  ~SharedFrames();  // watchers are told that the run has ended; what they hold stays valid

  ChannelMemory channel() const;
  WakeWord& wake_word() const { return *at<WakeWord>(layout_.wake); }
  ReaderRecord* records() const { return at<ReaderRecord>(layout_.records); }
  SharedCounts& counts() const { return *at<SharedCounts>(layout_.counts); }

  // Memory for the frame of that slot: its first byte. kOutOfMemory: the system has no more.
  Result<std::byte*> back_slot(FrameSlot slot);
  std::size_t control_bytes() const { return control_.bytes(); }
  std::size_t slot_bytes() const { return static_cast<std::size_t>(layout_.slot_stride); }

  // Before the publication of that slot.
  void set_published(FrameSlot slot, std::int64_t now_ns) {
    at<std::atomic<std::int64_t>>(layout_.published_ns)[slot].store(now_ns,
                                                                    std::memory_order_relaxed);
  }

  void set_counts(const FrameStatistics& statistics) {
    counts().completed.store(statistics.completed, std::memory_order_relaxed);
    counts().published.store(statistics.published, std::memory_order_relaxed);
    counts().skipped.store(statistics.skipped, std::memory_order_relaxed);
  }

  // Whether the reader on that place, of another process, has died. If so, no other takes the place
  // before unlock_place(). A system call.
  bool lock_place_of_dead(int place) { return file_.try_lock(kFirstReaderLock + place); }
  void unlock_place(int place) { file_.unlock(kFirstReaderLock + place); }

 private:
  SharedFrames(SharedFile file, const SharedLayout& layout)
      : file_(std::move(file)), layout_(layout) {}
  Status map(FrameSlot max_slots);
  template <class T>
  T* at(std::uint64_t offset) const {
    return reinterpret_cast<T*>(control_.base() + offset);
  }

  SharedFile file_;
  SharedLayout layout_;
  SharedMapping control_, slots_;
};

}  // namespace quadrille
