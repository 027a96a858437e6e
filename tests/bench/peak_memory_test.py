#!/usr/bin/env python3
"""usage: peak_memory_test.py PROGRAM

`run bfs` on a million nodes and 16 million edges: the peak resident size of the process, generating
and building the graph included, stays under 1.6 times the slabs and frames that remain. No edge
list is ever held.
"""
import json
import os
import subprocess
import sys
import tempfile

LIMIT = 1.6


def slab_bytes(nodes, edges, self_loops):
    arcs = 2 * edges - self_loops          # an undirected edge stands in two lists, a loop in one
    blocks = (nodes + 4095) // 4096
    return 512 + 16 * blocks + 16 * nodes + 4 * arcs


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        report_path = os.path.join(folder, "report.json")
        subprocess.run([program, "run", "bfs", "--generate", "urand:20:16", "--quiet",
                        "--report", report_path], check=True)
        with open(report_path, encoding="utf-8") as f:
            report = json.load(f)
    result = report["results"][0]
    loops = int(result["input"].get("self loops", {"value": 0})["value"])
    kept = slab_bytes(result["nodes"], result["edges"], loops)
    kept += result["frames"]["slots"] * result["frames"]["frame_bytes"]
    peak = report["peak_resident_bytes"]
    print(f"{result['nodes']} nodes, {result['edges']} edges: slabs and frames "
          f"{kept / 1e6:.1f} MB, "
          f"peak {peak / 1e6:.1f} MB, {peak / kept:.2f} times (limit {LIMIT})")
    assert result["nodes"] == 1 << 20 and result["edges"] > 16_000_000
    sys.exit(0 if peak < LIMIT * kept else 1)


main(sys.argv[1])
