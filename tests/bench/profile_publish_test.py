#!/usr/bin/env python3
"""Runs `quadrille profile publish` as a person would. usage: profile_publish_test.py PROGRAM"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))


class ProfilePublish(unittest.TestCase):
    def profile(self, arguments, columns="80"):
        """Its output, and the report's results by name."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "r.json")
            words = [PROGRAM, "profile", "publish", *arguments.split(), "--report", path]
            result = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False,
                                    env={**os.environ, "COLUMNS": columns})
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), int(columns))
            with open(path, encoding="utf-8") as file:
                return result.stdout, {entry["name"]: entry for entry in json.load(file)["results"]}

    def test_each_scene_runs_both_ways_to_the_same_state(self):
        text, results = self.profile("--quick --repeat 2")
        for word in ("bfs", "collide", "nbody", "sort", "ratio", "copied"):
            self.assertIn(word, text)
        self.assertEqual(len(results), 8)
        for name, published in results.items():
            if not name.endswith(", published every step"):
                continue
            never = results[name.replace("every step", "never")]
            self.assertEqual((len(never["runs"]), len(published["runs"])), (2, 2))
            self.assertEqual(never["state_hash"], published["state_hash"])
            self.assertEqual(never["frames"]["published"], 0)
            self.assertEqual(published["frames"]["published"], published["steps"])

    def test_a_scene_of_the_users_own_and_what_it_copies(self):
        _, results = self.profile("bfs --generate grid:40x30 --source 7 --repeat 3", columns="120")
        self.assertEqual(set(results), {f"bfs grid:40x30, published {when}"
                                        for when in ("never", "every step")})
        published = results["bfs grid:40x30, published every step"]
        self.assertEqual([run["source"] for run in published["runs"]], [7, 7, 7])
        self.assertGreater(published["frames"]["catch_up_bytes"], 0)
        ratios = [published["facts"][f"published over not published, {what}"]["value"]
                  for what in ("least", "median", "most", "at best")]
        self.assertEqual(ratios[:3], sorted(ratios[:3]))
        self.assertGreater(min(ratios), 0)


if __name__ == "__main__":
    unittest.main()
