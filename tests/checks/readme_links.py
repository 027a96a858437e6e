#!/usr/bin/env python3
"""Checks that every relative link of a Markdown file names something that is there.

usage: readme_links.py [ROOT]
"""
import os
import re

import sources

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)"
                  r"|(?:src|href)=\"([^\"]+)\"")


def without_code(text):
    """Fenced blocks and `code` show links; they do not have them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(text):
    headings = re.findall(r"^#+[ \t]+(.+?)[ \t]*#*$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def violations(root):
    found = []
    files = sources.repository_files(root)
    for path in (name for name in files if name.endswith(".md")):
        for groups in LINK.findall(without_code(sources.read(root, path))):
            link = groups[0] or groups[1]
            if re.match(r"[a-z][a-z0-9+.-]*:", link):
                continue                                   # another place: not ours to check
            target, _, anchor = link.partition("#")
            full = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            known = full in files or any(name.startswith(full + "/") for name in files)
            if not known:
                found.append(f"{path}: link to '{link}', which is not there")
            elif (anchor and full.endswith(".md") and
                  anchor not in anchors(sources.read(root, full))):
                found.append(f"{path}: link to '{link}', a heading that is not there")
    return found


if __name__ == "__main__":
    sources.main(violations)
