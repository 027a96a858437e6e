#include <quadrille/frame_watcher.h>

#include <algorithm>
#include <array>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "engine/clock.h"
#include "engine/frame_layout.h"
#include "engine/recorded_reader.h"
#include "engine/shared_frames.h"

namespace quadrille {
namespace {

using namespace std::chrono_literals;

// A run needs microseconds to fill in the header, and at most 0.1 s of stepping to free the place
// of a watcher that died.
constexpr int kOpenTries = 30;
constexpr auto kPause = 10ms;

Result<SharedHeader> read_header(const SharedFile& file) {
  SharedHeader header = {};
  const auto bytes = std::as_writable_bytes(std::span(&header, 1));
  bool is_whole = false;
  for (int i = 0; i < kOpenTries && header.magic == 0; ++i) {
    if (i > 0) std::this_thread::sleep_for(kPause);
    // Asked for before the read: in between the run may give the file its size.
    const bool is_empty = file.bytes() == 0;
    is_whole = file.read(0, bytes);
    if (!is_whole && !is_empty) break;
  }
  if (header.magic == 0 && (is_whole || file.bytes() == 0)) {
    return Status(StatusCode::kNotFound, "its run has not set it up as yet");
  }
  if (!file.read(0, bytes)) header = {};  // again: now the magic number stood there before
  QUADRILLE_RETURN_IF_ERROR(verify_header(header, file.bytes()));
  header.title.back() = '\0';
  for (char& letter : header.title) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte != 0 && (byte < 0x20 || byte == 0x7f)) letter = '?';
  }
  return header;
}

Result<FrameSchema> read_schema(const SharedFile& file, const SharedHeader& header) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(header.shape.schema_bytes));
  if (!file.read(SharedLayout(header.shape).schema, bytes)) {
    return Status(StatusCode::kInvalidInput, "it is damaged: no schema");
  }
  return decode_schema(bytes);
}

}  // namespace

// In the order of dependence: the reader, destroyed first, returns its pin through the mappings,
// and the file, destroyed last, ends the lock that says that the reader lives.
struct FrameWatcher::State {
  State(SharedFile shared_file, const SharedHeader& shared_header, FrameSchema schema)
      : file(std::move(shared_file)), header(shared_header), at(header.shape),
        layout(std::move(schema)) {}

  static Result<std::unique_ptr<State>> open(SharedFile file, std::string_view label);
  Status map();
  Status join(std::string_view label);
  bool has_ended() const { return counts().ended.load(std::memory_order_acquire) != 0; }
  void look_at_pin();

  template <class T>
  T* part(std::uint64_t offset) const {
    return reinterpret_cast<T*>(control.base() + offset);
  }
  SharedCounts& counts() const { return *part<SharedCounts>(at.counts); }

  SharedFile file;
  SharedHeader header;
  SharedLayout at;
  FrameLayout layout;
  SharedMapping control, slots;
  std::unique_ptr<RecordedReader> reader;
  Frame frame;
};

Status FrameWatcher::State::map() {
  if (layout.frame_bytes() != header.shape.frame_bytes) {
    return {StatusCode::kInvalidInput,
            "it is damaged: its schema needs " + std::to_string(layout.frame_bytes()) +
                " bytes a frame, not " + std::to_string(header.shape.frame_bytes)};
  }
  QUADRILLE_ASSIGN_OR_RETURN(
      control, file.map(0, static_cast<std::size_t>(at.control_bytes), /*writable=*/true));
  const std::uint64_t bytes = header.shape.num_slots * at.slot_stride;
  QUADRILLE_ASSIGN_OR_RETURN(
      slots, file.map(at.control_bytes, static_cast<std::size_t>(bytes), /*writable=*/false));
  return Status::ok();
}

