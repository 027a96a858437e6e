#!/usr/bin/env python3
"""Sums up what ctest wrote with --output-junit: failures with their output, skipped tests with their reasons, counts.

usage: summarize.py [--label TEXT] RESULTS.xml...       exit code 1 when a test failed or none ran
"""
import re
import sys
import xml.etree.ElementTree as ElementTree

OUTPUT_LINES = 60     # of a failed test, from its end


def skip_reason(output):
    """What a skipped test said: GoogleTest's message, or the last line that a script printed."""
    said = re.search(r": Skipped\n(.+)", output)
    if said:
        return said.group(1).strip()
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason"


def summarize(paths, label="", out=sys.stdout):
    passed, failed, skipped = 0, 0, {}
    for path in paths:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name, output = case.get("name"), case.findtext("system-out") or ""
            if case.get("status") == "run":
                passed += 1
            elif case.find("skipped") is not None and case.find("skipped").get("message", "").startswith("SKIP_"):
                skipped.setdefault(skip_reason(output), []).append(name)
            elif case.get("status") != "disabled":
                failed += 1
                tail = output.splitlines()[-OUTPUT_LINES:]
                print(f"FAILED {name}", *("    " + line for line in tail), sep="\n", file=out)
    for reason, names in skipped.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"skipped {names[0]}{more}: {reason}", file=out)
    count = sum(map(len, skipped.values()))
    line = f"{passed} passed, {failed} failed" + (f", {count} skipped" if count else "")
    print(f"{label}: {line}" if label else line, file=out)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    arguments = sys.argv[1:]
    text = ""
    if arguments[:1] == ["--label"]:
        text, arguments = arguments[1], arguments[2:]
    if not arguments:
        sys.exit(__doc__)
    sys.exit(summarize(arguments, text))
