#include "bench/readers.h"

#include "bench/format.h"

namespace quadrille::program {

ReaderThreads::ReaderThreads(const FrameReader& reader, int count) {
  threads_.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads_.emplace_back([this, reader] { read(reader); });
}

void ReaderThreads::read(FrameReader reader) {
  std::int64_t last_step = -1;
  PinnedFrame frame;
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (!reader.refresh(frame)) {
      std::this_thread::yield();
      continue;
    }
    const std::int64_t step = frame->step();
    if (step < last_step) backward_.fetch_add(1, std::memory_order_relaxed);
    last_step = step;
    const StateHash first = frame->state_hash();
    if (first != frame->state_hash()) torn_.fetch_add(1, std::memory_order_relaxed);
    frames_.fetch_add(1, std::memory_order_relaxed);
  }
}

void ReaderThreads::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Status ReaderThreads::verdict() const {
  const std::int64_t torn = torn_.load(std::memory_order_relaxed);
  const std::int64_t backward = backward_.load(std::memory_order_relaxed);
  if (torn == 0 && backward == 0) return Status::ok();
  return {StatusCode::kInvalidInput, fmt::format("of {} frames read, {} changed while they were "
                                                 "pinned and {} were older than the one before",
                                                 frames_read(), torn, backward)};
}

}  // namespace quadrille::program
