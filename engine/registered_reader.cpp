#include <quadrille/registered_reader.h>

#include <new>
#include <utility>

#include "engine/clock.h"
#include "engine/frame_pool.h"
#include "engine/recorded_reader.h"

namespace quadrille {

Result<RegisteredReader> RegisteredReader::create(FramePool* pool, std::string_view label) {
  try {
    ReaderID id;
    QUADRILLE_ASSIGN_OR_RETURN(std::unique_ptr<RecordedReader> reader,
                               pool->register_reader(label, &id));
    return RegisteredReader(pool, std::move(reader), id);
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory for a registered reader");
  }
}

RegisteredReader::RegisteredReader() = default;
RegisteredReader::RegisteredReader(FramePool* pool, std::unique_ptr<RecordedReader> reader,
                                   ReaderID id)
    : pool_(pool), reader_(std::move(reader)), id_(id) {}
RegisteredReader::RegisteredReader(RegisteredReader&& other) noexcept
    : pool_(other.pool_), reader_(std::move(other.reader_)),
      id_(std::exchange(other.id_, ReaderID())), frame_(std::exchange(other.frame_, Frame())) {}
RegisteredReader& RegisteredReader::operator=(RegisteredReader&& other) noexcept {
  if (this == &other) return *this;
  pool_ = other.pool_;
  reader_ = std::move(other.reader_);
  id_ = std::exchange(other.id_, ReaderID());
  frame_ = std::exchange(other.frame_, Frame());
  return *this;
}
RegisteredReader::~RegisteredReader() = default;

bool RegisteredReader::is_registered() const {
  return reader_ != nullptr && reader_->is_registered();
}

void RegisteredReader::look_at_pin() {
  const FrameSlot slot = reader_->slot();
  frame_ = slot == kNoFrameSlot ? Frame() : pool_->frame(slot);
}

const GraphView* RegisteredReader::topology() const {
  const FrameSlot slot = reader_ == nullptr ? kNoFrameSlot : reader_->slot();
  return slot == kNoFrameSlot ? nullptr : pool_->topology(slot);
}

bool RegisteredReader::refresh() {
  if (reader_ == nullptr) return false;
  const bool changed = reader_->refresh();
  look_at_pin();
  return changed;
}

const Frame& RegisteredReader::latest() {
  refresh();
  return frame_;
}

bool RegisteredReader::wait_next(std::chrono::steady_clock::time_point deadline) {
  if (reader_ == nullptr) return false;
  const bool changed = reader_->wait_next(to_monotonic_ns(deadline));
  look_at_pin();
  return changed;
}

void RegisteredReader::release() {
  if (reader_ != nullptr) reader_->release();
  frame_ = Frame();
}

}  // namespace quadrille
