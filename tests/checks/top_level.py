#!/usr/bin/env python3
"""Checks that the top level holds the rooms and the few files that belong there, and nothing else.

usage: top_level.py [ROOT]
"""
import sources

ENTRIES = {*sources.ROOMS, "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE",
           "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}


def violations(root):
    entries = {sources.room(path) for path in sources.repository_files(root)}
    strangers = sorted(name for name in entries - ENTRIES if not name.startswith("."))
    return [f"{name}: does not belong at the top level" for name in strangers]


if __name__ == "__main__":
    sources.main(violations)
