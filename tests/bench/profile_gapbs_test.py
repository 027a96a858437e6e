#!/usr/bin/env python3
"""Runs `quadrille profile gapbs` beside programs that print what those of the GAP suite print.
usage: profile_gapbs_test.py PROGRAM"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
# Takes 1 ms from node 0 and 3 ms else; with a delta, 1 ms more for each doubling away from 64.
RIVAL = """#!/bin/sh
echo "$OMP_NUM_THREADS $*" >> "$(dirname "$0")/calls"
while [ $# -gt 0 ]; do
  case $1 in -n) trials=$2;; -d) delta=$2;; esac
  shift 2
done
time=0.00$((delta == 64 || delta == 0 ? 1 : 5))
for trial in $(seq $trials); do echo "Trial Time:          $time"; done
"""


class ProfileGapbs(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        for name in ("bfs", "sssp", "cc", "pr", "tc", "bc"):
            self.write(name, RIVAL)
        with open(self.path("ring.wel"), "w", encoding="utf-8") as file:
            file.writelines(f"{v} {(v + 1) % 90} {v % 7 + 1}\n" for v in range(90))
        for kind in ("sg", "wsg"):
            subprocess.run([PROGRAM, "convert", self.path("ring.wel"), self.path(f"ring.{kind}"),
                            "--quiet"], check=True)

    def tearDown(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o755)

    def profile(self, arguments):
        words = [PROGRAM, "profile", "gapbs", *arguments.split(), "--programs", self.folder.name]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "COLUMNS": "80"})

    def test_a_delta_that_is_given_is_not_looked_for(self):
        graph = self.path("ring.sg")
        base = f"{graph} --kernels sssp --sources 1 --repeat 1 --gapbs-delta"
        result = self.profile(f"{base} 16")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("ring (delta 16)", result.stdout)
        with open(self.path("calls"), encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 1)
        result = self.profile(f"{base} 16,32")
        self.assertEqual(result.returncode, 1)
        self.assertIn("--gapbs-delta has 2 numbers for 1 graph; it takes one a graph",
                      result.stderr)

    def test_every_kernel_is_paired_and_the_best_delta_taken(self):
        graph, report = self.path("ring.sg"), self.path("r.json")
        result = self.profile(f"{graph} --sources 3 --repeat 2 --threads 2 --report {report}")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)
        self.assertIn("ring (delta 64)", result.stdout)
        with open(report, encoding="utf-8") as file:
            results = {entry["name"]: entry for entry in json.load(file)["results"]}
        self.assertEqual(len(results), 12)
        for kernel in ("bfs", "sssp", "components", "pagerank", "triangles", "betweenness"):
            ours = results[f"{kernel} ring"]
            ratio = ours["facts"]["GAPBS's time over ours"]["value"]
            self.assertLessEqual(ours["facts"]["95 % from"]["value"], ratio)
            self.assertAlmostEqual(results[f"{kernel} ring, GAPBS"]["step"]["median_ns"], 1e6)
        with open(self.path("calls"), encoding="utf-8") as file:
            calls = file.read().splitlines()
        self.assertTrue(all(call.startswith("2 -f ") for call in calls))
        self.assertTrue(any(".wsg" in call and "-d 64" in call and "-r " in call for call in calls))

    def test_a_program_that_fails_is_quoted(self):
        self.write("bfs", "#!/bin/sh\necho 'Could not open graph' >&2\nexit 3\n")
        result = self.profile(f"{self.path('ring.sg')} --kernels bfs")
        self.assertEqual(result.returncode, 1)
        self.assertIn("bfs: it failed: Could not open graph", result.stderr)

    def test_a_program_that_is_not_there_is_named(self):
        os.remove(self.path("cc"))
        result = self.profile(f"{self.path('ring.sg')} --kernels components")
        self.assertEqual(result.returncode, 1)
        self.assertIn("cc: No such file or directory", result.stderr)

    def test_a_program_that_prints_no_times_is_no_rival(self):
        self.write("pr", "#!/bin/sh\necho hello\n")
        result = self.profile(f"{self.path('ring.sg')} --kernels pagerank")
        self.assertEqual(result.returncode, 1)
        self.assertIn("pr: it printed 0 of 4 trial times", result.stderr)


if __name__ == "__main__":
    unittest.main()
