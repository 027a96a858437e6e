#!/usr/bin/env python3
"""Shares runs and watches them, each in a process. usage: watch_test.py PROGRAM"""

import fcntl
import os
import pty
import re
import resource
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
BODIES = "nbody --generate plummer:300 --threads 1"
LINE = re.compile(r"step ([\d,]+)  time (\S+)  age (\S+ \S+)  skipped ([\d,]+)  "
                  r"hash ([0-9a-f]{32})")


def start(arguments):
    return subprocess.Popen([PROGRAM, *arguments.split()], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def run(arguments):
    process = start(arguments)
    out, error = process.communicate(timeout=60)
    return process.returncode, out, error


def number(text):
    return int(text.replace(",", ""))


class WatchTest(unittest.TestCase):
    def setUp(self):
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        self.name = f"test-{os.getpid()}-{self.id().rpartition('.')[2]}"[:90]
        self.file = "/dev/shm/quadrille." + self.name
        self.started = []
        self.addCleanup(self.clean_up)

    def clean_up(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        if os.path.exists(self.file):
            os.unlink(self.file)

    def start(self, arguments):
        self.started.append(start(arguments))
        return self.started[-1]

    def share(self, options=""):
        """A run that goes on until it is told to stop."""
        process = self.start(f"run {BODIES} --steps 1000000000 --share {self.name} {options}")
        code, out, error = run(f"watch {self.name} --wait 30 --lines 1")
        self.assertEqual((code, error), (0, ""))
        self.assertEqual(self.lines(out), out.splitlines()[1:])
        return process

    def watch(self, options):
        """A watcher that has seen its first frame."""
        process = self.start(f"watch {self.name} {options}")
        self.assertIn("nbody plummer:300", process.stdout.readline())
        self.assertRegex(process.stdout.readline(), LINE)
        return process

    def lines(self, out):
        return [line for line in out.splitlines() if LINE.fullmatch(line)]

    def step_now(self):
        code, out, error = run(f"watch {self.name} --lines 1")
        self.assertEqual((code, error), (0, ""))
        return number(LINE.search(out).group(1))

    def expect_to_go_on(self):
        """On a machine under load a run may have to wait for its turn."""
        before, until = self.step_now(), time.monotonic() + 60
        while self.step_now() <= before:
            self.assertLess(time.monotonic(), until, f"the run stands still at step {before}")

    def stop(self, process):
        """The summary of a run that is asked to stop."""
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertFalse(os.path.exists(self.file), "the name goes with the run")
        return out, error

    def expect_failure(self, arguments, part):
        code, out, error = run(arguments)
        self.assertEqual((code, error.count("\n")), (1, 1), out + error)
        self.assertTrue(error.startswith("quadrille: "), error)
        self.assertIn(part, error)

    def test_two_watchers_follow_a_run_to_its_end(self):
        process = self.share()
        watchers = [self.watch("--every 0"), self.watch("--every 0.1")]
        time.sleep(0.3)
        summary, _ = self.stop(process)
        end = None
        for watcher, each_frame in zip(watchers, (True, False)):
            out, error = watcher.communicate(timeout=60)
            self.assertEqual((watcher.returncode, error), (0, ""))
            self.assertRegex(out.splitlines()[-1],
                             r"^the run has ended: [\d,]+ steps, [\d,]+ published, 0 skipped$")
            lines = self.lines(out)
            steps = [number(LINE.match(line).group(1)) for line in lines]
            self.assertGreaterEqual(len(lines), 2)
            self.assertEqual(steps, sorted(set(steps)) if each_frame else sorted(steps))
            last = LINE.match(lines[-1]).group(1, 5)
            self.assertIn(last[1], summary, "the hash of the last frame is the run's")
            self.assertIn(f"{last[0]} steps", summary)
            self.assertEqual(end or last, last)
            end = last

    def test_on_a_terminal_one_line_is_redrawn_and_never_wraps(self):
        self.share()
        for columns, end in ((100, r"hash [0-9a-f]{32}"), (80, r"hash [0-9a-f]{16}\.\."),
                             (60, r"skipped [\d,]+"), (48, r"[mun]?s")):
            watcher, terminal = pty.openpty()
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
            process = subprocess.Popen([PROGRAM, "watch", self.name, "--seconds", "0.7"],
                                       stdout=terminal, env=environment)
            self.started.append(process)
            os.close(terminal)
            text = b""
            try:
                while part := os.read(watcher, 4096):
                    text += part
            except OSError:   # how a terminal says that nobody is at the other end
                pass
            os.close(watcher)
            title, _, redrawn = text.decode().partition("\n")
            self.assertIn("nbody plummer:300", title)
            lines = [line.strip() for line in redrawn.split("\x1b[K")[:-1]]
            self.assertGreaterEqual(len(lines), 2)
            for line in lines:
                self.assertRegex(line, r"^step +[\d,]+  time +\S+  age +[\d.]+ .*" + end + "$")
                self.assertLess(len(line), columns)
                self.assertEqual(line.index("time"), lines[0].index("time"))

    def test_lines_and_seconds_end_a_watcher_that_the_run_does_not_miss(self):
        process = self.share()
        _, out, _ = run(f"watch {self.name} --every 0 --lines 7")
        self.assertEqual(len(self.lines(out)), 7)
        code, out, error = run(f"watch {self.name} --every 10 --seconds 0.2")
        self.assertEqual((code, len(self.lines(out)), error), (0, 1, ""))
        out, _ = self.stop(process)
        self.assertIn(" 0 skipped", out)
        self.assertNotIn("died", out)

    def test_watchers_that_are_stopped_and_killed_cost_a_slot_that_comes_back(self):
        process = self.share()
        sleepy, doomed = self.watch("--every 0 --label sleepy"), self.watch("--every 0")
        sleepy.send_signal(signal.SIGSTOP)
        doomed.kill()
        time.sleep(1.2)
        self.expect_to_go_on()
        sleepy.send_signal(signal.SIGCONT)
        time.sleep(0.2)
        self.expect_to_go_on()
        out, error = self.stop(process)
        self.assertIn(" 0 skipped", out)
        self.assertRegex(out, r"1 reader died, [01] frames? taken back")
        self.assertIn("sleepy", out + error)

    def test_a_run_that_is_killed_is_said_to_have_died(self):
        process = self.share()
        watcher = self.watch("--every 0.05")
        process.kill()
        _, error = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 1)
        self.assertRegex(error, rf"^quadrille: the run that was shared as '{self.name}' died; "
                                r"its last frame is of step [\d,]+\n$")
        self.assertFalse(os.path.exists(self.file), "who leaves last takes the name along")

    def test_what_a_dead_run_left_is_given_back_or_replaced(self):
        for _ in range(2):
            process = self.share()
            process.kill()
            process.communicate()
            self.assertTrue(os.path.exists(self.file))
        code, _, error = run(f"run {BODIES} --steps 5 --share {self.name}")
        self.assertEqual((code, error), (0, ""))
        self.share().kill()
        self.started[-1].communicate()
        self.expect_failure(f"watch {self.name}", f"shared as '{self.name}' has died")
        self.expect_failure(f"watch {self.name}", f"no run is shared as '{self.name}'")

    def test_a_name_that_is_taken_or_none_is_refused(self):
        self.share()
        self.expect_failure(f"run {BODIES} --share {self.name}", "already")
        for command, part in ((f"run {BODIES} --share a/b", "'a/b' is no name"),
                              ("watch ../shadow", "'../shadow' is no name")):
            code, _, error = run(command)
            self.assertEqual(code, 2, error)
            self.assertIn(part, error)

    def test_memory_that_is_not_a_runs_or_was_spoilt_is_refused(self):
        process = self.share()
        process.send_signal(signal.SIGSTOP)
        with open(self.file, "r+b", buffering=0) as file:
            header = file.read(16)
            for spoilt, part in ((struct.pack("<QII", 1, 1, 192), "holds no frames"),
                                 (header[:8] + struct.pack("<II", 9, 192), "version 9"),
                                 (header + struct.pack("<I", 0), "damaged: 0 slots")):
                file.seek(0)
                file.write(spoilt)
                self.expect_failure(f"watch {self.name}", f"what is shared as '{self.name}': ")
                self.expect_failure(f"watch {self.name}", part)

    def test_memory_that_is_cut_short_while_it_is_read_ends_the_watcher_with_a_sentence(self):
        process = self.share()
        watcher = self.watch("--every 0.1")
        process.send_signal(signal.SIGSTOP)
        os.truncate(self.file, 0)
        _, error = watcher.communicate(timeout=60)
        self.assertEqual(watcher.returncode, 1)
        self.assertIn(f"what is shared as '{self.name}' was cut short", error)


if __name__ == "__main__":
    unittest.main()
