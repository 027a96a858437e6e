#!/usr/bin/env python3
"""Sums up what ctest wrote with --output-junit: failures with their output, skipped tests with
their reasons, and a line `N passed, N failed` at the end (`, N skipped` where some were).
Exit code 1 when something failed or no test ran.
"""
import argparse
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


def outcome(case):
    skipped = case.find("skipped")
    if case.get("status") == "run":
        return "passed"
    if skipped is not None and skipped.get("message", "").startswith("SKIP_"):
        return "skipped"
    return "disabled" if case.get("status") == "disabled" else "failed"


def summarize(paths, label="", quiet=False, other_failures=0, out=sys.stdout):
    counts, reasons = {"passed": 0, "failed": other_failures, "skipped": 0, "disabled": 0}, {}
    for path in paths:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name, output = case.get("name"), case.findtext("system-out") or ""
            what = outcome(case)
            counts[what] += 1
            if what == "skipped":
                reasons.setdefault(skip_reason(output), []).append(name)
            elif what == "failed" and not quiet:
                tail = output.splitlines()[-OUTPUT_LINES:]
                print(f"FAILED {name}", *("    " + line for line in tail), sep="\n", file=out)
    for reason, names in reasons.items() if not quiet else ():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"skipped {names[0]}{more}: {reason}", file=out)
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        line += f", {counts['skipped']} skipped"
    print(f"{label}: {line}" if label else line, file=out)
    return 0 if counts["passed"] and not counts["failed"] else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="*", help="files that ctest --output-junit wrote")
    parser.add_argument("--label", default="", help="stands before the last line")
    parser.add_argument("--quiet", action="store_true", help="the last line only")
    parser.add_argument("--other-failures", type=int, default=0, help="counted besides")
    given = parser.parse_args()
    sys.exit(summarize(given.results, given.label, given.quiet, given.other_failures))
