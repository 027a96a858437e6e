#!/usr/bin/env python3
"""Points files of more than 2^31 bytes, plain and compressed: minutes, and up to 9 GB of memory and
3 GB of disk, so only where QUADRILLE_LONG is set. usage: large_input_test.py PROGRAM"""
import os
import subprocess
import unittest
import zlib

from program import PROGRAM, ProgramTest

WIDTH, HEIGHT = 10000, 6800   # a lattice, 32 bytes a point


def run_for_long(*arguments):
    words = [word for argument in arguments for word in str(argument).split()]
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=1200,
                          check=False)


@unittest.skipUnless(os.environ.get("QUADRILLE_LONG"), "QUADRILLE_LONG is not set")
class LargeInput(ProgramTest):
    def answers(self, file, what, x, y):
        at, out = self.write("at.csv", f"{x},{y}\n"), self.path("out.csv")
        self.expect_ok(run_for_long("query", file, what, "--at", at, "-o", out))
        with open(out, encoding="utf-8") as answers:
            return [int(i) for i in answers.read().split(",")]

    def test_sixty_eight_million_points_in_a_plain_file(self):
        file = self.path("lattice.csv")
        row = b"".join(b"%015.4f,@@@@@@@@@@@@@@@\n" % x for x in range(WIDTH))
        with open(file, "wb") as lattice:
            lattice.write(b"x,y\n")
            for y in range(HEIGHT):
                lattice.write(row.replace(b"@" * 15, b"%015.4f" % y))
        self.assertGreater(os.path.getsize(file), 2 ** 31)
        last = WIDTH * HEIGHT - 1   # its line begins beyond 2^31 bytes
        self.assertEqual(self.answers(file, "--nearest 4", WIDTH - 1.2, HEIGHT - 1.1),
                         [last, last - 1, last - WIDTH, last - WIDTH - 1])
        self.assertEqual(self.answers(file, "--box 100 --count", 5000, 3000), [201 * 201])

    def test_a_compressed_file_of_that_length(self):
        file, packer = self.path("comments.csv.gz"), zlib.compressobj(1, zlib.DEFLATED, 31)
        block = (b"#" + b"-" * 1022 + b"\n") * 1024
        with open(file, "wb") as packed:
            packed.write(packer.compress(b"x,y\n0,0\n"))
            for _ in range(2100):
                packed.write(packer.compress(block))
            packed.write(packer.compress(b"5,5\n1,1\n") + packer.flush())
        self.assertEqual(self.answers(file, "--nearest 3", 1, 1), [2, 0, 1])


if __name__ == "__main__":
    unittest.main()
