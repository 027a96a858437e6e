// Perfetto's trace format [1]: TracePackets one after another. A track describes each thread and
// each counter; a thread's events are a sequence of packets of their own, in the order of time,
// with a table of names ahead of them. [1] perfetto.dev/docs/reference/synthetic-track-event
#include <algorithm>
#include <vector>

#include "engine/protobuf_wire.h"
#include "engine/trace_formats.h"

namespace quadrille {
namespace {

// Field numbers, of Trace, TracePacket, ...
namespace trace_field {
constexpr std::uint32_t kPacket = 1;
}
namespace packet {
constexpr std::uint32_t kClockSnapshot = 6, kTimestamp = 8, kSequence = 10, kTrackEvent = 11,
                        kInternedData = 12, kSequenceFlags = 13, kFirstOnSequence = 87,
                        kTimestampClock = 58, kDefaults = 59, kTrackDescriptor = 60;
constexpr std::uint64_t kIncrementalStateCleared = 1, kNeedsIncrementalState = 2;  // flags
}  // namespace packet
namespace clock_snapshot {
constexpr std::uint32_t kClocks = 1, kPrimaryClock = 2, kClockId = 1, kTime = 2;
constexpr std::uint64_t kMonotonic = 3;
}  // namespace clock_snapshot
namespace descriptor {
constexpr std::uint32_t kUuid = 1, kName = 2, kProcess = 3, kThread = 4, kParent = 5, kCounter = 8;
constexpr std::uint32_t kProcessId = 1, kProcessName = 6;                    // of a process
constexpr std::uint32_t kThreadProcess = 1, kThreadId = 2, kThreadName = 5;  // of a thread
constexpr std::uint32_t kUnit = 3, kUnitName = 6;                            // of a counter
constexpr std::uint64_t kUnitBytes = 3;
}  // namespace descriptor
namespace track_event {
constexpr std::uint32_t kCategory = 3, kAnnotation = 4, kType = 9, kName = 10, kTrack = 11,
                        kCounterValue = 30;
constexpr std::uint32_t kAnnotationName = 1, kAnnotationInteger = 4;
constexpr std::uint64_t kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounter = 4;
}  // namespace track_event
namespace interned {
constexpr std::uint32_t kCategories = 1, kEventNames = 2, kAnnotationNames = 3, kId = 1, kName = 2;
}

// Spread over 64 bits, so that traces laid together hardly ever share a track.
std::uint64_t scatter(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
  value = (value ^ value >> 27) * 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

class PerfettoWriter {
 public:
  PerfettoWriter(const TraceReader& trace, TextWriter& out)
      : trace_(trace), out_(out),
        process_uuid_(scatter(static_cast<std::uint64_t>(trace.created_ns()) ^
                              scatter(static_cast<std::uint32_t>(trace.options().process_id)))),
        has_track_(trace.names().size()) {}

  void write() {
    put_clock();
    put_process();
    TraceThreadEvents thread;
    for (std::size_t i = 0; i < trace_.max_threads(); ++i) {
      if (!trace_.read(i, thread)) continue;
      put_thread(thread, i);
      for (const TraceEvent& event : thread.events) put(event, i);
    }
  }

 private:
  std::uint64_t thread_uuid(std::size_t index) const { return scatter(process_uuid_ + 1 + index); }
  std::uint64_t counter_uuid(TraceName name) const {
    return scatter(~process_uuid_ - static_cast<std::uint64_t>(name));
  }
  // Sequences are numbered from 1; the first is that of clock and process.
  static std::uint64_t sequence(std::size_t index) { return index + 2; }
  static std::uint64_t id_of(TraceName name) {  // 0 is no id
    return static_cast<std::uint64_t>(name) + 1;
  }

  void put_packet() {
    file_.clear();
    file_.message(trace_field::kPacket, packet_);
    out_ << file_.bytes();
    packet_.clear();
  }

  // Times are the monotonic clock's throughout: no translation between clocks.
  void put_clock() {
    ProtobufMessage clock, snapshot;
    clock.number(clock_snapshot::kClockId, clock_snapshot::kMonotonic)
        .signed_number(clock_snapshot::kTime, trace_.now().ns);
    snapshot.message(clock_snapshot::kClocks, clock)
        .number(clock_snapshot::kPrimaryClock, clock_snapshot::kMonotonic);
    packet_.message(packet::kClockSnapshot, snapshot).number(packet::kSequence, 1);
    put_packet();
  }

  void put_process() {
    ProtobufMessage process, track;
    process.signed_number(descriptor::kProcessId, trace_.options().process_id)
        .text(descriptor::kProcessName, trace_.options().process_name);
    track.number(descriptor::kUuid, process_uuid_).message(descriptor::kProcess, process);
    packet_.message(packet::kTrackDescriptor, track).number(packet::kSequence, 1);
    put_packet();
  }

  void put_thread(const TraceThreadEvents& thread, std::size_t index) {
    const int process = trace_.options().process_id;
    ProtobufMessage descriptor, track;
    descriptor.signed_number(descriptor::kThreadProcess, process)
        .signed_number(descriptor::kThreadId, process + static_cast<int>(index))
        .text(descriptor::kThreadName, thread.name);
    track.number(descriptor::kUuid, thread_uuid(index))
        .number(descriptor::kParent, process_uuid_)
        .message(descriptor::kThread, descriptor);
    packet_.message(packet::kTrackDescriptor, track).number(packet::kSequence, sequence(index));
    put_packet();
    put_names(index);
  }

  // The first packet on which the sequence's others depend: clock and names for all of them.
  void put_names(std::size_t index) {
    ProtobufMessage defaults, data, entry;
    defaults.number(packet::kTimestampClock, clock_snapshot::kMonotonic);
    const auto add = [&](std::uint32_t field, std::size_t name, const std::string& text) {
      entry.clear();
      entry.number(interned::kId, name + 1).text(interned::kName, text);
      data.message(field, entry);
    };
    for (std::size_t name = 0; name < trace_.names().size(); ++name) {
      add(interned::kCategories, name, trace_.names()[name].category);
      add(interned::kEventNames, name, trace_.names()[name].text);
      add(interned::kAnnotationNames, name, trace_.names()[name].value);
    }
    packet_.number(packet::kSequence, sequence(index))
        .message(packet::kInternedData, data)
        .number(packet::kSequenceFlags, packet::kIncrementalStateCleared)
        .message(packet::kDefaults, defaults)
        .number(packet::kFirstOnSequence, 1);
    put_packet();
  }

  void put_counter_track(TraceName name) {
    const TraceNameEntry& entry = trace_.names()[static_cast<std::size_t>(name)];
    ProtobufMessage counter, track;
    if (entry.value == "bytes") {
      counter.number(descriptor::kUnit, descriptor::kUnitBytes);
    } else if (!entry.value.empty()) {
      counter.text(descriptor::kUnitName, entry.value);
    }
    track.number(descriptor::kUuid, counter_uuid(name))
        .text(descriptor::kName, entry.text)
        .number(descriptor::kParent, process_uuid_)
        .message(descriptor::kCounter, counter);
    packet_.message(packet::kTrackDescriptor, track).number(packet::kSequence, 1);
    put_packet();
  }

  void put(const TraceEvent& event, std::size_t index) {
    event_.clear();
    switch (event.phase) {
      case TracePhase::kBegin: put_named(track_event::kSliceBegin, event, index); break;
      case TracePhase::kEnd:
        event_.number(track_event::kType, track_event::kSliceEnd)
            .number(track_event::kTrack, thread_uuid(index));
        break;
      case TracePhase::kInstant: put_named(track_event::kInstant, event, index); break;
      case TracePhase::kCounter: put_counter(event); break;
    }
    packet_.signed_number(packet::kTimestamp, event.ns)
        .message(packet::kTrackEvent, event_)
        .number(packet::kSequence, sequence(index))
        .number(packet::kSequenceFlags, packet::kNeedsIncrementalState);
    put_packet();
  }

  void put_named(std::uint64_t type, const TraceEvent& event, std::size_t index) {
    const std::uint64_t id = id_of(event.name);
    event_.number(track_event::kCategory, id);
    if (!trace_.names()[static_cast<std::size_t>(event.name)].value.empty()) {
      annotation_.clear();
      annotation_.number(track_event::kAnnotationName, id)
          .signed_number(track_event::kAnnotationInteger, event.value);
      event_.message(track_event::kAnnotation, annotation_);
    }
    event_.number(track_event::kType, type)
        .number(track_event::kName, id)
        .number(track_event::kTrack, thread_uuid(index));
  }

  void put_counter(const TraceEvent& event) {
    const auto name = static_cast<std::size_t>(event.name);
    if (!has_track_[name]) put_counter_track(event.name);
    has_track_[name] = true;
    event_.number(track_event::kType, track_event::kCounter)
        .number(track_event::kTrack, counter_uuid(event.name))
        .signed_number(track_event::kCounterValue, event.value);
  }

  const TraceReader& trace_;
  TextWriter& out_;
  std::uint64_t process_uuid_;
  std::vector<bool> has_track_;  // by name: the counter was described
  ProtobufMessage file_, packet_, event_, annotation_;
};

}  // namespace

void write_perfetto_trace(const TraceReader& trace, TextWriter& out) {
  PerfettoWriter(trace, out).write();
}

}  // namespace quadrille
