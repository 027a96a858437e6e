#!/usr/bin/env python3
"""The program has the static probes that tracers look for. usage: probes_test.py PROGRAM"""
import os
import re
import subprocess
import sys
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
PROBES = {"frame_begin": 1, "frame_publish": 1, "frame_skip": 1, "pass": 3}  # and their arguments


class Probes(unittest.TestCase):
    def test_are_in_the_notes_of_the_program(self):
        notes = subprocess.run(["readelf", "--notes", PROGRAM], capture_output=True, text=True,
                               check=True, env={**os.environ, "LC_ALL": "C"}).stdout
        found = {name: len(arguments.split()) for name, arguments in re.findall(
            r"Provider: quadrille\n\s*Name: (\w+)\n.*\n\s*Arguments: (.*)", notes)}
        self.assertEqual(found, PROBES)


if __name__ == "__main__":
    unittest.main()
