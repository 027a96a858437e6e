"""What the tests that run the quadrille program share; its path is their first argument."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))


def run(*arguments, **environment):
    """Runs the program without a terminal; arguments are split at spaces."""
    words = [word for argument in arguments for word in str(argument).split()]
    env = {name: value for name, value in os.environ.items() if name != "QUADRILLE_ISA"}
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=120,
                          env={**env, **environment}, check=False)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def expect_ok(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "", "nothing on standard error, no progress bar in a pipe")
        self.assertNotIn("\r", result.stdout)
        self.assertNotIn("\x1b", result.stdout)
        return result

    def expect_failure(self, result, code, part):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("quadrille"), result.stderr)
        self.assertIn(part, result.stderr)

    def report(self, *arguments):
        path = self.path("report.json")
        self.expect_ok(run(*arguments, "--quiet --report", path))
        with open(path, encoding="utf-8") as file:
            return json.load(file)
