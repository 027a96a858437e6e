#include "engine/shared_frames.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <utility>

namespace quadrille {
namespace {

template <class T>
void construct(std::byte* first, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) new (first + i * sizeof(T)) T;
}

}  // namespace

Result<std::unique_ptr<SharedFrames>> SharedFrames::create(const ShareOptions& options,
                                                           const FrameLayout& frames,
                                                           FrameSlot max_slots, int max_readers) {
  const std::vector<std::byte> schema = encode_schema(frames.schema());
  const SharedShape shape = {.num_slots = max_slots,
                             .num_readers = static_cast<std::uint32_t>(max_readers),
                             .schema_bytes = schema.size(),
                             .frame_bytes = frames.frame_bytes()};
  const SharedLayout layout(shape);
  SharedHeader header = {};
  header.magic = kSharedMagic;
  header.version = kSharedVersion;
  header.header_bytes = sizeof header;
  header.shape = shape;
  header.file_bytes = layout.file_bytes;
  header.process = process_id();
  std::memcpy(header.title.data(), options.title.data(),
              std::min(options.title.size(), header.title.size() - 1));
  // What a watcher would refuse is not shared in the first place.
  QUADRILLE_RETURN_IF_ERROR(verify_header(header, layout.file_bytes));

  QUADRILLE_ASSIGN_OR_RETURN(SharedFile file, SharedFile::create(options.name, layout.file_bytes));
  QUADRILLE_RETURN_IF_ERROR(file.back(0, layout.control_bytes));
  std::unique_ptr<SharedFrames> shared(new SharedFrames(std::move(file), layout));
  QUADRILLE_RETURN_IF_ERROR(shared->map(max_slots));
  std::byte* base = shared->control_.base();
  construct<SharedCounts>(base + layout.counts, 1);
  construct<ChannelWord>(base + layout.word, 1);
  construct<WakeWord>(base + layout.wake, 1);
  construct<ChannelSlot>(base + layout.slots, max_slots);
  construct<ReaderRecord>(base + layout.records, shape.num_readers);
  construct<std::atomic<std::int64_t>>(base + layout.published_ns, max_slots);
  std::memcpy(base + layout.schema, schema.data(), schema.size());
  std::memcpy(base + sizeof header.magic,
              reinterpret_cast<const std::byte*>(&header) + sizeof header.magic,
              sizeof header - sizeof header.magic);
  // Behind everything else: who finds the magic number finds the rest. Watchers read it by a system
  // call, which copies what is there.
  std::atomic_ref(*shared->at<std::uint64_t>(0)).store(kSharedMagic, std::memory_order_release);
  return shared;
}

Status SharedFrames::map(FrameSlot max_slots) {
  QUADRILLE_ASSIGN_OR_RETURN(
      control_, file_.map(0, static_cast<std::size_t>(layout_.control_bytes), /*writable=*/true));
  const std::uint64_t slots = max_slots * layout_.slot_stride;
  QUADRILLE_ASSIGN_OR_RETURN(
      slots_, file_.map(layout_.control_bytes, static_cast<std::size_t>(slots), /*writable=*/true));
  return Status::ok();
}

SharedFrames::~SharedFrames() {
  if (control_.base() == nullptr) return;
  counts().ended.store(1, std::memory_order_release);
  // As a publication: who goes to sleep sees that it ended, or is seen asking (frame_waiting.h).
  ChannelReader(channel()).look(kNoFrameSlot);
  FrameWaiting(wake_word(), FutexScope::kShared).notify();
}

ChannelMemory SharedFrames::channel() const {
  return {at<ChannelWord>(layout_.word), at<ChannelSlot>(layout_.slots)};
}

Result<std::byte*> SharedFrames::back_slot(FrameSlot slot) {
  const std::uint64_t offset = layout_.control_bytes + slot * layout_.slot_stride;
  QUADRILLE_RETURN_IF_ERROR(file_.back(offset, layout_.slot_stride));
  return slots_.base() + (layout_.slot_offset(slot) - layout_.control_bytes);
}

}  // namespace quadrille
