"""Reads a trace in either format and raises where it breaks the format's rules.

Both readers return the process's name, {(number, name) of a thread: [Event]} and
{counter: [Event]}, so that the two formats of one trace can be compared.
"""
import collections
import gzip
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

# phase: B, E, i or C; ns: of the monotonic clock; value: None where the event has none.
Event = collections.namedtuple("Event", "phase ns name category label value")
Trace = collections.namedtuple("Trace", "process threads counters lost")


class Malformed(Exception):
    pass


def expect(condition, *words):
    if not condition:
        raise Malformed(" ".join(str(word) for word in words))


def read_bytes(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        return file.read()


class Nesting:
    """The events of one track: times in order, every end the innermost begin's."""

    def __init__(self, what):
        self.what, self.open, self.last = what, [], 0

    def add(self, phase, ns, name):
        expect(ns >= self.last, self.what, "goes back in time at", ns)
        self.last = ns
        if phase == "B":
            self.open.append(name)
        elif phase == "E":
            expect(self.open, self.what, "ends what never began:", name)
            begun = self.open.pop()
            expect(name in (None, begun), self.what, "ends", name, "inside", begun)

    def close(self):
        expect(not self.open, self.what, "never ends", self.open)


# ---- Chrome's trace event format ----

def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    expect(len(keys) == len(set(keys)), "an object names a key twice:", keys)
    return dict(pairs)


def no_constant(word):
    raise Malformed(f"{word} is not JSON")


class Decimal(str):
    """A number as it is written: microseconds with three decimals are more than a double keeps."""


def to_ns(microseconds):
    whole, _, rest = microseconds.partition(".")
    expect(len(rest) == 3 and whole.isdigit() and rest.isdigit(), "no time:", microseconds)
    return int(whole) * 1000 + int(rest)


METADATA = {"process_name": {"name"}, "thread_name": {"name"}, "thread_sort_index": {"sort_index"},
            "overwritten_events": {"count"}}
FIELDS = {"B": {"args"}, "E": set(), "i": {"args", "s"}, "C": {"args"}}


def read_chrome(path):
    document = json.loads(read_bytes(path).decode("utf-8"), object_pairs_hook=no_duplicates,
                          parse_constant=no_constant, parse_float=Decimal)
    expect(set(document) == {"traceEvents", "displayTimeUnit", "otherData"}, "keys:", set(document))
    expect(document["displayTimeUnit"] in ("ms", "ns"), document["displayTimeUnit"])
    names, processes, lost = {}, set(), {}
    threads, counters = collections.defaultdict(list), collections.defaultdict(list)
    nesting = {}
    for event in document["traceEvents"]:
        phase, pid, tid, name = (event[key] for key in ("ph", "pid", "tid", "name"))
        expect(type(pid) is int and type(tid) is int and type(name) is str, "types:", event)
        processes.add(pid)
        if phase == "M":
            expect(set(event) == {"ph", "pid", "tid", "name", "args"}, "fields:", event)
            expect(set(event["args"]) == METADATA[name], "metadata:", event)
            if name == "overwritten_events":
                lost[tid, names[tid]] = event["args"]["count"]
            elif name == "process_name":
                process = event["args"]["name"]
            elif name == "thread_name":
                expect(tid not in names, "thread", tid, "is named twice")
                names[tid] = event["args"]["name"]
            continue
        expect(phase in FIELDS, "phase:", event)
        extra = set(event) - {"ph", "pid", "tid", "name", "ts", "cat"}
        expect(extra <= FIELDS[phase], "fields:", event)
        expect(tid in names, "thread", tid, "is not named before its events")
        expect(phase != "i" or event["s"] in "tpg", "scope:", event)
        ns = to_ns(event["ts"])
        nesting.setdefault(tid, Nesting(names[tid])).add(phase, ns, name)
        expect(phase != "C" or "args" in event, "a counter without a value:", event)
        [(label, value)] = event["args"].items() if "args" in event else [(None, None)]
        expect(value is None or type(value) is int, "value:", event)
        read = Event(phase, ns, name, event["cat"], label, value)
        (counters[name] if phase == "C" else threads[tid]).append(read)
    for track in nesting.values():
        track.close()
    expect(len(processes) == 1, "processes:", processes)
    by_name = {(tid, name): threads[tid] for tid, name in names.items()}
    return Trace(process, by_name, dict(counters), lost)


# ---- Perfetto's ----

def load_schema_or_skip():
    """Decoders of perfetto.proto; ends the process with 77, ctest's "skipped", without protoc."""
    try:
        importlib.import_module("google.protobuf")
    except ImportError:
        print("skipped: python3-protobuf is not installed")
        sys.exit(77)
    if shutil.which("protoc") is None:
        print("skipped: protobuf-compiler is not installed")
        sys.exit(77)
    folder = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as built:
        subprocess.run(["protoc", f"--proto_path={folder}", f"--python_out={built}",
                        "perfetto.proto"], check=True)
        sys.path.insert(0, built)
        try:
            return importlib.import_module("perfetto_pb2")
        finally:
            sys.path.remove(built)


MONOTONIC = 3


class Sequence:
    """Packets of one writer: its table of names, and the default clock of its times."""

    def __init__(self):
        self.names, self.clock, self.last = {}, None, 0

    def add(self, packet):
        if packet.first_packet_on_sequence:
            expect(packet.sequence_flags == 1, "a first packet must clear the state")
            self.clock = packet.trace_packet_defaults.timestamp_clock_id
        for kind in ("event_categories", "event_names", "debug_annotation_names"):
            for entry in getattr(packet.interned_data, kind):
                expect(entry.iid > 0 and (kind, entry.iid) not in self.names, "iid:", entry)
                self.names[kind, entry.iid] = entry.name

    def name(self, kind, iid):
        expect((kind, iid) in self.names, "no name stands before iid", iid)
        return self.names[kind, iid]


class PerfettoReader:
    def __init__(self):
        self.tracks, self.sequences = {}, collections.defaultdict(Sequence)
        self.process = None
        self.threads, self.counters = {}, collections.defaultdict(list)
        self.nesting = {}

    def describe(self, track):
        expect(track.uuid != 0 and track.uuid not in self.tracks, "uuid:", track)
        kinds = [track.HasField(kind) for kind in ("process", "thread", "counter")]
        expect(sum(kinds) == 1, "a track is a process, a thread or a counter:", track)
        if track.HasField("process"):
            expect(self.process is None, "a second process")
            self.process = track.process
        else:
            expect(track.parent_uuid in self.tracks, "a track before its parent:", track)
        if track.HasField("thread"):
            expect(track.thread.pid == self.process.pid, "the thread's process:", track)
            self.threads[self.thread_of(track)] = []
        self.tracks[track.uuid] = track

    @staticmethod
    def thread_of(track):
        return track.thread.tid, track.thread.thread_name

    def event(self, packet, sequence):
        event = packet.track_event
        expect(packet.sequence_flags == 2, "an event must say that it needs the state")
        expect((packet.timestamp_clock_id or sequence.clock) == MONOTONIC, "clock:", packet)
        expect(packet.timestamp >= sequence.last, "the sequence goes back in time")
        sequence.last = packet.timestamp
        expect(event.track_uuid in self.tracks, "an event before its track:", event)
        track = self.tracks[event.track_uuid]
        if event.type == event.TYPE_COUNTER:
            expect(track.HasField("counter") and event.HasField("counter_value"), "counter:", event)
            read = Event("C", packet.timestamp, track.name, None, track.counter.unit_name or
                         ("bytes" if track.counter.unit == track.counter.UNIT_SIZE_BYTES else
                          "value"), event.counter_value)
            self.counters[track.name].append(read)
            return
        expect(track.HasField("thread"), "not a thread's track:", event)
        phase = {event.TYPE_SLICE_BEGIN: "B", event.TYPE_SLICE_END: "E",
                 event.TYPE_INSTANT: "i"}[event.type]
        name = category = label = value = None
        if phase != "E":
            name = sequence.name("event_names", event.name_iid)
            [iid] = event.category_iids
            category = sequence.name("event_categories", iid)
            for note in event.debug_annotations:
                label = sequence.name("debug_annotation_names", note.name_iid)
                expect(note.HasField("int_value"), "annotation:", note)
                value = note.int_value
        self.nesting.setdefault(track.uuid, Nesting(self.thread_of(track))).add(
            phase, packet.timestamp, name)
        self.threads[self.thread_of(track)].append(
            Event(phase, packet.timestamp, name, category, label, value))


def read_perfetto(path, schema):
    trace = schema.Trace.FromString(read_bytes(path))
    size = trace.ByteSize()
    trace.DiscardUnknownFields()
    expect(trace.ByteSize() == size, "a field that perfetto.proto does not know")
    snapshot = trace.packet[0].clock_snapshot
    expect(snapshot.primary_trace_clock == MONOTONIC, "the first packet tells the clock")
    expect([clock.clock_id for clock in snapshot.clocks] == [MONOTONIC], "clocks:", snapshot)
    reader = PerfettoReader()
    for packet in trace.packet:
        sequence = reader.sequences[packet.trusted_packet_sequence_id]
        expect(packet.trusted_packet_sequence_id > 0, "a packet without a sequence")
        sequence.add(packet)
        if packet.HasField("track_descriptor"):
            reader.describe(packet.track_descriptor)
        elif packet.HasField("track_event"):
            reader.event(packet, sequence)
    for track in reader.nesting.values():
        track.close()
    return Trace(reader.process.process_name, reader.threads, dict(reader.counters), {})


# ---- one trace in both ----

def same(chrome, perfetto):
    """Raises where two formats of one trace say different things; times may differ by rounding."""
    def compare(what, ours, theirs):
        expect(len(ours) == len(theirs), what, "has", len(ours), "and", len(theirs), "events")
        for one, other in zip(ours, theirs):
            expect(one.phase == other.phase and abs(one.ns - other.ns) < 1000, one, other)
            if one.phase != "E":
                expect(one[2:3] + one[4:] == other[2:3] + other[4:], one, other)
            if one.phase in "Bi":
                expect(one.category == other.category, one, other)

    expect(chrome.process == perfetto.process, chrome.process, perfetto.process)
    expect(set(chrome.threads) == set(perfetto.threads), "threads")
    expect(set(chrome.counters) == set(perfetto.counters), "counters")
    for name in chrome.threads:
        compare(name, chrome.threads[name], perfetto.threads[name])
    for name in chrome.counters:
        compare(name, sorted(chrome.counters[name], key=lambda event: event.ns),
                sorted(perfetto.counters[name], key=lambda event: event.ns))
