#!/usr/bin/env python3
"""Keeps the blocks of README.md that come from elsewhere: the example and the table of results.

usage: readme.py [--check]                  writes README.md anew; --check: exit 1 if it would
       readme.py --keep report.json FOLDER  stores a report in FOLDER, without each step's time

A block stands between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. The table is of the results
folder that README.md names in its block, or of the last one by name.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
README = os.path.join(ROOT, "README.md")
EXAMPLE = os.path.join(ROOT, "bench", "examples", "first_simulation.cpp")


def scaled(value, digits=3):
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.{digits}g} {unit}"
    return f"{value:.{digits}g}"


def milliseconds(ns):
    return f"{ns / 1e6:.3g}"


def scene_row(result):
    step = result["step"]
    edges = scaled(result["edges"]) if result["edges"] else "-"
    return (f"| {result['name']} | {scaled(result['nodes'])} | {edges} | {result['steps']} "
            f"| {milliseconds(step['median_ns'])} | {milliseconds(step['p99_ns'])} "
            f"| {scaled(result['work_per_second'])} {result['work_unit']} "
            f"| {result['bytes_a_node']:.0f} | {100 * result['bandwidth_share']:.0f} % |\n")


def part_row(result):
    each = result["step"]["median_ns"] / result["nodes"]
    return f"| {result['name']} | {each:.3g} | {scaled(1e9 / each)} {result['work_unit']} |\n"


def results_block(folder):
    with open(os.path.join(HERE, folder, "report.json"), encoding="utf-8") as f:
        report = json.load(f)
    machine = report["machine"]
    bandwidth = max(v for k, v in machine["bandwidth"].items() if k.endswith("_per_second"))
    scenes = [r for r in report["results"] if r["scene"]]
    parts = [r for r in report["results"] if not r["scene"]]
    return (
        f"`bench/run` on {machine['cores']} cores of an {machine['cpu']} (a shared machine),\n"
        f"{scenes[0]['threads']} threads, {scenes[0]['isa']}, {machine['compiler']}; memory "
        f"{bandwidth / 1e9:.0f} GB/s ([report](bench/results/{folder}/report.json)).\n"
        "Each scene's result was verified.\n\n"
        "| scene | nodes | edges | steps | ms a step | p99 | a second | B/node | bandwidth |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        + "".join(map(scene_row, scenes)) +
        "\n| part | ns each | a second |\n| --- | ---: | ---: |\n" +
        "".join(map(part_row, parts)))


def example_block():
    with open(EXAMPLE, encoding="utf-8") as f:
        return "```cpp\n" + f.read() + "```\n"


def results_folders():
    folders = sorted(d for d in os.listdir(HERE)
                     if os.path.isfile(os.path.join(HERE, d, "report.json")))
    if not folders:
        sys.exit(f"{HERE}: no results are kept here yet")
    return folders


def replace_block(text, name, content):
    pattern = re.compile(f"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.S)
    if not pattern.search(text):
        sys.exit(f"README.md: no block '{name}'")
    return pattern.sub(lambda match: match[1] + content + match[2], text)


def keep(source, folder):
    with open(source, encoding="utf-8") as f:
        report = json.load(f)
    for result in report["results"]:
        for run in result.get("runs", []):
            run.pop("timings", None)
    os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    with open(os.path.join(HERE, folder, "report.json"), "w", encoding="utf-8") as f:
        json.dump(report, f, indent=1)
        f.write("\n")


def main(arguments):
    if arguments[:1] == ["--keep"] and len(arguments) == 3:
        return keep(arguments[1], arguments[2])
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    with open(README, encoding="utf-8") as f:
        old = f.read()
    named = re.search(r"bench/results/([^/]+)/report\.json", old)
    folder = named[1] if named else results_folders()[-1]
    new = replace_block(old, "example", example_block())
    new = replace_block(new, "results", results_block(folder))
    if arguments == ["--check"]:
        sys.exit("README.md is out of date: run bench/results/readme.py" if new != old else 0)
    with open(README, "w", encoding="utf-8") as f:
        f.write(new)


main(sys.argv[1:])
