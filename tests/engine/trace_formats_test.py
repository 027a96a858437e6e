#!/usr/bin/env python3
"""Every event of traces of many shapes is what its format allows, decoded by others' code.

usage: trace_formats_test.py TRACE_FILES_PROGRAM
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import trace_formats
from trace_formats import Malformed, read_chrome, read_perfetto, same

PROGRAM = os.path.abspath(sys.argv.pop(1))
SCHEMA = trace_formats.load_schema_or_skip()


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run([PROGRAM, cls.folder], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, shape):
        """Both formats, which say the same."""
        chrome = read_chrome(self.path(shape + ".json"))
        perfetto = read_perfetto(self.path(shape + ".pftrace"), SCHEMA)
        same(chrome, perfetto)
        same(chrome, read_perfetto(self.path(shape + ".perfetto-trace.gz"), SCHEMA))
        same(read_chrome(self.path(shape + ".json.gz")), perfetto)
        return chrome

    def test_a_trace_without_events_is_one(self):
        trace = self.read("empty")
        self.assertEqual((trace.process, trace.threads, trace.counters), ("quadrille", {}, {}))

    def test_an_open_span_is_left_out_and_what_it_holds_is_not(self):
        trace = self.read("simple")
        self.assertEqual(list(trace.threads), [(1, "dancer")])
        events = [(event.phase, event.name, event.label, event.value)
                  for event in trace.threads[1, "dancer"] if event.phase != "E"]
        self.assertEqual(events, [("B", "outer", "step", 7), ("B", "inner", None, None),
                                  ("i", "instant", "number", -3), ("i", "inner", None, None)])
        self.assertEqual({name: [(event.label, event.value) for event in events]
                          for name, events in trace.counters.items()},
                         {"size": [("bytes", 4096)], "count": [("things", -1)],
                          "plain": [("value", 5)]})

    def test_any_name_is_written_so_that_it_reads_back(self):
        trace = self.read("hostile")
        [((_, thread), events)] = trace.threads.items()
        self.assertEqual(thread, '"thread"\\\n\t\x01?')
        self.assertEqual(trace.process, '"process"?')
        names = [event.name for event in events if event.phase == "B"]
        self.assertEqual(names, ["", '"quoted" back\\slash', "line\nfeed\r\ttab",
                                 "nul\0and\x1f\x7f", "é€💃 </script>", "?? not UTF-8 ?",
                                 "x" * 10000, '{"ph":"E"}'])
        self.assertEqual({event.value for event in events if event.phase == "i"}, {-2**63})
        self.assertEqual({event.value for many in trace.counters.values() for event in many},
                         {2**63 - 1})

    def test_names_and_nesting_survive_a_wrapped_ring(self):
        trace = self.read("wrapped")
        [((_, thread), events)] = trace.threads.items()
        self.assertEqual(thread, "wrapper 1")
        self.assertEqual({event.name for event in events}, {"outer", "inner", "mark"})
        # 63 records: the two spans around everything, 61 of marks and spans in turn.
        self.assertEqual(sum(event.phase in "Bi" for event in events), 63)
        self.assertEqual([event.value for event in events[:2]], [4, 4])
        self.assertEqual(trace.lost, {(1, "wrapper 1"): 5 * 202 - 63})

    def test_threads_have_tracks_of_their_own(self):
        trace = self.read("threads")
        self.assertEqual(sum(len(events) for events in trace.threads.values()), 6 * 2 * 200)
        self.assertEqual(len(trace.counters["shared"]), 6 * 200)
        self.assertEqual(len(self.read("refused").threads), 2)

    def test_the_readers_find_planted_faults(self):
        good = trace_formats.read_bytes(self.path("wrapped.json")).decode()
        for before, after in (('"ph":"E"', '"ph":"B"'), ('"ph":"B"', '"ph":"E"'),
                              ('"name":"inner"', '"name":"other"'), ('"ph":"i"', '"ph":"X"'),
                              ('"s":"t"', '"s":"q"'), ('"thread_name"', '"process_name"')):
            with self.subTest(after):
                bad = self.path("bad.json")
                with open(bad, "w", encoding="utf-8") as file:
                    file.write(good.replace(before, after, 1))
                with self.assertRaises((Malformed, KeyError)):
                    read_chrome(bad)
        trace = SCHEMA.Trace.FromString(trace_formats.read_bytes(self.path("wrapped.pftrace")))
        events = [i for i, packet in enumerate(trace.packet) if packet.HasField("track_event")]

        def plant(change):
            bad = SCHEMA.Trace()
            bad.CopyFrom(trace)
            change(bad.packet)
            with open(self.path("bad.pftrace"), "wb") as file:
                file.write(bad.SerializeToString())
            with self.assertRaises((Malformed, KeyError)):
                read_perfetto(self.path("bad.pftrace"), SCHEMA)

        def set_track(packets):
            packets[events[0]].track_event.track_uuid = 1

        def set_time(packets):
            packets[events[9]].timestamp = 1

        def set_name(packets):
            packets[events[0]].track_event.name_iid = 999

        def drop_event(packets):
            del packets[events[0]]

        for change in (set_track, set_time, set_name, drop_event):
            with self.subTest(change.__name__):
                plant(change)


if __name__ == "__main__":
    unittest.main()