// The lock before the claim: whoever has a claim is found alive.
Status FrameWatcher::State::join(std::string_view label) {
  const auto capacity = static_cast<int>(header.shape.num_readers);
  ReaderTable table(part<ReaderRecord>(at.records), capacity);
  for (int i = 0; i < kOpenTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(kPause);
    for (int place = 0; place < capacity; ++place) {
      if (table.owner(place) != ReaderOwner::kNobody) continue;
      if (!file.try_lock(kFirstReaderLock + place)) continue;
      if (table.claim(place, ReaderOwner::kOtherProcess, label, process_id())) {
        const ChannelMemory memory = {part<ChannelWord>(at.word), part<ChannelSlot>(at.slots)};
        reader = std::make_unique<RecordedReader>(
            ChannelReader(memory), header.shape.num_slots,
            FrameWaiting(*part<WakeWord>(at.wake), FutexScope::kShared), table.place(place));
        return Status::ok();
      }
      file.unlock(kFirstReaderLock + place);
    }
  }
  return {StatusCode::kUnsupported,
          "all " + std::to_string(capacity) + " places for readers are taken"};
}

void FrameWatcher::State::look_at_pin() {
  const FrameSlot slot = reader->slot();
  frame = slot == kNoFrameSlot
              ? Frame()
              : Frame(&layout, slots.base() + (at.slot_offset(slot) - at.control_bytes));
}

Result<std::unique_ptr<FrameWatcher::State>> FrameWatcher::State::open(SharedFile file,
                                                                       std::string_view label) {
  QUADRILLE_ASSIGN_OR_RETURN(const SharedHeader header, read_header(file));
  QUADRILLE_ASSIGN_OR_RETURN(FrameSchema schema, read_schema(file, header));
  auto state = std::make_unique<State>(std::move(file), header, std::move(schema));
  QUADRILLE_RETURN_IF_ERROR(state->map());
  QUADRILLE_RETURN_IF_ERROR(state->join(label));
  return state;
}

Result<FrameWatcher> FrameWatcher::open(const std::string& name, std::string_view label) {
  try {
    QUADRILLE_ASSIGN_OR_RETURN(SharedFile file, SharedFile::open(name));
    auto state = State::open(std::move(file), label);
    if (state.is_ok()) return FrameWatcher(std::move(state).value());
    return Status(state.status().code(),
                  "what is shared as '" + name + "': " + state.status().message());
  } catch (const std::bad_alloc&) {
    return Status(StatusCode::kOutOfMemory, "no memory to watch '" + name + "'");
  }
}

FrameWatcher::FrameWatcher(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameWatcher::FrameWatcher(FrameWatcher&&) noexcept = default;
FrameWatcher& FrameWatcher::operator=(FrameWatcher&&) noexcept = default;
FrameWatcher::~FrameWatcher() = default;

const FrameSchema& FrameWatcher::schema() const { return state_->layout.schema(); }
std::string_view FrameWatcher::title() const { return state_->header.title.data(); }
std::int32_t FrameWatcher::process() const { return state_->header.process; }
const Frame& FrameWatcher::frame() const { return state_->frame; }

bool FrameWatcher::refresh() {
  const bool changed = state_->reader->refresh();
  state_->look_at_pin();
  return changed;
}

const Frame& FrameWatcher::latest() {
  refresh();
  return state_->frame;
}

bool FrameWatcher::wait_next(std::chrono::steady_clock::time_point deadline) {
  const auto ended = [this] { return state_->has_ended(); };
  const bool changed = state_->reader->wait_next(to_monotonic_ns(deadline), ended);
  state_->look_at_pin();
  return changed;
}

void FrameWatcher::release() {
  state_->reader->release();
  state_->frame = Frame();
}

std::int64_t FrameWatcher::frame_age_ns() const {
  const FrameSlot slot = state_->reader->slot();
  if (slot == kNoFrameSlot) return 0;
  const auto* published = state_->part<std::atomic<std::int64_t>>(state_->at.published_ns);
  // Anybody may have written it: no age is negative, and none overflows.
  const std::int64_t now = monotonic_ns();
  return now - std::clamp<std::int64_t>(published[slot].load(std::memory_order_relaxed), 0, now);
}

RunState FrameWatcher::state() const {
  if (state_->has_ended()) return RunState::kEnded;
  if (state_->file.is_locked_by_another(0)) return RunState::kRunning;
  // It may have ended between the two questions.
  return state_->has_ended() ? RunState::kEnded : RunState::kDied;
}

RunCounts FrameWatcher::counts() const {
  const SharedCounts& counts = state_->counts();
  return {counts.completed.load(std::memory_order_relaxed),
          counts.published.load(std::memory_order_relaxed),
          counts.skipped.load(std::memory_order_relaxed)};
}

}  // namespace quadrille
