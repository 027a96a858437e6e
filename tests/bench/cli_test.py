#!/usr/bin/env python3
"""Runs the quadrille program as a person would. usage: cli_test.py PROGRAM"""

import base64
import csv
import json
import math
import os
import struct
import subprocess
import unittest
import zlib
from xml.etree import ElementTree

from program import PROGRAM, ProgramTest, run


class CliTest(ProgramTest):
    def state_hash(self, *arguments):
        return self.report(*arguments)["results"][0]["state_hash"]

    def numbers(self, name, code):
        with open(self.path(name), "rb") as file:
            data = file.read()
        return list(struct.unpack("<%d%s" % (len(data) // struct.calcsize(code), code), data))


class Usage(CliTest):
    def test_help_and_version_are_printed_and_succeed(self):
        self.assertIn("Usage:", self.expect_ok(run("--help")).stdout)
        self.assertRegex(self.expect_ok(run("--version")).stdout, r"^quadrille \d+\.\d+\.\d+\n$")
        for verb in ("run", "bench", "query", "inspect", "convert", "diff", "profile", "watch"):
            text = self.expect_ok(run(verb, "--help")).stdout
            self.assertIn("quadrille " + verb, text)
            self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)

    def test_run_help_names_every_scene(self):
        text = run("run --help").stdout
        for scene in ("bfs", "sssp", "components", "labels", "pagerank", "kcore", "triangles",
                      "closeness", "betweenness", "churn", "layout", "nbody", "collide", "sort"):
            self.assertRegex(text, r"\n  %s +\w" % scene)

    def test_wrong_usage_is_code_2_and_one_line(self):
        for words, part in [
            ("", "verb"),
            ("dance", "dance"),
            ("run", "SCENE"),
            ("run no_such_scene", "no_such_scene"),
            ("run bfs", "--graph"),
            ("run bfs --graph a.el --generate kron:4:4", "one input"),
            ("run bfs --generate kron:99:1", "kron:99:1"),
            ("run bfs --generate plummer:10", "points"),
            ("run bfs --generate grid:4x4 --threads 0", "--threads"),
            ("run bfs --generate grid:4x4 --publish daily", "daily"),
            ("run bfs --generate grid:4x4 --dump distance", "distance"),
            ("run bfs --generate grid:4x4 --hard-limit lots", "lots"),
            ("run bfs --generate grid:4x4 --picture p.gif", "p.gif"),
            ("run bfs --generate grid:4x4 --frobnicate", "--frobnicate"),
            ("run bfs --generate grid:4x4 --damping 0.5", "pagerank"),
            ("run bfs --generate grid:4x4 --samples 3", "closeness"),
            ("run pagerank --generate grid:4x4 --damping 1", "0 to 0.9999"),
            ("run nbody --generate plummer:9 --friction 1", "collide"),
            ("run collide --generate dam:9 --restitution 2", "0 to 1"),
            ("run collide --generate dam:9 --sub-steps 0", "1 to 64"),
            ("query p.csv --at q.csv -o o.csv", "--nearest"),
            ("diff a.json", "B.json"),
        ]:
            with self.subTest(words):
                result = run(words)
                self.expect_failure(result, 2, part)
                self.assertIn("--help", result.stderr)
                self.assertEqual(result.stdout, "")


class Failures(CliTest):
    def test_an_input_that_fails_is_code_1_and_named(self):
        self.expect_failure(run("run bfs --graph", self.path("missing.el")), 1, "missing.el")
        self.expect_failure(run("run bfs --graph", self.folder.name), 1, "folder")
        bad = self.write("bad.el", "0 1\n1 two\n")
        self.expect_failure(run("run bfs --graph", bad), 1, "bad.el:2")
        self.expect_failure(run("inspect", bad), 1, "bad.el:2")
        self.expect_failure(run("run bfs --generate grid:4x4 --source 16"), 1, "16")

    def test_an_instruction_set_that_is_unknown_is_code_1(self):
        self.expect_failure(run("run bfs --generate grid:4x4 --isa mmx"), 1, "mmx")
        self.expect_failure(run("run bfs --generate grid:4x4", QUADRILLE_ISA="mmx"), 1, "mmx")
        self.expect_failure(run("bench --quick --isa mmx"), 1, "mmx")

    def test_a_file_that_cannot_be_written_is_code_1_and_leaves_nothing(self):
        nowhere = self.path("no/such/folder/out.bin")
        for option in ("--dump distance=%s", "--report %s"):
            result = run("run bfs --quiet --generate grid:4x4", option % nowhere)
            self.expect_failure(result, 1, nowhere)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_a_column_that_the_scene_lacks_is_said_before_the_run(self):
        result = run("run bfs --quiet --generate grid:4x4 --dump colour=c.bin")
        self.expect_failure(result, 1, "colour")

    def test_a_hard_limit_stops_the_run_before_it_starts(self):
        self.expect_failure(run("run bfs --generate grid:100x100 --hard-limit 20K"), 1, "limit")

    def test_a_soft_limit_warns_once_and_the_run_goes_on(self):
        ran = run("run bfs --generate grid:100x100 --soft-limit 20K")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(ran.stderr.count("\n"), 1, ran.stderr)
        self.assertIn("quadrille: warning: the soft limit of 20480 bytes is passed", ran.stderr)

    def test_more_than_the_machine_holds_is_refused_without_a_limit(self):
        tiny = self.write("tiny.el", "0 2147483646\n")
        self.expect_failure(run("run bfs --graph", tiny), 1, "bytes")
        self.expect_failure(run("inspect", tiny), 1, "bytes")
        self.expect_failure(run("run nbody --generate uniform:2147483647"), 1, "limit")

    def test_a_wave_that_was_stopped_cannot_be_verified(self):
        self.expect_failure(run("run bfs --generate grid:9x9 --steps 2 --verify"), 1, "--verify")

    def test_a_full_device_is_noticed(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("this system has no /dev/full")
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE,
                                    text=True, check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        result = run("run bfs --quiet --generate grid:99x99 --dump distance=/dev/full")
        self.expect_failure(result, 1, "/dev/full")


class Results(CliTest):
    def test_dumps_have_the_answer_in_the_order_of_the_users_ids(self):
        graph = self.write("path.el", "3 0\n0 1\n1 2\n5 5\n")
        self.expect_ok(run("run bfs --source 3 --graph", graph,
                           "--dump distance=" + self.path("d.bin"),
                           "--dump parent=" + self.path("p.bin")))
        self.assertEqual(self.numbers("d.bin", "i"), [1, 2, 3, 0, -1, -1])
        self.assertEqual(self.numbers("p.bin", "i"), [3, 0, 1, 3, -1, -1])

    def test_weighted_distances_are_64_bits(self):
        graph = self.write("path.wel", "0 1 2147483647\n1 2 2147483647\n3 3 1\n")
        self.expect_ok(run("run sssp --graph", graph,
                           "--dump distance=" + self.path("d.bin")))
        self.assertEqual(self.numbers("d.bin", "q"), [0, 2147483647, 4294967294, -1])

    def test_no_order_of_nodes_changes_a_distance_or_a_label(self):
        for scene, column in (("bfs", "distance"), ("components", "label")):
            for order in ("file", "morton", "degree", "placed"):
                self.expect_ok(run("run", scene, "--generate grid:37x153 --source 99" if
                                   scene == "bfs" else "--generate urand:12:1", "--order", order,
                                   "--verify --dump", column + "=" + self.path(order)))
            for order in ("morton", "degree", "placed"):
                self.assertEqual(self.numbers("file", "i"), self.numbers(order, "i"), order)

    def test_quiet_prints_nothing(self):
        self.assertEqual(self.expect_ok(run("run bfs --quiet --generate grid:9x9")).stdout, "")

    def test_the_summary_carries_units(self):
        text = self.expect_ok(run("run bfs --generate grid:30x30 --verify --readers 2")).stdout
        for part in ("900 nodes", "1,740 edges", "edges a second", "iB", "state hash",
                     "verified    yes"):
            self.assertIn(part, text)

    def test_the_report_holds_what_is_promised(self):
        report = self.report("run bfs --generate grid:30x30 --sources 3 --repeat 2 --seed 7")
        self.assertEqual(report["schema"], 1)
        self.assertEqual(report["seed"], 7)
        for field in ("cpu", "cores", "isa", "compiler", "build_type", "kernel", "memory_bytes",
                      "timer_ns"):
            self.assertTrue(report["machine"][field], field)
        self.assertGreater(report["machine"]["bandwidth"]["read_bytes_per_second"], 1e8)
        (result,) = report["results"]
        self.assertGreater(result["gather_ns_an_arc"], 0)
        self.assertGreater(result["gather_share"], 0)
        self.assertEqual(result["nodes"], 900)
        self.assertEqual(result["edges"], 1740)
        self.assertEqual(len(result["runs"]), 6)
        self.assertEqual(len({run["source"] for run in result["runs"]}), 3)
        for pair in range(3):
            first, second = result["runs"][2 * pair: 2 * pair + 2]
            self.assertEqual(first["source"], second["source"])
            self.assertEqual(first["state_hash"], second["state_hash"])
        timings = result["runs"][0]["timings"]
        steps = result["runs"][0]["steps"]
        self.assertGreater(steps, 29)
        for column in ("total_ns", "catch_up_ns", "publish_ns", "catch_up_bytes"):
            self.assertEqual(len(timings[column]), steps, column)
        self.assertTrue(timings["pass_ns"])
        self.assertRegex(result["state_hash"], "^[0-9a-f]{32}$")

    def test_one_state_for_any_thread_count_backend_interval_and_order_of_runs(self):
        base = "run bfs --generate kron:10:8 --source 1"
        expected = self.state_hash(base, "--threads 1 --isa portable")
        for variant in ("--threads 3", "--threads 2 --tasks threads", "--tasks serial",
                        "--publish 7", "--publish never --steps 100",
                        "--publish 60Hz --readers 2", "--readers 3", "--repeat 2"):
            with self.subTest(variant):
                self.assertEqual(self.state_hash(base, variant), expected)

    def test_a_run_without_frames_between_is_one_step_to_the_same_paths(self):
        for scene, code in (("bfs", "i"), ("sssp", "q")):
            columns = []
            for publish in ("every", "never"):
                self.expect_ok(run("run", scene, "--generate kron:10:8 --source 1 --quiet",
                                   "--publish", publish, "--dump", "distance=" + self.path("d"),
                                   "--dump", "parent=" + self.path("p")))
                columns.append((self.numbers("d", code), self.numbers("p", "i")))
            self.assertEqual(columns[0], columns[1])
            report = self.report("run", scene, "--generate kron:10:8 --source 1 --publish never")
            self.assertEqual(report["results"][0]["runs"][0]["steps"], 1)

    def test_one_state_for_any_instruction_set(self):
        hashes = set()
        for isa in ("portable", "sse4.2", "avx2", "avx512"):
            result = run("run bfs --quiet --generate kron:10:8 --isa", isa,
                         "--report", self.path("r.json"))
            if result.returncode != 0:
                self.expect_failure(result, 1, "not supported by this processor")
                continue
            with open(self.path("r.json"), encoding="utf-8") as file:
                (entry,) = json.load(file)["results"]
            self.assertEqual(entry["isa"], isa)
            hashes.add(entry["state_hash"])
        self.assertEqual(len(hashes), 1)


    def test_every_scene_runs_checks_itself_and_gives_one_state(self):
        for words in ("sssp --generate grid:30x40 --source 17", "components --generate kron:9:4",
                      "labels --generate grid:12x12", "pagerank --generate kron:9:4",
                      "kcore --generate kron:9:4", "triangles --generate kron:9:4",
                      "closeness --generate kron:9:4 --samples 100",
                      "betweenness --generate kron:9:4 --samples 9",
                      "churn --generate kron:9:4 --steps 9 --batch 70 --source 3",
                      "layout --generate grid:12x12 --steps 5",
                      "nbody --generate plummer:500 --steps 3", "sort --size 2000",
                      "nbody --generate plummer:500 --dt .05 --steps 3 --softening .001 "
                      "--time-steps block:6:.1 --box periodic:9",
                      "collide --generate uniform:500 --steps 5"):
            with self.subTest(words):
                one = self.state_hash("run", words, "--verify --threads 1 --isa portable")
                self.assertEqual(self.state_hash("run", words, "--threads 3"), one)

    def test_labels_and_positions_are_dumped(self):
        graph = self.write("two.el", "4 2\n1 3\n3 5\n")
        self.expect_ok(run("run components --graph", graph,
                           "--dump label=" + self.path("l.bin")))
        self.assertEqual(self.numbers("l.bin", "i"), [0, 1, 2, 1, 2, 1])
        points = self.write("p.csv", "x,y,mass\n0,0,1\n8,0,1\n0,4,1\n")
        self.expect_ok(run("run nbody --steps 0 --points", points,
                           "--dump position=" + self.path("p.bin")))
        self.assertEqual(self.numbers("p.bin", "f"), [0, 0, 8, 0, 0, 4])

    def test_updates_of_a_file_change_the_graph(self):
        graph = self.write("path.el", "0 1\n1 2\n2 3\n")
        updates = self.write("u.txt", "- 1 2\n+ 0 3\n+ 4 3\n")
        text = self.expect_ok(run("run churn --verify --batch 2 --graph", graph,
                                  "--updates", updates, "--dump distance=" + self.path("d.bin"),
                                  "--dump parent=" + self.path("p.bin"))).stdout
        for part in ("2 steps", "inserted 2 edges", "deleted 1 edge", "added 1 node", "verified"):
            self.assertIn(part, text)
        self.assertEqual(self.numbers("d.bin", "i"), [0, 1, 2, 1, 2])
        self.assertEqual(self.numbers("p.bin", "i"), [0, 0, 3, 0, 3])
        wrong = self.write("w.txt", "+ 0 2\n+ 0 9\n")
        self.expect_failure(run("run churn --graph", graph, "--updates", wrong), 1,
                            "w.txt:2: node 9 is out of range")
        self.expect_failure(run("run churn --graph", graph, "--updates", self.path("none.txt")), 1,
                            "none.txt")

    def test_profile_updates_prints_tables_and_writes_a_report(self):
        report = self.path("r.json")
        text = self.expect_ok(run("profile updates --generate urand:13:8 --repeat 1 --threads 2 "
                                  "--report", report)).stdout
        for part in ("65,", "1,000", "held", "let go", "components: from scratch, repaired"):
            self.assertIn(part, text)
        with open(report, encoding="utf-8") as file:
            names = [entry["name"] for entry in json.load(file)["results"]]
        self.assertIn("insertions urand:13:8 of 1000", names)
        self.assertIn("components urand:13:8, repaired", names)
        self.expect_failure(run("profile updates --generate urand:9:8"), 1, "32,000")

    def test_ranks_are_dumped_by_the_users_ids(self):
        graph = self.write("star.el", "0 3\n1 3\n2 3\n")
        self.expect_ok(run("run pagerank --verify --graph", graph,
                           "--dump rank=" + self.path("r.bin")))
        ranks = self.numbers("r.bin", "f")   # the hub's share is .85 of (1 - itself), and a jump's
        self.assertAlmostEqual(sum(ranks), 1, 5)
        # A last iteration that changes scores by 1e-4 leaves six times that; their sum is below 1.
        self.assertAlmostEqual(ranks[3], 0.8875 / 1.85, delta=1e-3)
        self.assertEqual(ranks[:2], ranks[1:3])

    def test_a_wave_starts_where_an_edge_leaves(self):
        for words, edges, source, reached in (("", "2 4\n4 6\n", 2, 3),
                                              ("--directed", "6 2\n", 6, 2),
                                              ("", "0 0\n5 5\n5 7\n", 5, 2),
                                              ("--source 0", "2 4\n4 6\n", 0, 1)):
            report = self.report("run bfs --verify --graph", self.write("late.el", edges), words)
            run_record = report["results"][0]["runs"][0]
            self.assertEqual(run_record["source"], source)
            self.assertEqual(report["results"][0]["facts"]["reached"]["value"], reached)

    def test_ranks_follow_the_options_of_pagerank(self):
        graph = self.write("star.el", "0 3\n1 3\n2 3\n")
        report = self.path("r.json")
        for words, iterations, hub in (("--iterations 0", 0, None), ("--iterations 3", 3, None),
                                       ("--damping 0", None, 0.25),
                                       ("--damping 0.5 --tolerance 0.0000001", None, 0.625 / 1.5)):
            self.expect_ok(run("run pagerank --verify --graph", graph, words, "--report", report,
                               "--dump rank=" + self.path("r.bin")))
            with open(report, encoding="utf-8") as file:
                facts = json.load(file)["results"][0]["facts"]
            if iterations is not None:
                self.assertEqual(facts["iterations"]["value"], iterations)
            if hub is not None:   # (1 - d) / 4 + d (1 - itself)
                self.assertAlmostEqual(self.numbers("r.bin", "f")[3], hub, 5)

    def test_collide_follows_its_options(self):
        hashes = {}
        for words in ("", "--gravity 1.2 --friction 0.4 --restitution 0.3 --sub-steps 4",
                      "--gravity 0", "--friction 0", "--restitution 0", "--rolling 0.2",
                      "--sub-steps 8"):
            hashes[words] = self.state_hash("run collide --generate dam:300 --steps 60", words)
        defaults = hashes.pop("--gravity 1.2 --friction 0.4 --restitution 0.3 --sub-steps 4")
        self.assertEqual(hashes[""], defaults)
        self.assertEqual(len(set(hashes.values())), len(hashes), hashes)

    def test_pictures_are_drawn(self):
        for name, start in (("p.png", b"\x89PNG"), ("p.svg", b"<svg")):
            self.expect_ok(run("run bfs --generate grid:9x9 --picture", self.path(name)))
            with open(self.path(name), "rb") as file:
                self.assertTrue(file.read().lstrip().startswith(start), name)

    def test_a_run_is_drawn_every_so_many_steps(self):
        self.expect_ok(run("run collide --generate dam:200 --steps 5 --picture-every 2 --picture",
                           self.path("dam.svg")))
        names = sorted(os.listdir(self.folder.name))
        self.assertEqual(names, [f"dam{n}.svg" for n in ("-0000000", "-0000002", "-0000004", "")])
        self.assertEqual(len({open(self.path(name), encoding="utf-8").read() for name in names}), 4)

    def test_queries_answer_a_line_each(self):
        points = self.write("p.csv", "x,y\n0,0\n1,0\n5,5\n")
        at = self.write("q.csv", "x,y\n0.9,0\n5,4\n")
        out = self.path("o.csv")
        for words, lines in (("--nearest 2", ["1,0", "2,1"]), ("--box 1", ["1,0", "2"]),
                             ("--radius 0.5 --count", ["1", "0"])):
            self.expect_ok(run("query", points, words, "--at", at, "-o", out))
            with open(out, encoding="utf-8") as file:
                self.assertEqual(file.read().splitlines(), lines, words)

    def test_rays_and_pairs_answer_a_line_each(self):
        points = self.write("p.csv", "x,y\n0,0\n1,0\n5,5\n")
        at = self.write("q.csv", "x,y\n0.9,0\n5,4\n5,4\n5,4\n")
        out = self.path("o.csv")
        for words, lines in ((f"--ray 1 --at {at}", ["0,1,2", "2"]),
                             (f"--ray 0.5 --at {at}", ["1", ""]),
                             (f"--ray 1 --count --at {at}", ["3", "1"]),
                             ("--pairs 2", ["0,1,1", "1,2,6.4031242374328485"]),
                             ("--pairs 9", ["0,1,1", "1,2,6.4031242374328485",
                                            "0,2,7.0710678118654755"])):
            self.expect_ok(run("query", points, words, "-o", out))
            with open(out, encoding="utf-8") as file:
                self.assertEqual(file.read().splitlines(), lines, words)
        at = self.write("odd.csv", "x,y\n0.9,0\n5,4\n5,4\n")
        self.expect_failure(run("query", points, "--ray 1 --at", at, "-o", out),
                            1, "3 points; --ray takes two points for each segment")


class Files(CliTest):
    def test_inspect_says_what_a_graph_holds(self):
        graph = self.write("g.wel", "# a comment\n0 1 5\n1 2 9\n1 2 9\n2 2 1\n4 5 1\n")
        text = self.expect_ok(run("inspect", graph)).stdout
        for part in ("6", "verified", "from 1 to 9", "self loops", "duplicate edges",
                     "components", "chain", "cross-block", "for the order"):
            self.assertIn(part, text)
        self.assertNotIn("searches", text)
        self.assertIn("searches", self.expect_ok(run("inspect --placement", graph)).stdout)

    def test_inspect_says_what_points_hold(self):
        points = self.write("p.csv", "x,y,mass\n0,1,2\n-3,4,5\n")
        text = self.expect_ok(run("inspect", points)).stdout
        self.assertIn("from -3 to 0", text)
        self.assertIn("from 2 to 5", text)

    def test_a_quadtree_image_is_written_inspected_and_asked(self):
        points = self.write("p.csv", "x,y,mass\n0,0,1\n1,0,1\n5,5,1\n0.1,7,1\n")
        at = self.write("q.csv", "x,y\n0.9,0\n5,4\n")
        tree, out, back = self.path("p.qt"), self.path("o.csv"), self.path("back.csv")
        text = self.expect_ok(run("convert", points, tree)).stdout
        self.assertIn("4 points", text)
        self.assertIn("not in the file: mass", text)
        text = self.expect_ok(run("inspect", tree)).stdout
        for part in ("quadtree image", "4, floats and exact doubles", "bytes a point, verified",
                     "x from 0 to 5", "1; 4 points on average, 4 at most"):
            self.assertIn(part, text)
        for words in ("--nearest 3", "--box 4.5", "--radius 6 --count"):
            answers = []
            for source in (points, tree):
                self.expect_ok(run("query", source, words, "--at", at, "-o", out))
                with open(out, encoding="utf-8") as file:
                    answers.append(file.read())
            self.assertEqual(answers[0], answers[1], words)
        self.expect_ok(run("convert", tree, back))
        with open(back, encoding="utf-8") as file:
            self.assertEqual(file.read(), "x,y\n0,0\n1,0\n5,5\n0.1,7\n")
        self.assertEqual(self.state_hash("run nbody --steps 2 --points", tree),
                         self.state_hash("run nbody --steps 2 --points", back))

    def test_a_damaged_quadtree_image_is_refused_in_one_sentence(self):
        points = self.write("p.csv", "x,y\n0,0\n1,0\n5,5\n")
        tree, damaged = self.path("p.qt"), self.path("damaged.qt")
        self.expect_ok(run("convert", points, tree))
        with open(tree, "rb") as file:
            image = file.read()
        for at, sentence in ((0, "QADRILLE"), (40, "quadrants"), (520, "place")):
            with open(damaged, "wb") as file:
                file.write(image[:at] + b"\x7f" + image[at + 1:])
            for words in (("inspect", damaged), ("convert", damaged, self.path("o.csv")),
                          ("query", damaged, "--nearest 1 --at", points, "-o", self.path("o.csv"))):
                result = run(*words)
                self.expect_failure(result, 1, "damaged.qt: quadtree")
                self.assertIn(sentence, result.stderr)

    def test_a_converted_graph_gives_the_same_state(self):
        graph = self.write("g.wel", "0 1 5\n1 2 9\n3 1 7\n0 3 1\n")
        expected = self.state_hash("run sssp --graph", graph)
        for name in ("g.gr", "g.mtx", "g.graphml", "g.wsg", "g.qg", "back.wel.gz"):
            with self.subTest(name):
                self.expect_ok(run("convert", graph, self.path(name)))
                self.assertEqual(self.state_hash("run sssp --graph", self.path(name)), expected)

    def test_a_graph_image_that_is_cut_short_while_it_is_used_is_code_1_and_named(self):
        self.expect_ok(run("convert", self.write("g.el", "0 1\n1 2\n2 3\n"), self.path("g.qg")))
        name = f"cut-{os.getpid()}"
        with subprocess.Popen([PROGRAM, "run", "layout", "--graph", self.path("g.qg"), "--steps",
                               "100000000", "--share", name, "--quiet"],
                              stderr=subprocess.PIPE, text=True) as process:
            self.expect_ok(run("watch", name, "--wait 20 --lines 1"))  # by now it is in use
            os.truncate(self.path("g.qg"), 0)
            _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("g.qg: was cut short by another process", said)

    def test_diff_finds_a_slowdown(self):
        report = self.report("run bfs --generate grid:20x20")
        slow = json.loads(json.dumps(report))
        slow["results"][0]["step"]["median_ns"] *= 2
        slow["results"][0]["state_hash"] = "0" * 32
        before = self.write("before.json", json.dumps(report))
        after = self.write("after.json", json.dumps(slow))
        text = self.expect_ok(run("diff", before, after)).stdout
        self.assertIn("2.00", text)
        self.assertIn("other state hash", text)
        self.expect_ok(run("diff", before, before, "--fail-above 5%"))
        self.expect_failure(run("diff", before, after, "--fail-above 5%"), 1, "slower")
        self.expect_failure(run("diff", before, self.path("missing.json")), 1, "missing.json")
        self.expect_failure(run("diff", before, self.write("no.json", "{}")), 1, "no.json")


def hdr_histogram(text):
    """Counts by cell of one encoded line, read as HdrHistogram's V2 encoding says."""
    data = base64.b64decode(text, validate=True)
    cookie, size = struct.unpack_from(">II", data)
    assert cookie == 0x1c849314 and size == len(data) - 8
    data = zlib.decompress(data[8:])
    cookie, size, shift, digits, lowest, highest, ratio = struct.unpack_from(">IIIIqqd", data)
    assert (cookie, shift, digits, lowest, ratio) == (0x1c849313, 0, 3, 1, 1.0)
    assert highest > 3600e9 and size == len(data) - 40
    counts, place, cell = {}, 40, 0
    while place < len(data):
        value, bits = 0, 0
        while True:
            byte = data[place]
            place += 1
            value |= (byte if bits == 56 else byte & 0x7f) << bits
            bits += 7
            if byte < 0x80 or bits == 63:
                break
        value = value >> 1 ^ -(value & 1)
        if value < 0:
            cell -= value
        else:
            counts[cell] = value
            cell += 1
    return counts


def highest_of_cell(cell):
    shift = max(cell // 1024 - 1, 0)
    return (((cell - shift * 1024) + 1) << shift) - 1


class Profile(CliTest):
    def test_profile_arena_writes_a_log_that_says_what_its_report_says(self):
        report = self.report("profile arena --objects 100 --frames 3000 --repeat 2 --hdr-log",
                             self.path("a.hlog"))
        facts = {entry["name"]: entry["facts"] for entry in report["results"]}
        with open(self.path("a.hlog"), encoding="utf-8") as file:
            lines = [line.rstrip("\n").split(",") for line in file if line.startswith("Tag=")]
        self.assertIn("Tag=arena", [line[0] for line in lines])
        for tag, _, _, longest_ms, encoded in lines:
            frames = {name.replace(" ", "_").replace(",", "_"): fact
                      for name, fact in facts.items()}[tag[4:] + "__frames"]
            counts = hdr_histogram(encoded)
            total = sum(counts.values())
            self.assertEqual(total + frames["preempted"]["value"], 3000)
            longest = frames["longest"]["value"]
            self.assertAlmostEqual(float(longest_ms), longest / 1e6, delta=0.0006)
            for name, share in (("p50", 0.5), ("p90", 0.9), ("p99.9", 0.999)):
                rank, seen = math.ceil(share * total - 1e-6), 0
                for cell in sorted(counts):
                    seen += counts[cell]
                    if seen >= rank:
                        break
                self.assertEqual(frames[name]["value"], min(highest_of_cell(cell), longest))

    def test_profile_frames_prints_tables_and_writes_what_it_measured(self):
        arguments = ["profile frames --quick --repeat 2 --window 2ms",
                     "--peers channel,simulation,mutex,rcu --report", self.path("r.json"),
                     "--picture", self.path("p.svg"), "--samples", self.path("s.csv"),
                     "--hdr", self.path("f.hlog")]
        text = self.expect_ok(run(*arguments)).stdout
        for part in ("ALONE", "FULL SPEED", "PACED", "STALLS", "ASLEEP", "IN SHORT", "Clock:",
                     "Hardware counters"):
            self.assertIn(part, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        with open(self.path("r.json"), encoding="utf-8") as file:
            results = {entry["name"]: entry for entry in json.load(file)["results"]}
        entry = results["publish, channel, 1 reader, full speed"]
        facts = {name: fact["value"] for name, fact in entry["facts"].items()}
        p99 = facts.get("p99", facts["longest"])  # of fewer than a hundred calls there is none
        self.assertLessEqual(facts["p50"], p99)
        self.assertLessEqual(p99, facts["longest"])
        self.assertEqual(sum(count for _, count in entry["histogram"]), entry["nodes"])
        with open(self.path("f.hlog"), encoding="utf-8") as file:
            lines = {line.split(",")[0]: line.rstrip("\n").split(",")
                     for line in file if line.startswith("Tag=")}
        counts = hdr_histogram(lines["Tag=publish__channel__1_reader__full_speed"][4])
        self.assertEqual(sum(counts.values()), entry["nodes"])
        ElementTree.parse(self.path("p.svg"))
        with open(self.path("s.csv"), encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(set(rows[0]), {"call", "at_ns", "ns"})
        calls = {row["call"] for row in rows}
        self.assertIn("publish, mutex, no reader, full speed", calls)
        self.assertTrue(any(call.startswith("latency, ") for call in calls))

    def test_profile_arena_prints_a_table_and_writes_a_report_and_a_picture(self):
        result = self.expect_ok(run("profile arena --objects 1000 --frames 500 --repeat 2",
                                    "--report", self.path("r.json"),
                                    "--picture", self.path("p.svg")))
        for part in ("arena", "new, delete", "aged", "pmr", "x arena", "longest"):
            self.assertIn(part, result.stdout)
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)
        with open(self.path("r.json"), encoding="utf-8") as file:
            results = {entry["name"]: entry for entry in json.load(file)["results"]}
        self.assertEqual(len(results["arena, 1k objects"]["samples_ns"]), 2)
        self.assertIn("longest", results["arena, frames"]["facts"])
        with open(self.path("p.svg"), encoding="utf-8") as file:
            self.assertIn("arena, huge pages", file.read())


class Bench(CliTest):
    def test_hot_spots_account_for_every_byte(self):
        for scene in ("bfs --generate kron:12:8", "sort --size 100000 --algorithm quick",
                      "collide --generate uniform:5000 --steps 3"):
            path = self.path("report.json")
            result = self.expect_ok(run("run", scene, "--hot-spots --report", path))
            with open(path, encoding="utf-8") as file:
                (entry,) = json.load(file)["results"]
            spots = entry["hot_spots"]
            self.assertEqual(sum(spot["held_bytes"] for spot in spots), entry["memory_bytes"])
            self.assertAlmostEqual(sum(spot["share"] for spot in spots), 1)
            self.assertNotIn("unlabelled", [spot["label"] for spot in spots])
            held = [spot["held_bytes"] for spot in spots]
            self.assertEqual(held, sorted(held, reverse=True))
            lines = result.stdout[result.stdout.index("Memory by label"):].splitlines()
            self.assertLessEqual(max(map(len, lines)), 80)
            for spot in spots:
                self.assertTrue(any(line.startswith(spot["label"] + " ") for line in lines), spot)
        self.assertNotIn("hot_spots", self.report("run sort --size 100")["results"][0])
        self.assertEqual(run("run sort --size 100 --hot-spots --quiet").stdout, "")

    def test_the_quick_suite_writes_a_table_a_report_and_a_picture(self):
        result = self.expect_ok(run("bench --quick --report", self.path("r.json"),
                                    "--picture", self.path("p.svg")))
        for part in ("ms/step", "membw", "arena", "mutex", "quadtree build"):
            self.assertIn(part, result.stdout)
        table = [line for line in result.stdout.splitlines() if "written" not in line]
        self.assertLessEqual(max(len(line) for line in table), 80)
        with open(self.path("r.json"), encoding="utf-8") as file:
            report = json.load(file)
        names = [entry["name"] for entry in report["results"]]
        self.assertEqual(len(names), len(set(names)), "names are unique")
        self.assertIn("bfs grid:128x128", names)
        with open(self.path("p.svg"), encoding="utf-8") as file:
            self.assertIn("<svg", file.read())


if __name__ == "__main__":
    unittest.main()
