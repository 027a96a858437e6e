#!/usr/bin/env python3
"""Checks that no file is longer than 600 lines and no line longer than 100 columns.

usage: limits.py [ROOT]
"""
import sources

MAX_LINES = 600
MAX_COLUMNS = 100
CHECKED = (*sources.CXX, ".c", ".py", ".sh", ".cmake", ".in", "CMakeLists.txt", "run", "long")
PLACES = (*sources.ROOMS, ".ci", "CMakeLists.txt")


def violations(root):
    found = []
    for path in sources.repository_files(root):
        if not path.endswith(CHECKED) or path.split("/")[0] not in PLACES:
            continue
        lines = sources.read(root, path).split("\n")
        if len(lines) > MAX_LINES:
            found.append(f"{path}: {len(lines)} lines; at most {MAX_LINES}")
        found += [f"{path}:{number}: {len(line)} columns; at most {MAX_COLUMNS}"
                  for number, line in enumerate(lines, 1) if len(line) > MAX_COLUMNS]
    return found


if __name__ == "__main__":
    sources.main(violations)
