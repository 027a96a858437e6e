#!/usr/bin/env python3
"""Checks that no weak symbol leaves an object that is compiled for one instruction set: the linker
could give that copy to a processor without it.

usage: weak_symbols.py OBJECT...
"""
import re
import subprocess
import sys

# What a compiler adds by itself and that holds no code.
HARMLESS = re.compile(r"DW\.ref\.")


def violations(objects):
    found = []
    for path in objects:
        listed = subprocess.run(["nm", "-C", "--defined-only", path],
                                capture_output=True, text=True, check=True)
        for line in listed.stdout.splitlines():
            _, kind, name = line.split(" ", 2)
            if kind in "WwVvu" and not HARMLESS.match(name):
                found.append(f"{path}: weak symbol {name}")
    return found


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    lines = violations(sys.argv[1:])
    print(*lines, sep="\n")
    sys.exit(1 if lines else 0)
