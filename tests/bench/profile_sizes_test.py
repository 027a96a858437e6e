#!/usr/bin/env python3
"""Runs `quadrille profile sizes` as a person would. usage: profile_sizes_test.py PROGRAM"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))


class ProfileSizes(unittest.TestCase):
    def profile(self, arguments):
        words = [PROGRAM, "profile", "sizes", *arguments.split()]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "COLUMNS": "80"})

    def test_each_kernel_is_timed_on_each_size_and_drawn(self):
        with tempfile.TemporaryDirectory() as folder:
            report, picture = (os.path.join(folder, name) for name in ("r.json", "p.svg"))
            result = self.profile("--family urand --from 5 --to 7 --kernels bfs,pagerank"
                                  f" --report {report} --picture {picture}")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)
            with open(report, encoding="utf-8") as file:
                results = {entry["name"]: entry for entry in json.load(file)["results"]}
            self.assertEqual(list(results), [f"{kernel} urand:{scale}:16" for scale in (5, 6, 7)
                                             for kernel in ("bfs", "pagerank")])
            self.assertEqual([results[f"bfs urand:{scale}:16"]["nodes"] for scale in (5, 6, 7)],
                             [32, 64, 128])
            with open(picture, encoding="utf-8") as file:
                drawn = file.read()
            for text in ("128 nodes", "for each arc", "for each node", "pagerank"):
                self.assertIn(text, drawn)

    def test_bodies_are_timed_on_each_size_and_drawn(self):
        with tempfile.TemporaryDirectory() as folder:
            report, picture = (os.path.join(folder, name) for name in ("r.json", "p.svg"))
            for family in ("uniform", "clusters"):
                result = self.profile(f"--family {family} --from 4 --to 10 --repeat 1 --threads 2"
                                      f" --report {report} --picture {picture}")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)
                with open(report, encoding="utf-8") as file:
                    results = {entry["name"]: entry for entry in json.load(file)["results"]}
                kernels = ("build", "nearest", "force", "nbody", "collide")
                self.assertEqual(list(results), [f"{kernel} {family}:{1 << scale}"
                                                 for scale in range(4, 11) for kernel in kernels])
                for name, entry in results.items():
                    self.assertEqual(entry["nodes"], int(name.split(":")[1]))
                    self.assertGreater(entry["memory_bytes"], 8 * entry["nodes"], name)
                with open(picture, encoding="utf-8") as file:
                    drawn = file.read()
                for text in ("1.02 k bodies", "A call, for each body", "Memory, for each body"):
                    self.assertIn(text, drawn)

    def test_kernels_and_orders_belong_to_their_family(self):
        for arguments, part in (("--family uniform --kernels bfs", "'bfs' is not one of build"),
                                ("--family kron --kernels nbody", "'nbody' is not one of bfs"),
                                ("--family clusters --order degree", "--order is of graphs")):
            result = self.profile(arguments)
            self.assertEqual(result.returncode, 2)
            self.assertIn(part, result.stderr)

    def test_sizes_that_shrink_are_wrong_usage(self):
        result = self.profile("--from 9 --to 8")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--from 9 is larger than --to 8", result.stderr)


if __name__ == "__main__":
    unittest.main()
