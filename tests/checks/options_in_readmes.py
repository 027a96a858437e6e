#!/usr/bin/env python3
"""Checks that every option of the program stands in the README of bench or scenes.

usage: options_in_readmes.py [ROOT]
"""
import re

import sources

README = ("bench/README.md", "scenes/README.md")
ADDED = re.compile(r"\badd_\w+(?:<[^()]*>)?\(\s*(?:\w+,\s*)?\"((?:-\w,)?--[\w,-]+)\"")


def violations(root):
    files = sources.repository_files(root)
    readme = "".join(sources.read(root, path) for path in README if path in files)
    explained = set(re.findall(r"--[a-z][\w-]*", readme))
    found = []
    for path in (name for name in files if re.fullmatch(r"bench/\w+\.cpp", name)):
        for names in ADDED.findall(sources.read(root, path)):
            found += [f"{path}: {name} stands in no README" for name in names.split(",")
                      if name.startswith("--") and name not in explained]
    return found


if __name__ == "__main__":
    sources.main(violations)
