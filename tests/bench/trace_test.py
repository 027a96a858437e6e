#!/usr/bin/env python3
"""Traces of real runs, in both formats: every event is allowed, and the summary counts them.

usage: trace_test.py PROGRAM
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "engine"))
import trace_formats
from trace_formats import read_chrome, read_perfetto

PROGRAM = os.path.abspath(sys.argv.pop(1))
SCHEMA = trace_formats.load_schema_or_skip()

INPUTS = {
    "bfs": "--generate grid:60x60", "sssp": "--generate grid:40x40",
    "components": "--generate kron:12:8", "labels": "--generate kron:12:8",
    "pagerank": "--generate kron:12:8", "kcore": "--generate kron:12:8",
    "churn": "--generate kron:12:8 --steps 5",
    "triangles": "--generate kron:12:8", "closeness": "--generate kron:12:8",
    "betweenness": "--generate kron:12:8 --samples 4",
    "layout": "--generate grid:60x60 --steps 5", "nbody": "--generate plummer:20000 --steps 5",
    "collide": "--generate uniform:20000 --steps 5", "sort": "--size 100000",
}


def run(*arguments):
    words = [word for argument in arguments for word in argument.split()]
    return subprocess.run([PROGRAM, "run", *words], capture_output=True, text=True, timeout=300,
                          check=False)


class Cost(unittest.TestCase):
    def test_profile_trace_tells_what_an_event_and_a_traced_step_cost(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "r.json")
            result = subprocess.run([PROGRAM, "profile", "trace", "--quick", "--repeat", "2",
                                     "--report", path], capture_output=True, text=True,
                                    timeout=300, check=False)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)
            for word in ("instant", "no trace", "bfs", "sort", "ratio"):
                self.assertIn(word, result.stdout)
            with open(path, encoding="utf-8") as file:
                results = {entry["name"]: entry for entry in json.load(file)["results"]}
        for part in ("instant", "instant, no trace", "reading the clock"):
            self.assertEqual(len(results[part]["samples_ns"]), 2)
        traced, plain = results["sort, traced"], results["sort, not traced"]
        self.assertEqual((len(traced["runs"]), len(plain["runs"])), (2, 2))
        self.assertEqual(traced["state_hash"], plain["state_hash"])
        self.assertGreater(traced["trace"]["events"], 0)
        self.assertEqual(traced["trace"]["ring_events"], 131072)
        self.assertNotIn("trace", plain)


class Traces(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def trace(self, name, *arguments):
        result = run(*arguments, "--trace " + self.path(name))
        self.assertEqual(result.returncode, 0, result.stderr)
        path = self.path(name)
        read = read_chrome(path) if ".json" in name else read_perfetto(path, SCHEMA)
        return read, result

    def test_every_scene_is_well_formed_in_both_formats(self):
        for scene, options in INPUTS.items():
            for tasks in ("tbb", "threads", "serial"):
                with self.subTest(scene=scene, tasks=tasks):
                    name = "t.json" if tasks == "threads" else "t.pftrace"
                    trace, result = self.trace(name, scene, options, "--threads 2 --tasks", tasks)
                    self.assertTrue(trace.process.startswith("quadrille " + scene))
                    events = [event for thread in trace.threads.values() for event in thread]
                    counters = sum(len(values) for values in trace.counters.values())
                    records = sum(event.phase in "Bi" for event in events) + counters
                    counted = re.search(r"trace +([\d,]+) events of (\d+) thread", result.stdout)
                    self.assertEqual(int(counted[1].replace(",", "")), records)
                    self.assertEqual(int(counted[2]), len(trace.threads))
                    steps = re.search(r"time +([\d,]+) step", result.stdout)[1].replace(",", "")
                    frames = [event.value for event in events
                              if event.phase == "B" and event.name == "frame"]
                    self.assertEqual(frames, list(range(1, int(steps) + 1)))

    def test_readers_show_each_frame_that_they_pin_and_release(self):
        for name in ("t.json", "t.pftrace"):
            trace, _ = self.trace(name, "nbody", INPUTS["nbody"], "--readers 2 --threads 1")
            readers = [events for (_, thread), events in trace.threads.items()
                       if thread.startswith("reader ")]
            self.assertEqual(len(readers), 2)
            for events in readers:
                seen = [(event.name, event.value) for event in events]
                steps = [value for name, value in seen if name == "pin"]
                self.assertEqual(steps, sorted(set(steps)))
                self.assertEqual(seen, [(name, step) for step in steps
                                        for name in ("pin", "release")])

    def test_a_small_buffer_keeps_the_newest_events_and_says_so(self):
        trace, result = self.trace("t.json", "bfs", INPUTS["bfs"], "--trace-buffer 4K --threads 1")
        self.assertRegex(result.stdout, r"128 events of 1 thread .* older ones overwritten")
        [events] = trace.threads.values()
        self.assertEqual(max(event.value for event in events if event.name == "frame"
                             and event.phase == "B"), 119)
        self.assertGreater(sum(trace.lost.values()), 0)

    def test_the_last_run_is_traced(self):
        trace, _ = self.trace("t.pftrace", "bfs", INPUTS["bfs"], "--repeat 3 --threads 1")
        [events] = trace.threads.values()
        self.assertEqual(sum(event.name == "frame" for event in events), 119)

    def test_the_flight_recorder_tells_of_the_slowest_step(self):
        result = run("nbody", INPUTS["nbody"], "--quiet --slow-frame 0.000001 --flight-recorder",
                     self.path("slow.json"))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        events = [event for thread in read_chrome(self.path("slow.json")).threads.values()
                  for event in thread]
        self.assertIn("slow frame", {event.name for event in events})
        result = run("nbody", INPUTS["nbody"], "--repeat 2 --slow-frame 0.000001 --flight-recorder",
                     self.path("slow.pftrace"))
        self.assertRegex(result.stdout, r"slow steps +10 longer than .*slow\.pftrace tells of step")
        self.assertIn("holds what led to it", result.stderr)
        read_perfetto(self.path("slow.pftrace"), SCHEMA)

    def test_the_flight_recorder_is_silent_where_no_step_is_slow(self):
        result = run("nbody", INPUTS["nbody"], "--slow-frame 1000000 --flight-recorder",
                     self.path("slow.json"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"slow steps +none took longer than 1,?000 s")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_file_that_cannot_be_written_is_code_1(self):
        for option in ("--trace", "--slow-frame 0.000001 --flight-recorder"):
            result = run("nbody", INPUTS["nbody"], "--quiet", option, self.path("no/such.json"))
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, r"^quadrille: .*no/such\.json: cannot write.*\n$")
            self.assertEqual(os.listdir(self.folder), [])

    def test_wrong_usage_is_code_2(self):
        for options, part in (
                ("--trace t.txt", "--trace: 't.txt' ends neither"),
                ("--trace pftrace", "'pftrace'"),
                ("--slow-frame 1 --flight-recorder t", "--flight-recorder: 't'"),
                ("--flight-recorder t.json", "needs --slow-frame"),
                ("--slow-frame 5", "--flight-recorder FILE"),
                ("--keep 5 --trace t.json", "--flight-recorder FILE"),
                ("--trace-buffer 1M", "--trace FILE"),
                ("--trace t.json --slow-frame 1 --flight-recorder t.json", "the same file"),
                ("--trace t.json --trace-buffer none", "none"),
                ("--slow-frame -3 --flight-recorder t.json", "-3")):
            with self.subTest(options):
                result = run("nbody", INPUTS["nbody"], options)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(part, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
